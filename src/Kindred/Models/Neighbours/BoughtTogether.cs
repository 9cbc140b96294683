using Kindred.Data;
using Kindred.Numerics;
using Kindred.Numerics.Sparse;

namespace Kindred.Models.Neighbours;

/// <summary>An item that was in the same baskets as another.</summary>
/// <param name="Item">The other item.</param>
/// <param name="Baskets">How many baskets hold both.</param>
/// <param name="Support">The share of all baskets that hold both.</param>
/// <param name="Confidence">The share that holds both of those that hold the item asked for.</param>
/// <param name="Lift">How many times as often as if the two had nothing to do with each other.</param>
internal readonly record struct Association(int Item, int Baskets, double Support, double Confidence, double Lift);

/// <summary>
/// What is frequently bought together: rules between two items, by baskets. Immutable; safe to share between threads.
/// R. Agrawal, T. Imieliński, A. Swami, "Mining Association Rules between Sets of Items in Large Databases", SIGMOD 1993 (support,
/// confidence); S. Brin, R. Motwani, J. Ullman, S. Tsur, "Dynamic Itemset Counting", SIGMOD 1997 (lift, there "interest").
/// </summary>
/// <remarks>
/// A basket is a row of events of one user without a longer pause than the gap; without times, or without a gap, everything that a user
/// had. An item counts once in a basket. Cost of building: a pass over the events; of a question: Σ over the baskets of the item of their
/// lengths.
/// </remarks>
internal sealed class BoughtTogether
{
    private readonly SparseGram _gram;
    private readonly SparseMatrix _byItem; // [items, baskets]

    /// <param name="gap">The longest pause within a basket; null: a basket is a user.</param>
    /// <exception cref="InputException">The gap is negative, or there is one and the data has no times.</exception>
    public BoughtTogether(Interactions interactions, TimeSpan? gap)
    {
        if (gap < TimeSpan.Zero) throw new InputException($"The gap between baskets must be >= 0, was {gap}.");
        if (gap is not null && !interactions.Histories.HasTimes)
            throw new InputException(
                "Baskets by time need the time of each event, and this data has none; leave the gap out, and a basket is a user.");
        _byItem = BasketsOf(interactions.Histories, interactions.Items.Count, gap).Transpose();
        _gram = new(_byItem);
    }

    public int Baskets => _byItem.Columns;

    /// <returns>
    /// At most <paramref name="count"/> items that were together with the item, those of the highest baskets · ln(lift) first: by lift
    /// alone the rarest would win, by confidence the most popular.
    /// </returns>
    /// <param name="minimumBaskets">Pairs in fewer baskets are chance.</param>
    /// <param name="allowed">The only items that may be answered; null: all.</param>
    public IReadOnlyList<Association> With(int item, int count, int minimumBaskets = 3, BitSet? allowed = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)item, (uint)_byItem.Rows, nameof(item));
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumBaskets, 1);
        var shared = new float[_gram.Columns];
        _gram.Count(_gram.RankOf[item], shared, onlyBefore: false);
        shared[_gram.RankOf[item]] = 0;
        double ofItem = _byItem.Row(item).Length;
        var found = new List<Association>();
        for (int rank = 0; rank < shared.Length; rank++)
        {
            if (shared[rank] < minimumBaskets) continue;
            int other = _gram.ColumnOf[rank];
            if (allowed?.Contains(other) == false) continue;
            double both = shared[rank], confidence = both / ofItem;
            found.Add(new(other, (int)both, both / Baskets, confidence, confidence * Baskets / _byItem.Row(other).Length));
        }
        return [.. found.OrderByDescending(pair => pair.Baskets * Math.Log(pair.Lift)).ThenBy(pair => pair.Item).Take(count)];
    }

    // [baskets, items], ones
    private static SparseMatrix BasketsOf(Histories histories, int items, TimeSpan? gap)
    {
        var starts = new List<int> { 0 };
        for (int user = 0; user < histories.Users; user++)
        {
            var times = gap is null ? [] : histories.TimesOf(user).Span;
            int first = histories.Starts.Span[user];
            for (int n = 1; n < times.Length; n++) if (times[n] - times[n - 1] > gap!.Value.TotalSeconds) starts.Add(first + n);
            if (histories.Starts.Span[user + 1] > first) starts.Add(histories.Starts.Span[user + 1]);
        }
        var ones = new float[histories.Count];
        Array.Fill(ones, 1);
        var summed = SparseMatrix.FromRows(starts.Count - 1, items, [.. starts], histories.Items.Span, ones);
        return new(summed.Rows, items, summed.Starts, summed.Indices, ones.AsMemory(0, summed.Count));
    }
}
