using System.Diagnostics;
using System.Globalization;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>
/// MovieLens 100k: RMSE on u1 to u5, with what is known of users and films; options are tried on a tenth of u1.base.
/// <c>ratings gibbs</c> measures the rows whose names begin so.
/// </summary>
internal static class FactorizationRatings
{
    private static readonly FactorizationMachine Chosen = new()
    {
        Features = "user + item + user.* + item.* + history",
        Loss = FactorizationLoss.Squared,
        AdaptiveRate = false,
        Dimensions = 64,
        Epochs = 40,
        LearningRate = .008f,
        LearningRateDecay = .96f,
        Regularization = .06f,
        LinearRegularization = .005f,
        InitialScale = .03f,
        HistoryLength = 1000,
    };

    private static readonly FactorizationMachine Drawn = new()
    {
        Loss = FactorizationLoss.Squared,
        Solver = FactorizationSolver.Gibbs,
        Dimensions = 8,
        Epochs = 300,
        HistoryLength = 1000,
    };

    public static void Run(string[] args)
    {
        Console.WriteLine("| model | RMSE | seconds |\n| --- | --- | ---: |");
        if (args is ["tune", .. var tried])
        {
            var u1 = AttributedData.MovieLens100KFold(1);
            var holdout = new RandomSplit { ValidationFraction = .1, TestFraction = .1 }.Split(u1.Train).Final;
            foreach (string json in tried) Print(json, FactorizationBenchmark.Parse(json), [holdout]);
            return;
        }
        var folds = Enumerable.Range(1, 5).Select(AttributedData.MovieLens100KFold).ToArray();
        (string Name, ITrainer Trainer)[] rows =
        [
            ("bias", new Bias()),
            ("fm, user and item alone", Chosen with { Features = "user + item" }),
            ("fm, with attributes", Chosen with { Features = "user + item + user.* + item.*" }),
            ("fm, with history", Chosen with { Features = "user + item + history" }),
            ("fm, with attributes and history", Chosen),
            ("gibbs, user and item alone", Drawn with { Features = "user + item" }),
            ("gibbs, with attributes", Drawn),
            ("gibbs, with attributes and history", Drawn with { Features = Chosen.Features }),
        ];
        foreach (var (name, trainer) in rows)
            if (args is [] || args.Any(part => name.StartsWith(part, StringComparison.Ordinal))) Print(name, trainer, folds);
    }

    private static void Print(string name, ITrainer trainer, Holdout[] holdouts)
    {
        long start = Stopwatch.GetTimestamp();
        double[] errors = [.. holdouts.Select(holdout =>
        {
            double best = double.MaxValue;
            int at = 0;
            double Measure(IModel model) =>
                PredictionEvaluator.Evaluate("fm", (IRatingModel)model, holdout, new() { Resamples = 1 }).Of("RMSE").Mean;
            var model = trainer.Train(holdout.Train, new()
            {
                EpochFinished = holdouts.Length > 1 ? null : epoch =>
                {
                    if (epoch.Number % 5 == 0 && Measure(epoch.Model()) is var error && error < best) (best, at) = (error, epoch.Number);
                    return true;
                },
            });
            double last = Measure(model);
            if (at > 0) Console.Write(string.Create(CultureInfo.InvariantCulture, $"[best {best:F4} after {at}] "));
            return last;
        })];
        string each = string.Join(", ", errors.Select(error => error.ToString("F4", CultureInfo.InvariantCulture)));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {errors.Average():F4} ({each}) | {seconds:F1} |"));
    }
}
