using Kindred.Evaluation.Metrics;
using Kindred.Pipelines;
using Kindred.Splitting;

namespace Kindred.Evaluation;

/// <summary>
/// Measures a pipeline on a holdout: for every user with a relevant item, one list out of the whole catalogue — never a sample of it —
/// and all metrics from that list.
/// </summary>
internal static class Evaluator
{
    /// <param name="name">Of the pipeline, for reports.</param>
    /// <param name="pipeline">Trained on the holdout's training part.</param>
    /// <exception cref="InputException">There is nothing to measure.</exception>
    /// <exception cref="OperationCanceledException">Cancelled through the options.</exception>
    public static EvaluationReport Evaluate(string name, Pipeline pipeline, Holdout holdout, EvaluationOptions? options = null)
    {
        options ??= new();
        options.Check();
        int[] users = [.. Enumerable.Range(0, holdout.Test.Users.Count).Where(user => holdout.Test.ByUser.Row(user).Length > 0)];
        if (users.Length == 0)
            throw NothingToMeasure(holdout.RepeatsLeftOut);

        int[] events = Groupings.EventsOf(holdout.Train);
        var measured = Measurement.Of(name, pipeline, holdout, users, options);
        return new()
        {
            Name = name,
            Protocol = holdout.Protocol,
            Warnings = holdout.Warnings,
            Counts = CountsOf(holdout, measured.UsersWithoutList),
            Definitions = [.. options.Metrics.Select(m => m.Definition), .. options.Catalogwide.Select(m => m.Definition)],
            Segments = [.. Segmentation.Of(holdout, users, measured, options)],
            Catalog = [.. options.Catalogwide.Select(m => new CatalogValue(m.Name, m.Measure(measured.Exposures.First(e => e.K == m.K))))],
            Distributions = [.. options.Metrics.Select((metric, m) => Histogram.Of(metric.Name, measured.Values[m]))],
            Popularity = [.. measured.Exposures.Select(exposure => Deciles.Of(exposure, events))],
            Resamples = options.Resamples,
            Seed = options.Seed,
            PerUser = new(
                users, options.Metrics.Zip(measured.Values).ToDictionary(m => m.First.Name, m => (ReadOnlyMemory<double>)m.Second)),
        };
    }

    internal static InputException NothingToMeasure(long repeats) => new(repeats > 0
        ? $"All {repeats} events of the measured part are repeats: the user had the item before, and is not recommended it again, so "
            + "there is nothing to measure. --allow-repeats measures what users buy again."
        : "No user has an event to be found, so there is nothing to measure; make the measured part larger.");

    private static EvaluationCounts CountsOf(Holdout holdout, int usersWithoutList) => new()
    {
        Users = holdout.TestUsers,
        WarmUsers = holdout.TestUsers - holdout.ColdTestUsers,
        ColdUsers = holdout.ColdTestUsers,
        UsersWithoutList = usersWithoutList,
        Items = holdout.Train.Items.Count,
        TrainEvents = holdout.Train.Histories.Count,
        TestEvents = holdout.Test.Histories.Count,
        ColdItemTestEvents = holdout.ColdItemTestEvents,
        RepeatsLeftOut = holdout.RepeatsLeftOut,
        AllowsRepeats = holdout.AllowsRepeats,
    };
}
