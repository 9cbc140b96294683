using Kindred.Numerics;

namespace Kindred.Partitions;

/// <summary>Sums of one item with all others: scratch memory of one thread, of which only what was touched is looked at again.</summary>
/// <remarks>
/// Items are touched in groups of 64: a mark without a branch, and few groups have many items. Cost of looking at one target: its groups,
/// and one byte for each group there is.
/// </remarks>
internal sealed class PairSums
{
    private const int GroupBits = 6;

    private readonly long[] _sums; // [items]
    private readonly int[] _counts; // [items], or empty
    private readonly byte[] _marks; // [groups]: 1 where something was added

    /// <param name="hasCounts">Whether users with both are counted.</param>
    public PairSums(int items, bool hasCounts)
    {
        (_sums, _counts) = (new long[items], new int[hasCounts ? items : 0]);
        _marks = new byte[Blocks.Count(items, 1 << GroupBits)];
    }

    public bool HasCounts => _counts.Length > 0;

    public long SumOf(int other) => _sums[other];

    public int CountOf(int other) => _counts[other];

    /// <summary>Adds what one user says.</summary>
    /// <param name="others">Items of the user.</param>
    /// <param name="weights">[others]</param>
    /// <param name="own">The weight of the target.</param>
    public void Add(ReadOnlySpan<int> others, ReadOnlySpan<int> weights, long own)
    {
        for (int n = 0; n < others.Length; n++) _sums[others[n]] += own * weights[n];
        if (HasCounts) foreach (int other in others) _counts[other]++;
        Mark(others);
    }

    public void Add(PairRow row)
    {
        for (int n = 0; n < row.Others.Length; n++) _sums[row.Others[n]] += row.Sums[n];
        for (int n = 0; n < row.Counts.Length; n++) _counts[row.Others[n]] += row.Counts[n];
        Mark(row.Others);
    }

    /// <returns>The items whose sum or count is not 0, ascending.</returns>
    public List<int> Others()
    {
        var others = new List<int>();
        for (int group = NextGroup(0); group >= 0; group = NextGroup(group + 1))
        {
            int end = Math.Min(_sums.Length, (group + 1) << GroupBits);
            for (int other = group << GroupBits; other < end; other++)
                if (_sums[other] != 0 || (HasCounts && _counts[other] != 0)) others.Add(other);
        }
        return others;
    }

    public PairRow ToRow()
    {
        int[] others = [.. Others()];
        return new(others, Array.ConvertAll(others, SumOf), HasCounts ? Array.ConvertAll(others, CountOf) : []);
    }

    public void Clear()
    {
        for (int group = NextGroup(0); group >= 0; group = NextGroup(group + 1))
        {
            int first = group << GroupBits, length = Math.Min(_sums.Length - first, 1 << GroupBits);
            Array.Clear(_sums, first, length);
            if (HasCounts) Array.Clear(_counts, first, length);
            _marks[group] = 0;
        }
    }

    private void Mark(ReadOnlySpan<int> others)
    {
        foreach (int other in others) _marks[other >> GroupBits] = 1;
    }

    private int NextGroup(int first)
    {
        int found = _marks.AsSpan(first).IndexOf((byte)1);
        return found < 0 ? -1 : first + found;
    }
}

/// <summary>What a target shares with the items that it shares anything with.</summary>
/// <param name="Others">Items, ascending.</param>
/// <param name="Counts">[others], or empty: they are not counted.</param>
internal sealed record PairRow(int[] Others, long[] Sums, int[] Counts);
