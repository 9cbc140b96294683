using Kindred.Evaluation.Metrics;
using Kindred.Pipelines;
using Kindred.Splitting;

namespace Kindred.Evaluation;

/// <summary>
/// As <see cref="Evaluator"/>, partition by partition: of each only sums are kept, so that there is no table of all users. Intervals are
/// those of Student's t, which for many users are those of the bootstrap.
/// </summary>
/// <param name="options">What to measure; of its groupings none is used.</param>
/// <param name="events">[items]: training events of all partitions.</param>
/// <param name="itemGroupings">Each [items]: the pairs of the items of each group are measured apart, by the first metric.</param>
internal sealed class PartitionEvaluator(EvaluationOptions options, int[] events, IReadOnlyList<Grouping> itemGroupings)
{
    private const int All = 0, Warm = 1, Cold = 2;

    /// <summary>The main metric's name.</summary>
    public string Metric => options.Metrics[0].Name;

    /// <param name="models">Trained on the training part of all partitions.</param>
    public PartitionSums Measure(IReadOnlyList<(string Name, Pipeline Pipeline)> models, Holdout holdout)
    {
        var test = holdout.Test;
        int[] users = [.. Enumerable.Range(0, test.Users.Count).Where(user => test.ByUser.Row(user).Length > 0)];
        var asked = options with
        {
            UserGroupings = [],
            PairGroupings = [.. itemGroupings.Select(grouping => Groupings.PairsOf(holdout, grouping))],
            Progress = null,
        };
        var measured = models.Select(model => Measurement.Of(model.Name, model.Pipeline, holdout, users, asked)).ToList();
        bool[] isWarm = [.. users.Select(user => !holdout.Known.Histories.ItemsOf(user).IsEmpty)];
        long coldItems = 0;
        foreach (int item in test.Histories.Items.Span) if (events[item] == 0) coldItems++;
        return new([.. measured.Select(model => SumsOf(model, isWarm))],
            [.. measured.Select((model, n) => measured.Take(n).Select(other => DifferencesOf(model, other)).ToArray())])
        {
            Counts = new(users.Length, isWarm.Count(true), holdout.TestUsers, holdout.ColdTestUsers, test.Histories.Count, coldItems,
                holdout.RepeatsLeftOut),
        };
    }

    /// <summary>What the sums of all partitions say.</summary>
    /// <param name="models">Names, in the order of the sums.</param>
    /// <exception cref="InputException">There is nothing to measure.</exception>
    public EvaluationReport[] ReportsOf(
        IReadOnlyList<string> models, PartitionSums sums, string protocol, IReadOnlyList<string> warnings, bool allowsRepeats)
    {
        var counts = sums.Counts;
        if (counts.Users == 0) throw Evaluator.NothingToMeasure(counts.Repeats);
        return [.. models.Select((name, n) => new EvaluationReport
        {
            Name = name,
            Protocol = protocol,
            Warnings = warnings,
            Counts = new()
            {
                Users = checked((int)counts.TestUsers),
                WarmUsers = (int)(counts.TestUsers - counts.ColdTestUsers),
                ColdUsers = (int)counts.ColdTestUsers,
                UsersWithoutList = (int)sums.Models[n].UsersWithoutList,
                Items = events.Length,
                TrainEvents = events.Sum(count => (long)count),
                TestEvents = counts.Events,
                ColdItemTestEvents = counts.ColdItemEvents,
                RepeatsLeftOut = counts.Repeats,
                AllowsRepeats = allowsRepeats,
            },
            Definitions = [.. options.Metrics.Select(m => m.Definition), .. options.Catalogwide.Select(m => m.Definition)],
            Segments = [.. SegmentsOf(sums, n)],
            Catalog = [.. options.Catalogwide.Select(m => new CatalogValue(
                m.Name, m.Measure(ExposuresOf(sums.Models[n], counts).First(e => e.K == m.K))))],
            Distributions = [],
            Popularity = [.. ExposuresOf(sums.Models[n], counts).Select(exposure => Deciles.Of(exposure, events))],
            Resamples = 0,
            Seed = options.Seed,
        })];
    }

    private static ModelSums SumsOf(Measurement measured, bool[] isWarm)
    {
        Moments[] Where(bool? warm) =>
            [.. measured.Values.Select(row => Moments.Of(row.Where((_, user) => warm is null || isWarm[user] == warm)))];
        return new(
            [Where(null), Where(true), Where(false),
                .. measured.PairValues.SelectMany(groups => groups.Select(row => new[] { Moments.Of(row) }))],
            [.. measured.Exposures.Select(exposure => Array.ConvertAll(exposure.Counts.ToArray(), count => (long)count))],
            measured.UsersWithoutList);
    }

    private static Moments DifferencesOf(Measurement model, Measurement other) =>
        Moments.Of(model.Values[0].Zip(other.Values[0], (a, b) => a - b));

    private IEnumerable<Exposure> ExposuresOf(ModelSums sums, MeasuredCounts counts) => options.CutOffs.Select((k, n) =>
        new Exposure(k, Array.ConvertAll(sums.Exposures[n], count => checked((int)count)), checked((int)counts.Users)));

    private IEnumerable<Segment> SegmentsOf(PartitionSums all, int model)
    {
        var (counts, sums) = (all.Counts, all.Models[model]);
        Segment SegmentOf(string grouping, string name, long users, Moments[] moments) => new(grouping, name, (int)users,
            users == 0 ? [] : [.. moments.Select((sum, m) => sum.ToEstimate(options.Metrics[m].Name))]);
        yield return SegmentOf("", "all", counts.Users, sums.Segments[All]);
        yield return SegmentOf("history", "warm", counts.WarmUsers, sums.Segments[Warm]);
        yield return SegmentOf("history", "cold", counts.Users - counts.WarmUsers, sums.Segments[Cold]);
        int place = Cold;
        foreach (var grouping in itemGroupings)
        {
            foreach (string group in grouping.Groups)
            {
                var moments = sums.Segments[++place];
                if (all.Models.Any(other => other.Segments[place][0].Count > 0))
                    yield return SegmentOf(grouping.Name, group, moments[0].Count, moments);
            }
        }
    }
}
