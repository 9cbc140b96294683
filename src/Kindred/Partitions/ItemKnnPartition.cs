using Kindred.Models.Neighbours;
using Kindred.Numerics;

namespace Kindred.Partitions;

/// <summary>The users of one partition in <see cref="ItemKnn"/>: what they add to the similarities of items, in whole numbers.</summary>
/// <remarks>
/// A weight w of item i is the whole number W = round(w·2^e(i)), e(i) such that the length of i's weights is at most 2³⁰ in this unit: then
/// a sum of products is below 2⁶², by Cauchy and Schwarz. Whole numbers add up to the same in any order, so that the model depends neither
/// on how users are cut into partitions nor on who has them.
/// </remarks>
internal sealed class ItemKnnPartition
{
    private const int LengthBits = 30;

    private readonly SparseMatrix _byUser, _byItem;
    private readonly float[] _weights; // [entries], as in _byItem
    private readonly SimilarityMeasure _measure;
    private int[] _ofItem = [], _ofUser = []; // [entries], as in _byItem, and as in _byUser: W

    public ItemKnnPartition(ItemKnn options, Interactions data)
    {
        (_byUser, _byItem) = (data.ByUser, data.ByItem);
        _measure = new(options, _byUser, _byItem);
        _weights = new float[_byItem.Count];
        for (int item = 0; item < _byItem.Rows; item++)
            _measure.Weigh(_byItem.Row(item), _weights.AsSpan(_byItem.Starts.Span[item], _byItem.Row(item).Length));
    }

    /// <returns>2^e(i)</returns>
    /// <param name="size">Of item i: |i|².</param>
    public static int ExponentOf(float size) => size > 0 ? LengthBits - 1 - (Math.ILogB(size) / 2) : 0;

    /// <summary>Adds |i|² of the items [first, end); the one behind the last item is what all users count.</summary>
    /// <param name="totals">[end − first, <see cref="ExactSum.Digits"/>]</param>
    public void AddTotals(int first, int end, Span<long> totals)
    {
        Span<long> At(Span<long> all, int item) => all.Slice((item - first) * ExactSum.Digits, ExactSum.Digits);
        for (int item = first; item < Math.Min(end, _byItem.Rows); item++)
            for (int n = _byItem.Starts.Span[item]; n < _byItem.Starts.Span[item + 1]; n++)
                ExactSum.Add((double)_weights[n] * _weights[n], At(totals, item));
        if (end <= _byItem.Rows) return;
        for (int user = 0; user < _byUser.Rows; user++)
            if (_byUser.Row(user).Length > 0) ExactSum.Add(_measure.VoteOf(_byUser.Row(user).Length), At(totals, _byItem.Rows));
    }

    /// <summary>Makes whole numbers of the weights.</summary>
    /// <param name="exponents">[items]: e(i).</param>
    public void Begin(int[] exponents)
    {
        (_ofItem, _ofUser) = (new int[_byItem.Count], new int[_byItem.Count]);
        int[] next = _byUser.Starts.Span[.._byUser.Rows].ToArray();
        for (int item = 0; item < _byItem.Rows; item++)
        {
            for (int n = _byItem.Starts.Span[item]; n < _byItem.Starts.Span[item + 1]; n++)
            {
                _ofItem[n] = (int)Math.Round(Math.ScaleB(_weights[n], exponents[item]));
                _ofUser[next[_byItem.Indices.Span[n]]++] = _ofItem[n]; // a user's items ascend
            }
        }
    }

    /// <summary>Adds Σ W(u, item)·W(u, other) over the users, and how many have both.</summary>
    public void AddPairs(int item, PairSums sums)
    {
        ReadOnlySpan<int> users = _byItem.Indices.Span, starts = _byUser.Starts.Span, items = _byUser.Indices.Span;
        for (int n = _byItem.Starts.Span[item]; n < _byItem.Starts.Span[item + 1]; n++)
        {
            int first = starts[users[n]], end = starts[users[n] + 1];
            sums.Add(items[first..end], _ofUser.AsSpan(first, end - first), _ofItem[n]);
        }
    }
}
