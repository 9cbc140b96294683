using System.Globalization;
using System.Text.Json.Nodes;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Neural;
using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>
/// Where nobody is known: the last fifth of the events by time, of MovieLens or of a data folder. Users without an event before are asked
/// for among all items; items without one are ranked among each other, as among all items they would be told apart by their popularity
/// alone.
/// </summary>
internal static class ColdStartBenchmark
{
    private const int Depth = 10, Resamples = 200;

    private static readonly FactorizationMachine Chosen = new();

    private static readonly TwoTower Towers = new() { Epochs = 20, BatchSize = 256, IdDropout = .5f };

    /// <param name="args">A data folder or none; then nothing, or models to be measured: "tune" on the validation part, "test" on the test
    /// part.</param>
    public static void Run(string[] args)
    {
        string? folder = args is [var first, ..] && Directory.Exists(first) ? first : null;
        if (folder is not null) args = args[1..];
        bool tunes = args is ["tune", ..];
        var trainers = args is ["tune" or "test", .. var specs]
            ? specs.Select(json => (Name: json, Trainer: Parse(json))).ToArray()
            :
            [
                ("popularity", new Popularity()),
                ("implicit-als", new ImplicitAls()),
                ("fm, ids alone", Chosen with { Features = "user + item" }),
                ("fm, attributes", Chosen),
                ("fm, attributes, dropout .5", Chosen with { Dropout = .5f }),
                ("fm, attributes without ids", Chosen with { Features = "user.* + item.* + last-item" }),
                ("two-tower, ids alone", Towers with { Features = "history + item" }),
                ("two-tower, attributes, id dropout .5", Towers),
                ("two-tower, attributes without ids", Towers with { Features = "history + user.* + item.*" }),
            ];
        using var opened = folder is null ? null : DataFolder.Open(folder);
        foreach (var (name, data) in opened is not null
            ? [(opened.Manifest.Name, opened.Interactions)]
            : new[] { ("ml-100k", AttributedData.MovieLens100K()), ("movielens-small", AttributedData.MovieLensSmall()) })
        {
            var split = new GlobalTimeSplit { ValidationFraction = .1, TestFraction = .2 }.Split(data);
            var holdout = tunes ? split.Tuning : split.Final;
            var isCold = ColdItems(holdout);
            Console.WriteLine($"\n{name}: {holdout.TestUsers} users, {holdout.ColdTestUsers} cold; {isCold.Count(c => c)} cold items " +
                $"with {holdout.ColdItemTestEvents} events\n");
            Console.WriteLine("| model | NDCG@10 warm users | NDCG@10 cold users | recall@10 cold users | NDCG@10 among cold items | " +
                "recall@10 among cold items |");
            Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: |");
            foreach (var (model, trainer) in trainers) Print(model, trainer.Train(holdout.Train, new()), holdout, isCold);
        }
    }

    // {options}, of fm, or: model {options}
    private static ITrainer Parse(string text)
    {
        int options = text.IndexOf('{', StringComparison.Ordinal);
        return NeuralTrainers.Catalog.Create(options == 0 ? "fm" : text[..options].Trim(), JsonNode.Parse(text[options..])!.AsObject());
    }

    // [items]: measured, and never seen in training
    private static bool[] ColdItems(Holdout holdout)
    {
        bool[] isCold = new bool[holdout.Train.Items.Count];
        foreach (int item in holdout.Test.Histories.Items.Span) isCold[item] = true;
        foreach (int item in holdout.Train.Histories.Items.Span) isCold[item] = false;
        return isCold;
    }

    private static void Print(string name, IModel model, Holdout holdout, bool[] isCold)
    {
        var report = Evaluator.Evaluate(
            name, model.AsPipeline(), holdout, new() { Metrics = [new Ndcg(Depth), new Recall(Depth)], Resamples = Resamples });
        string Of(string group, string metric) => report.Segments.First(s => s is { Grouping: "history" } && s.Name == group).Estimates
            .FirstOrDefault(e => e.Metric == metric) is { } estimate
            ? Text(estimate.Mean, estimate.Low, estimate.High)
            : "–";
        double[][] cold = AmongCold(model, holdout, isCold);
        var means = Bootstrap.SortedMeans(cold, Resamples, 0, 1, CancellationToken.None);
        string[] among =
            [.. cold.Zip(means, (values, sorted) =>
                Text(values.Average(), Bootstrap.Interval(sorted).Low, Bootstrap.Interval(sorted).High))];
        Console.WriteLine($"| {name} | {Of("warm", "NDCG@10")} | {Of("cold", "NDCG@10")} | {Of("cold", "Recall@10")} | {string.Join(" " +
            "| ", among)} |");
    }

    private static string Text(double mean, double low, double high) =>
        string.Create(CultureInfo.InvariantCulture, $"{mean:F4} [{low:F4}, {high:F4}]");

    // NDCG and recall of each user who has a cold item. Items without a score stand behind the others, at random: ids follow popularity in
    // MovieLens.
    private static double[][] AmongCold(IModel model, Holdout holdout, bool[] isCold)
    {
        var scores = new float[isCold.Length];
        int[] cold = [.. Enumerable.Range(0, isCold.Length).Where(item => isCold[item])];
        new Rng(5).Shuffle<int>(cold);
        List<double> gains = [], found = [];
        for (int user = 0; user < holdout.Test.Users.Count; user++)
        {
            int[] relevant = [.. holdout.Test.ByUser.Row(user).Columns.ToArray().Where(item => isCold[item])];
            if (relevant.Length == 0) continue;
            model.Score(Query.Of(holdout.Known, user), scores);
            int[] best = [.. cold.OrderByDescending(item => float.IsNaN(scores[item]) ? float.NegativeInfinity : scores[item]).Take(Depth)];
            double gain = best.Select((item, place) => relevant.Contains(item) ? 1 / Math.Log2(place + 2) : 0).Sum();
            gains.Add(gain / Enumerable.Range(0, Math.Min(Depth, relevant.Length)).Sum(place => 1 / Math.Log2(place + 2)));
            found.Add((double)best.Count(relevant.Contains) / relevant.Length);
        }
        return [[.. gains], [.. found]];
    }
}
