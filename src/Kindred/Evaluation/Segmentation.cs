using Kindred.Evaluation.Metrics;
using Kindred.Splitting;

namespace Kindred.Evaluation;

/// <summary>Means with intervals: of all users, of groups of users, of groups of pairs.</summary>
internal static class Segmentation
{
    public static IEnumerable<Segment> Of(Holdout holdout, int[] users, Measurement measured, EvaluationOptions options)
    {
        int[] places = [.. Enumerable.Range(0, users.Length)];
        var all = new Segment("", "all", users.Length, EstimatesOf(measured.Values, options));
        yield return all;

        var isWarm = places.ToLookup(n => !holdout.Known.Histories.ItemsOf(users[n]).IsEmpty);
        yield return SegmentOf("history", "warm", [.. isWarm[true]], measured.Values);
        yield return SegmentOf("history", "cold", [.. isWarm[false]], measured.Values);

        foreach (var grouping in options.UserGroupings)
        {
            var members = places.ToLookup(n => grouping.Of.Span[users[n]]);
            for (int group = 0; group < grouping.Groups.Count; group++)
                yield return SegmentOf(grouping.Name, grouping.Groups[group], [.. members[group]], measured.Values[..1]);
        }
        for (int g = 0; g < options.PairGroupings.Count; g++)
        {
            var grouping = options.PairGroupings[g];
            for (int group = 0; group < grouping.Groups.Count; group++)
            {
                double[] values = measured.PairValues[g][group];
                int count = values.Count(value => !double.IsNaN(value));
                yield return new(grouping.Name, grouping.Groups[group], count, count == 0 ? [] : EstimatesOf([values], options));
            }
        }

        Segment SegmentOf(string grouping, string name, int[] chosen, double[][] values)
        {
            if (chosen.Length == 0) return new(grouping, name, 0, []);
            if (chosen.Length == users.Length)
                return all with { Grouping = grouping, Name = name, Estimates = [.. all.Estimates.Take(values.Length)] };
            return new(grouping, name, chosen.Length,
                EstimatesOf([.. values.Select(row => chosen.Select(n => row[n]).ToArray())], options));
        }
    }

    /// <param name="rows">[metrics, or only the first][users]</param>
    private static Estimate[] EstimatesOf(double[][] rows, EvaluationOptions options)
    {
        var means = Bootstrap.SortedMeans(rows, options.Resamples, options.Seed, options.Workers, options.Cancellation);
        return [.. rows.Select((row, m) =>
        {
            double[] known = [.. row.Where(value => !double.IsNaN(value))];
            var (low, high) = Bootstrap.Interval(means[m]);
            return new Estimate(options.Metrics[m].Name, known.Length == 0 ? double.NaN : known.Average(), low, high, known.Length);
        })];
    }
}
