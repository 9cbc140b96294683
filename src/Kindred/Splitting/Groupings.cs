using Kindred.Data;

namespace Kindred.Splitting;

/// <summary>Groups of users, and of items by what is known about them.</summary>
public static class Groupings
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
            return members.Length == 0 ? name : $"{name} ({members.Min()} to {members.Max()} events)";
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

    /// <summary>By the first label of each row; rows without one are in no group. The 12 most frequent labels, all others are "other".</summary>
    /// <returns>[rows]</returns>
    public static Grouping Of(string name, LabelColumn column) =>
        ByText(name, column.Starts.Length - 1, row => column[row] is [var first, ..] ? column.Labels.Id(first) : "");

    /// <summary>By the text of each row; rows without one are in no group. The 12 most frequent texts, all others are "other".</summary>
    /// <returns>[rows]</returns>
    public static Grouping Of(string name, TextColumn column) => ByText(name, column.Values.Count, row => column.Values[row]);

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
}
