using System.Runtime.InteropServices;
using Kindred.Numerics;

namespace Kindred.Models.Sampling;

/// <summary>An observed pair in a block.</summary>
/// <param name="Weight">Relative to the mean.</param>
/// <param name="Time">Of the user's first event with the item; 0 where times are not asked for.</param>
/// <param name="First">Where the user's items begin in the block.</param>
/// <param name="Count">How many there are.</param>
internal readonly record struct ObservedPair(int User, int Item, float Weight, long Time, int First, int Count);

/// <summary>
/// The observed pairs of some users with some items, in random order, and the items that may be drawn as negatives of them: all rows that
/// one worker touches. Filled again and again by its worker.
/// </summary>
/// <param name="firstSeen">[items], the time of each item's first event; empty: negatives may be younger than the positive.</param>
internal sealed class PairBlock(ReadOnlyMemory<long> firstSeen = default)
{
    // A user who has nearly all items has few negatives: a draw is given up after so many of their own.
    private const int Attempts = 16;

    private readonly List<ObservedPair> _pairs = [];
    private readonly List<int> _items = [];

    public ReadOnlySpan<ObservedPair> Pairs => CollectionsMarshal.AsSpan(_pairs);

    public NegativeSampler Negatives { get; private set; } = null!;

    /// <summary>
    /// How many parts like this one all items make: a rank among this block's items is so many times smaller than among all.
    /// </summary>
    public int Parts { get; private set; }

    public void Clear(NegativeSampler negatives, int parts)
    {
        (Negatives, Parts) = (negatives, parts);
        _pairs.Clear();
        _items.Clear();
    }

    /// <summary>Adds all of a user's items in this block.</summary>
    /// <param name="times">[items], or empty.</param>
    public void Add(int user, ReadOnlySpan<int> items, ReadOnlySpan<float> weights, ReadOnlySpan<long> times)
    {
        int first = _items.Count;
        _items.AddRange(items);
        for (int n = 0; n < items.Length; n++)
            _pairs.Add(new(user, items[n], weights[n], times.IsEmpty ? 0 : times[n], first, items.Length));
    }

    public void Shuffle(Rng rng) => rng.Shuffle(CollectionsMarshal.AsSpan(_pairs));

    /// <returns>All items of the pair's user in this block.</returns>
    public ReadOnlySpan<int> ItemsOf(in ObservedPair pair) => CollectionsMarshal.AsSpan(_items).Slice(pair.First, pair.Count);

    /// <summary>Draws an item that is not the user's own, and that existed at the time of the pair where times are asked for.</summary>
    /// <returns>False where none was found.</returns>
    public bool TryDraw(in ObservedPair pair, Rng rng, out int item)
    {
        var own = ItemsOf(pair);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            item = Negatives.Draw(rng);
            if (Existed(item, pair) && !own.Contains(item)) return true;
        }
        item = -1;
        return false;
    }

    public bool Existed(int item, in ObservedPair pair) => firstSeen.IsEmpty || firstSeen.Span[item] <= pair.Time;
}
