namespace Kindred.Pipelines;

/// <summary>The answers to many queries, best first, in memory that is used again. Mutable; one thread at a time.</summary>
internal sealed class RankedLists
{
    private int[] _lengths = [], _items = []; // _items, _scores [lists, Longest]
    private float[] _scores = [];

    /// <summary>How many lists there are; some may be empty.</summary>
    public int Count { get; private set; }

    /// <summary>The most items in a list.</summary>
    public int Longest { get; private set; }

    /// <returns>The items of a list, best first. Valid until the next <see cref="Reset"/>.</returns>
    public ReadOnlySpan<int> ItemsOf(int list) => _items.AsSpan(list * Longest, LengthOf(list));

    /// <returns>The scores of a list, parallel to its items; those of different recommenders are not comparable.</returns>
    public ReadOnlySpan<float> ScoresOf(int list) => _scores.AsSpan(list * Longest, LengthOf(list));

    /// <summary>Starts again with empty lists.</summary>
    /// <param name="longest">The most items that will be added to one of them.</param>
    public void Reset(int lists, int longest)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lists);
        ArgumentOutOfRangeException.ThrowIfNegative(longest);
        (Count, Longest) = (lists, longest);
        if (_lengths.Length < lists) _lengths = new int[lists];
        if (_items.Length < checked(lists * longest)) (_items, _scores) = (new int[lists * longest], new float[lists * longest]);
        _lengths.AsSpan(0, lists).Clear();
    }

    /// <summary>Adds items below those that are there.</summary>
    /// <param name="items">[any], best first.</param>
    /// <param name="scores">[items]</param>
    public void Add(int list, ReadOnlySpan<int> items, ReadOnlySpan<float> scores)
    {
        int length = LengthOf(list), start = (list * Longest) + length;
        if (scores.Length != items.Length)
            throw new ArgumentException($"{items.Length} items have {scores.Length} scores.", nameof(scores));
        if (items.Length > Longest - length)
            throw new ArgumentException($"List {list} has room for {Longest - length} more items, got {items.Length}.", nameof(items));
        items.CopyTo(_items.AsSpan(start));
        scores.CopyTo(_scores.AsSpan(start));
        _lengths[list] += items.Length;
    }

    /// <summary>Keeps the first items of each list.</summary>
    public void Truncate(int count)
    {
        for (int list = 0; list < Count; list++) _lengths[list] = Math.Min(_lengths[list], count);
    }

    private int LengthOf(int list)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)list, (uint)Count, nameof(list));
        return _lengths[list];
    }
}
