namespace Kindred.Evaluation.Metrics;

/// <summary>One user's list, and what it is judged by.</summary>
internal readonly ref struct RankedList
{
    /// <summary>[any], best first, no repeats; the missing places of a list shorter than K are misses.</summary>
    public required ReadOnlySpan<int> Items { get; init; }

    /// <summary>[Items], whether each is relevant: found once, used by every metric.</summary>
    public required ReadOnlySpan<bool> Hits { get; init; }

    /// <summary>[≥ 1], items of the user's test events, ascending, no repeats.</summary>
    public required ReadOnlySpan<int> Relevant { get; init; }

    /// <summary>[Relevant], how much each is worth: the weight of its test events.</summary>
    public ReadOnlySpan<float> Gains { get; init; }

    /// <summary>[any], what the recommender knew of the user, oldest first, with repeats.</summary>
    public ReadOnlySpan<int> History { get; init; }

    /// <param name="hits">[items], overwritten and kept.</param>
    public static RankedList Of(
        ReadOnlySpan<int> items, ReadOnlySpan<int> relevant, Span<bool> hits, ReadOnlySpan<float> gains = default,
        ReadOnlySpan<int> history = default)
    {
        for (int n = 0; n < items.Length; n++) hits[n] = relevant.BinarySearch(items[n]) >= 0;
        return new() { Items = items, Hits = hits[..items.Length], Relevant = relevant, Gains = gains, History = history };
    }

    /// <returns>How many of the first <paramref name="k"/> are relevant.</returns>
    internal int HitsAmong(int k) => First(k).Count(true);

    /// <returns>The items in the places that count: the first <paramref name="k"/>, or all of a shorter list.</returns>
    internal ReadOnlySpan<int> Listed(int k) => Items[..Math.Min(k, Items.Length)];

    internal HashSet<int> DistinctHistory()
    {
        var items = new HashSet<int>(History.Length);
        foreach (int item in History) items.Add(item);
        return items;
    }

    /// <returns>Of the places that count, whether each is a hit: the first <paramref name="k"/>, or all of a shorter list.</returns>
    internal ReadOnlySpan<bool> First(int k) => Hits[..Math.Min(k, Hits.Length)];
}

/// <summary>What the metrics share.</summary>
internal static class CutOff
{
    public static int Checked(int k) => k >= 1 ? k : throw new InputException($"The cut-off of a metric must be >= 1, was {k}.");
}
