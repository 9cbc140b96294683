using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Ratings;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Splitting;

namespace Kindred.Evaluation;

/// <summary>What to measure of predicted values, and how sure to be.</summary>
internal sealed record PredictionOptions
{
    public IReadOnlyList<IPointMetric> Metrics { get; init; } = [new Rmse(), new Mae()];

    /// <summary>Bootstrap resamples behind each interval.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Of the bootstrap.</summary>
    public int Seed { get; init; }

    /// <summary>Threads. Changes the time, never the result.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    public CancellationToken Cancellation { get; init; }
}

/// <summary>
/// Measures models that predict the value of an event, such as a rating. Every test event is predicted, all count alike (as everywhere in
/// the literature, so that users with many events count more), and predictions are moved into the range of the training values.
/// </summary>
/// <remarks>
/// The events of one user are alike, so that a bootstrap over events would promise too much: users are drawn with replacement, each with
/// all their events (cluster bootstrap; A. Davison, D. Hinkley, "Bootstrap Methods and their Application", 1997, §3.8), and the metric is
/// the one of all events drawn. Cost: one prediction of each user's events.
/// </remarks>
internal static class PredictionEvaluator
{
    private const int BlockUsers = 16, BlockResamples = 8;

    /// <param name="name">Of the model, for reports.</param>
    /// <param name="model">Trained on the holdout's training part.</param>
    /// <exception cref="InputException">There is nothing to measure.</exception>
    public static PredictionReport Evaluate(string name, IRatingModel model, Holdout holdout, PredictionOptions? options = null)
    {
        options ??= new();
        if (options.Metrics.Count == 0) throw new InputException("Name at least one metric to measure.");
        if (options.Resamples < 1) throw new InputException($"Resamples must be >= 1, was {options.Resamples}.");
        if (holdout.Train.Histories.Count == 0) throw new InputException("There is no training event, so no value can be predicted.");
        int[] users = [.. Enumerable.Range(0, holdout.Test.Users.Count).Where(user => !holdout.Test.Histories.ItemsOf(user).IsEmpty)];
        if (users.Length == 0) throw new InputException("There is no event to be predicted; make the measured part larger.");

        var (lowest, highest) = RangeOf(holdout.Train.Histories.Weights.Span);
        var losses = LossesOf(model, holdout, users, lowest, highest, options);
        var resampled = Resampled(losses, options);
        return new()
        {
            Name = name,
            Protocol = holdout.Protocol,
            Warnings = holdout.Warnings,
            Events = losses.Sum(user => user.Events),
            ColdUserEvents = losses.Where((_, n) => holdout.Known.Histories.ItemsOf(users[n]).IsEmpty).Sum(user => user.Events),
            ColdItemEvents = losses.Sum(user => user.Untrained),
            Lowest = lowest,
            Highest = highest,
            Definitions = [.. options.Metrics.Select(metric => metric.Definition)],
            Estimates = [.. options.Metrics.Select((metric, m) =>
            {
                var (low, high) = Bootstrap.Interval(resampled[m]);
                double mean = losses.Sum(user => user.Sums[m]) / losses.Sum(user => user.Events);
                return new Estimate(metric.Definition.Name, metric.FromMean(mean), low, high, users.Length);
            })],
            Resamples = options.Resamples,
            Seed = options.Seed,
        };
    }

    private static (float Lowest, float Highest) RangeOf(ReadOnlySpan<float> values)
    {
        var (lowest, highest) = (values[0], values[0]);
        foreach (float value in values) (lowest, highest) = (Math.Min(lowest, value), Math.Max(highest, value));
        return (lowest, highest);
    }

    private static UserLosses[] LossesOf(
        IRatingModel model, Holdout holdout, int[] users, float lowest, float highest, PredictionOptions options)
    {
        var losses = new UserLosses[users.Length];
        var isTrained = new bool[holdout.Train.Items.Count];
        foreach (int item in holdout.Train.Histories.Items.Span) isTrained[item] = true;
        Blocks.ForEach(users.Length, BlockUsers, options.Workers, (first, end) =>
        {
            for (int n = first; n < end; n++)
            {
                var items = holdout.Test.Histories.ItemsOf(users[n]).Span;
                var values = holdout.Test.Histories.WeightsOf(users[n]).Span;
                var predicted = new float[items.Length];
                model.Predict(Measurement.QueryOf(holdout, users[n]), items, predicted);
                var sums = new double[options.Metrics.Count];
                int untrained = 0;
                for (int e = 0; e < items.Length; e++)
                {
                    if (!isTrained[items[e]]) untrained++;
                    float value = Math.Clamp(predicted[e], lowest, highest);
                    for (int m = 0; m < sums.Length; m++) sums[m] += options.Metrics[m].Loss(value, values[e]);
                }
                losses[n] = new(sums, items.Length, untrained);
            }
        }, options.Cancellation);
        return losses;
    }

    /// <returns>[metrics][resamples], ascending.</returns>
    private static double[][] Resampled(UserLosses[] losses, PredictionOptions options)
    {
        var values = options.Metrics.Select(_ => new double[options.Resamples]).ToArray();
        var root = new Rng((ulong)options.Seed);
        Blocks.ForEach(options.Resamples, BlockResamples, options.Workers, () => new double[values.Length], (_, first, end, sums) =>
        {
            for (int resample = first; resample < end; resample++)
            {
                var rng = root.Fork("bootstrap", resample);
                Array.Clear(sums);
                long events = 0;
                for (int draw = 0; draw < losses.Length; draw++)
                {
                    var user = losses[rng.NextInt(losses.Length)];
                    events += user.Events;
                    for (int m = 0; m < sums.Length; m++) sums[m] += user.Sums[m];
                }
                for (int m = 0; m < sums.Length; m++) values[m][resample] = options.Metrics[m].FromMean(sums[m] / events);
            }
        }, options.Cancellation);
        foreach (var row in values) Array.Sort(row);
        return values;
    }

    /// <param name="Sums">[metrics], of the losses of the user's events.</param>
    /// <param name="Untrained">Events on items without a training event.</param>
    private sealed record UserLosses(double[] Sums, int Events, int Untrained);
}
