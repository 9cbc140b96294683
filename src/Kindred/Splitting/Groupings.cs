using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Splitting;

/// <summary>
/// Groups of users, of rows of a catalog, and of measured pairs: one entry for each of <c>holdout.Test.ByUser</c>, row by row, as its
/// <c>Indices</c> stand.
/// </summary>
internal static class Groupings
{
    private const int MostGroups = 12;

    /// <summary>
    /// Measured users by their number of known events: those with none, and thirds of the others. Users with equally many stay together,
    /// so thirds can be uneven, or fewer.
    /// </summary>
    /// <returns>[users]</returns>
    public static Grouping UserActivity(Holdout holdout)
    {
        double[] events = OfMeasured(holdout, user => holdout.Known.Histories.ItemsOf(user).Length);
        int[] third = Thirds(events);
        string Named(string name, int group)
        {
            double[] members = [.. events.Where((count, user) => count > 0 && third[user] == group)];
            return members.Length == 0 ? name
                : $"{name} ({(members.Min() == members.Max() ? "" : $"{members.Min()} to ")}{members.Max()} events)";
        }
        int[] of = [.. third.Select((group, user) => events[user] == 0 ? 0 : group < 0 ? -1 : group + 1)];
        return Grouping.Used("user activity", ["none (0 events)", Named("few", 0), Named("some", 1), Named("many", 2)], of);
    }

    /// <summary>
    /// Measured users by how popular what they know is: thirds by the mean number of training events of their known items, each item once.
    /// Users without a known event are in no group. H. Abdollahpouri, M. Mansoury, R. Burke, B. Mobasher, "The Unfairness of Popularity
    /// Bias in Recommendation", RMSE at RecSys 2019. Differs from the paper: thirds of the mean, not 20 / 60 / 20 % of the ratio of
    /// popular items.
    /// </summary>
    /// <returns>[users]</returns>
    public static Grouping UserTaste(Holdout holdout)
    {
        int[] popularity = EventsOf(holdout.Train);
        double[] mean = OfMeasured(holdout, user =>
        {
            var items = holdout.Known.ByUser.Row(user).Columns;
            double sum = 0;
            foreach (int item in items) sum += popularity[item];
            return items.Length == 0 ? double.NaN : sum / items.Length;
        });
        return Grouping.Used("user taste", ["niche", "diverse", "blockbuster"], Thirds(mean));
    }

    /// <summary>
    /// By the first label of each row; rows without one are in no group. The 12 most frequent labels, all others are "other".
    /// </summary>
    /// <returns>[rows]</returns>
    public static Grouping Of(string name, LabelColumn column) =>
        ByText(name, column.Starts.Length - 1, row => column[row] is [var first, ..] ? column.Labels.Id(first) : "");

    /// <summary>By the text of each row; rows without one are in no group. The 12 most frequent texts, all others are "other".</summary>
    /// <returns>[rows]</returns>
    public static Grouping Of(string name, TextColumn column) => ByText(name, column.Values.Count, row => column.Values[row]);

    /// <summary>
    /// By the training events of the item: "head" are the most popular items up to a third of all training events, "mid" up to two thirds,
    /// "tail" the rest, "cold" have none. Items with equally many stay together, with the more popular ones.
    /// </summary>
    /// <returns>[pairs]</returns>
    public static Grouping ItemPopularity(Holdout holdout)
    {
        var items = PopularityOfItems(EventsOf(holdout.Train));
        return OfItems(items.Name, holdout, items.Groups, items.Of.Span);
    }

    /// <summary>The same for items.</summary>
    /// <param name="events">[items]: training events.</param>
    /// <returns>[items]</returns>
    internal static Grouping PopularityOfItems(int[] events)
    {
        int[] group = new int[events.Length];
        long all = events.Sum(count => (long)count), above = 0;
        foreach (var equal in Enumerable.Range(0, events.Length).GroupBy(item => events[item]).OrderByDescending(equal => equal.Key))
        {
            foreach (int item in equal) group[item] = equal.Key == 0 ? 3 : (int)(3 * above / all);
            above += (long)equal.Key * equal.Count();
        }
        return new("item popularity", ["head", "mid", "tail", "cold"], group);
    }

    /// <summary>By when the item was first seen in training: in the last tenth of its time, before, never.</summary>
    /// <returns>[pairs]</returns>
    /// <exception cref="InputException">The data has no times.</exception>
    public static Grouping NewItems(Holdout holdout)
    {
        CheckTimes(holdout.Train.Histories, "New items");
        long[] first = TimeLeaks.FirstTimes(holdout.Train.Histories, holdout.Train.Items.Count);
        long start = holdout.Train.Histories.Oldest, end = holdout.Train.Histories.Newest;
        double from = end - ((end - start) / 10.0);
        int[] group = [.. first.Select(time => time == long.MaxValue ? 2 : time > from ? 1 : 0)];
        return OfItems("item age", holdout, ["established", "new", "never seen"], group);
    }

    /// <summary>
    /// By when it happened: slices of equally many pairs, those of one second together; a repeated pair counts when it was first.
    /// </summary>
    /// <param name="slices">At most; fewer where many pairs are of one second.</param>
    /// <returns>[pairs]</returns>
    /// <exception cref="InputException">The data has no times, or fewer than one slice is asked for.</exception>
    public static Grouping TimeSlices(Holdout holdout, int slices = 4)
    {
        if (slices < 1) throw new InputException($"Slices must be >= 1, was {slices}.");
        CheckTimes(holdout.Test.Histories, "Time slices");
        long[] times = TimesOf(holdout.Test), sorted = [.. times.Order()];
        if (sorted.Length == 0) return new("time", [], default);
        slices = Math.Min(slices, sorted.Length);
        long[] starts = [.. Enumerable.Range(0, slices).Select(n => sorted[(int)((long)n * sorted.Length / slices)]).Distinct()];
        (long First, long Last)[] bounds =
            [.. starts.Select((start, n) =>
                (start, n + 1 < starts.Length ? sorted[TimeAxis.CountBefore(sorted, starts[n + 1]) - 1] : sorted[^1]))];
        DateTime Day(long time) => DateTimeOffset.FromUnixTimeSeconds(time).UtcDateTime.Date;
        bool byDay = Enumerable.Range(1, bounds.Length - 1).All(n => Day(bounds[n].First) > Day(bounds[n - 1].Last));
        string format = byDay ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss";
        string Text(long time) => DateTimeOffset.FromUnixTimeSeconds(time).ToString(format);
        int SliceOf(long time) => TimeAxis.CountBefore(starts, time + 1) - 1;
        return Grouping.Used("time", [.. bounds.Select(slice => $"{Text(slice.First)} to {Text(slice.Last)}")], [.. times.Select(SliceOf)]);
    }

    /// <summary>Each pair is in the group of its item.</summary>
    /// <param name="items">[items] of the holdout.</param>
    /// <returns>[pairs]</returns>
    public static Grouping ByItem(Holdout holdout, Grouping items)
    {
        if (items.Of.Length != holdout.Test.Items.Count)
            throw new ArgumentException($"A grouping of {items.Of.Length} items for {holdout.Test.Items.Count}.", nameof(items));
        return OfItems(items.Name, holdout, items.Groups, items.Of.Span);
    }

    /// <summary>Each pair is in the group of its item; also groups that none is in are named.</summary>
    /// <param name="items">[items] of the holdout.</param>
    /// <returns>[pairs]</returns>
    internal static Grouping PairsOf(Holdout holdout, Grouping items) => items with
    {
        Of = Array.ConvertAll(holdout.Test.ByUser.Indices.ToArray(), item => items.Of.Span[item]),
    };

    /// <returns>[items]: training events.</returns>
    internal static int[] EventsOf(Interactions train)
    {
        var events = new int[train.Items.Count];
        foreach (int item in train.Histories.Items.Span) events[item]++;
        return events;
    }

    private static Grouping ByText(string name, int rows, Func<int, string> textOf)
    {
        const string Other = "other";
        string[] texts = [.. Enumerable.Range(0, rows).Select(textOf)];
        string[] groups =
        [
            .. texts.Where(text => text.Length > 0).CountBy(text => text)
                .OrderByDescending(group => group.Value).ThenBy(group => group.Key, StringComparer.Ordinal)
                .Take(MostGroups).Select(group => group.Key),
        ];
        var index = groups.Index().ToDictionary(group => group.Item, group => group.Index);
        int other = index.GetValueOrDefault(Other, groups.Length); // a label may be called "other" itself
        int[] of = [.. texts.Select(text => text.Length == 0 ? -1 : index.GetValueOrDefault(text, other))];
        return Grouping.Used(name, [.. groups, Other], of);
    }

    /// <returns>[users]: NaN for users who are not asked about.</returns>
    private static double[] OfMeasured(Holdout holdout, Func<int, double> valueOf) =>
    [
        .. Enumerable.Range(0, holdout.Test.Users.Count)
            .Select(user => holdout.Test.Histories.ItemsOf(user).IsEmpty ? double.NaN : valueOf(user)),
    ];

    /// <param name="values">Zeros and NaN are in no third.</param>
    /// <returns>[values]: 0, 1, 2 by value, equal values together; −1.</returns>
    private static int[] Thirds(double[] values)
    {
        double[] sorted = [.. values.Where(value => value > 0).Order()];
        if (sorted.Length == 0) return [.. values.Select(_ => -1)];
        double low = sorted[(sorted.Length - 1) / 3], high = sorted[(2 * sorted.Length - 1) / 3];
        return [.. values.Select(value => !(value > 0) ? -1 : value <= low ? 0 : value <= high ? 1 : 2)];
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
            {
                int pair = row.BinarySearch(items.Span[e]);
                if (pair >= 0) times[pairs.Starts.Span[user] + pair] = happened.Span[e]; // what was disliked is no pair
            }
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
