using Kindred.Data;

namespace Kindred.Comparison;

/// <summary>Counts, one after another in order of size.</summary>
/// <param name="Median">The smallest count that half of the rows do not exceed.</param>
/// <param name="NinthDecile">The smallest count that 90 % of the rows do not exceed.</param>
public sealed record Quantiles(int Min, int Median, int NinthDecile, int Max)
{
    /// <param name="counts">[rows], sorted in place.</param>
    internal static Quantiles Of(int[] counts)
    {
        if (counts.Length == 0) return new(0, 0, 0, 0);
        Array.Sort(counts);
        int At(int percent) => counts[DataProfile.PercentOf(counts.Length, percent) - 1];
        return new(counts[0], At(50), At(90), counts[^1]);
    }
}

/// <summary>How much of the events the most popular items have.</summary>
/// <param name="Items">Share of all items, the most popular ones; at least one item.</param>
/// <param name="Events">Their share of all events.</param>
public sealed record HeadConcentration(double Items, double Events);

/// <summary>The scale that ratings are on.</summary>
/// <param name="Values">Number of different ratings.</param>
public sealed record RatingScale(float Min, float Max, int Values);

/// <summary>What data is like, before anything is trained on it. Serializable.</summary>
public sealed record DataProfile
{
    private const int FewEvents = 5;

    private static readonly int[] HeadPercents = [1, 10, 20];

    /// <summary>Users in the vocabulary, as are items: also those without events.</summary>
    public required int Users { get; init; }

    public required int Items { get; init; }

    public required long Events { get; init; }

    /// <summary>Different (user, item).</summary>
    public required long Pairs { get; init; }

    /// <summary>Pairs / (users · items).</summary>
    public double Density => Users == 0 || Items == 0 ? 0 : (double)Pairs / Users / Items;

    /// <summary>Share of the events whose user had had the item already.</summary>
    public double Repeats => Events == 0 ? 0 : 1 - ((double)Pairs / Events);

    /// <summary>Of the first event, UTC; null without times or events.</summary>
    public required DateTimeOffset? First { get; init; }

    public required DateTimeOffset? Last { get; init; }

    public required Quantiles EventsPerUser { get; init; }

    public required Quantiles EventsPerItem { get; init; }

    /// <summary>Users with fewer than five events.</summary>
    public required int UsersWithFewEvents { get; init; }

    /// <summary>The share of the events on the top 1, 10 and 20 % of the items.</summary>
    public required IReadOnlyList<HeadConcentration> Head { get; init; }

    /// <summary>
    /// Gini coefficient of events per item: 0 if all items have equally many, towards 1 if a few have all.
    /// Σ over items in ascending order, rank r of n: (2r − n − 1)·events / (n · all events).
    /// </summary>
    public required double Gini { get; init; }

    /// <summary>Null unless the values are ratings.</summary>
    public required RatingScale? Ratings { get; init; }

    /// <summary>What can be done with the data, and what is missing.</summary>
    public IReadOnlyList<Suitability> Suitability { get; init; } = [];

    /// <summary>Cost: a few passes over the events.</summary>
    public static DataProfile For(Interactions interactions)
    {
        var histories = interactions.Histories;
        var perUser = new int[interactions.Users.Count];
        for (int user = 0; user < perUser.Length; user++) perUser[user] = histories.ItemsOf(user).Length;
        var perItem = new int[interactions.Items.Count];
        foreach (int item in histories.Items.Span) perItem[item]++;

        long first = histories.Oldest, last = histories.Newest;
        bool timed = histories.Times.Length > 0;

        var profile = new DataProfile
        {
            Users = perUser.Length,
            Items = perItem.Length,
            Events = histories.Count,
            Pairs = interactions.ByUser.Count,
            First = timed ? DateTimeOffset.FromUnixTimeSeconds(first) : null,
            Last = timed ? DateTimeOffset.FromUnixTimeSeconds(last) : null,
            EventsPerUser = Quantiles.Of(perUser),
            EventsPerItem = Quantiles.Of(perItem),
            UsersWithFewEvents = perUser.Count(count => count < FewEvents),
            Head = [.. HeadPercents.Select(percent => HeadOf(perItem, percent))],
            Gini = GiniOf(perItem),
            Ratings = interactions.Origin.Values == ValueKind.Ratings && histories.Count > 0 ? ScaleOf(histories.Weights.Span) : null,
        };
        return profile with { Suitability = Comparison.Suitability.Judge(profile, interactions) };
    }

    /// <param name="ascending">[items], events of each.</param>
    private static HeadConcentration HeadOf(int[] ascending, int percent)
    {
        long all = ascending.Sum(count => (long)count), head = 0;
        foreach (int count in ascending.AsSpan(ascending.Length - PercentOf(ascending.Length, percent))) head += count;
        return new(percent / 100.0, all == 0 ? 0 : (double)head / all);
    }

    /// <returns>Rounded up, exactly.</returns>
    internal static int PercentOf(int count, int percent) => (int)((((long)count * percent) + 99) / 100);

    /// <param name="ascending">[items], events of each.</param>
    private static double GiniOf(int[] ascending)
    {
        double weighted = 0, all = 0;
        int n = ascending.Length;
        for (int place = 0; place < n; place++)
        {
            weighted += ((2.0 * (place + 1)) - n - 1) * ascending[place];
            all += ascending[place];
        }
        return all == 0 ? 0 : weighted / (n * all);
    }

    private static RatingScale ScaleOf(ReadOnlySpan<float> ratings)
    {
        var distinct = new HashSet<float>();
        foreach (float rating in ratings) distinct.Add(rating);
        return new(distinct.Min(), distinct.Max(), distinct.Count);
    }
}
