using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>
/// Groups of measured pairs: one entry for each of <c>holdout.Test.ByUser</c>, row by row, as its <c>Indices</c> stand.
/// </summary>
public static class PairGroupings
{
    /// <summary>
    /// By the training events of the item: "head" are the most popular items up to a third of all training events, "mid" up to two thirds,
    /// "tail" the rest, "cold" have none. Items with equally many stay together, with the more popular ones.
    /// </summary>
    public static Grouping ItemPopularity(Holdout holdout)
    {
        int[] events = Groupings.EventsOf(holdout.Train), group = new int[events.Length];
        long all = holdout.Train.Histories.Count, above = 0;
        foreach (var equal in Enumerable.Range(0, events.Length).GroupBy(item => events[item]).OrderByDescending(equal => equal.Key))
        {
            foreach (int item in equal) group[item] = equal.Key == 0 ? 3 : (int)(3 * above / all);
            above += (long)equal.Key * equal.Count();
        }
        return OfItems("item popularity", holdout, ["head", "mid", "tail", "cold"], group);
    }

    /// <summary>By when the item was first seen in training: in the last tenth of its time, before, never.</summary>
    /// <exception cref="InputException">The data has no times.</exception>
    public static Grouping NewItems(Holdout holdout)
    {
        CheckTimes(holdout.Train.Histories, "New items");
        long[] first = TimeLeaks.FirstTimes(holdout.Train.Histories, holdout.Train.Items.Count);
        long start = long.MaxValue, end = long.MinValue;
        foreach (long time in holdout.Train.Histories.Times.Span) (start, end) = (Math.Min(start, time), Math.Max(end, time));
        double from = end - ((end - start) / 10.0);
        int[] group = [.. first.Select(time => time == long.MaxValue ? 2 : time > from ? 1 : 0)];
        return OfItems("item age", holdout, ["established", "new", "never seen"], group);
    }

    /// <summary>By when it happened: slices of equally many pairs, those of one second together; a repeated pair counts when it was first.</summary>
    /// <param name="slices">At most; fewer where many pairs are of one second.</param>
    /// <exception cref="InputException">The data has no times, or fewer than one slice is asked for.</exception>
    public static Grouping TimeSlices(Holdout holdout, int slices = 4)
    {
        if (slices < 1) throw new InputException($"Slices must be >= 1, was {slices}.");
        CheckTimes(holdout.Test.Histories, "Time slices");
        long[] times = TimesOf(holdout.Test), sorted = [.. times.Order()];
        if (sorted.Length == 0) return new("time", [], default);
        long[] starts = [.. Enumerable.Range(0, slices).Select(n => sorted[(int)((long)n * sorted.Length / slices)]).Distinct()];
        (long First, long Last)[] bounds =
            [.. starts.Select((start, n) => (start, n + 1 < starts.Length ? sorted[Moments.CountBefore(sorted, starts[n + 1]) - 1] : sorted[^1]))];
        DateTime Day(long time) => DateTimeOffset.FromUnixTimeSeconds(time).UtcDateTime.Date;
        bool byDay = Enumerable.Range(1, bounds.Length - 1).All(n => Day(bounds[n].First) > Day(bounds[n - 1].Last));
        string format = byDay ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss";
        string Text(long time) => DateTimeOffset.FromUnixTimeSeconds(time).ToString(format);
        int SliceOf(long time) => Moments.CountBefore(starts, time + 1) - 1;
        return Grouping.Used("time", [.. bounds.Select(slice => $"{Text(slice.First)} to {Text(slice.Last)}")], [.. times.Select(SliceOf)]);
    }

    /// <summary>Each pair is in the group of its item.</summary>
    /// <param name="items">[items] of the holdout.</param>
    public static Grouping ByItem(Holdout holdout, Grouping items)
    {
        if (items.Of.Length != holdout.Test.Items.Count)
            throw new ArgumentException($"A grouping of {items.Of.Length} items for {holdout.Test.Items.Count}.", nameof(items));
        return OfItems(items.Name, holdout, items.Groups, items.Of.Span);
    }

    private static Grouping OfItems(string name, Holdout holdout, IReadOnlyList<string> groups, ReadOnlySpan<int> group)
    {
        var items = holdout.Test.ByUser.Indices.Span;
        var of = new int[items.Length];
        for (int pair = 0; pair < of.Length; pair++) of[pair] = group[items[pair]];
        return Grouping.Used(name, groups, of);
    }

    /// <returns>[pairs]: of the pair's first event.</returns>
    private static long[] TimesOf(Interactions test)
    {
        var pairs = test.ByUser;
        var times = new long[pairs.Count];
        for (int user = 0; user < pairs.Rows; user++)
        {
            var row = pairs.Row(user).Columns;
            var (items, happened) = (test.Histories.ItemsOf(user), test.Histories.TimesOf(user));
            for (int e = items.Length - 1; e >= 0; e--) // oldest last, so that it stays
                times[pairs.Starts.Span[user] + row.BinarySearch(items.Span[e])] = happened.Span[e];
        }
        return times;
    }

    /// <summary>A part without events has no times either, and nothing to divide.</summary>
    private static void CheckTimes(Histories histories, string what)
    {
        if (histories.Count > 0 && !histories.HasTimes)
            throw new InputException($"{what} need times, and this data has none; name the time column when importing.");
    }
}
