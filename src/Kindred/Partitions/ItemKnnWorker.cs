using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Numerics.Sparse;

namespace Kindred.Partitions;

/// <summary>
/// One process's share of <see cref="ItemKnn"/> on partitions: the users of some of them. Each item is a target once, and its neighbours
/// follow from sums over all partitions.
/// </summary>
/// <remarks>
/// Memory: 28 bytes an event, and 12 bytes an item for each thread. Cost: Σ over users of |items of the user|² multiply-adds, twice as many
/// as in one process, where a pair is computed once for both.
/// </remarks>
internal sealed class ItemKnnWorker
{
    private readonly SortedDictionary<int, ItemKnnPartition> _partitions = [];
    private readonly ItemKnn _options;
    private readonly int _items;
    private readonly ScratchPool<Scratch> _scratch;

    private float[] _sizes = [];
    private int[] _exponents = [];
    private SimilarityMeasure? _measure;
    private Quotients? _quotients;

    public ItemKnnWorker(ItemKnn options, int items)
    {
        Check(options);
        (_options, _items) = (options, items);
        _scratch = new(() => new(new long[items], new int[options.MinimumOverlap > 1 ? items : 0]));
    }

    /// <exception cref="InputException">An option is out of range, or cannot be used with partitions.</exception>
    public static void Check(ItemKnn options)
    {
        OptionCheck.Check(options);
        if (options.Similarity is Similarity.Pearson or Similarity.Bm25)
            throw new InputException(
                $"item-knn by {options.Similarity} weighs by means over all users and cannot be trained on partitions; "
                + "take another similarity, such as cosine or adjustedCosine.");
    }

    /// <summary>Takes a partition's events in.</summary>
    public void Load(int partition, Interactions data) => _partitions[partition] = new(_options, data);

    /// <returns>Sums over the partitions that are here; those of all processes add up.</returns>
    public long[] Totals()
    {
        var totals = new long[(_items + 1) * ExactSum.Digits];
        foreach (var partition in _partitions.Values) partition.AddTotals(totals);
        return totals;
    }

    /// <param name="totals">Of all partitions.</param>
    public void Begin(ReadOnlySpan<long> totals)
    {
        var sums = new double[_items + 1];
        for (int item = 0; item <= _items; item++) sums[item] = ExactSum.ToDouble(totals.Slice(item * ExactSum.Digits, ExactSum.Digits));
        _sizes = Array.ConvertAll(sums[.._items], size => (float)size);
        _exponents = Array.ConvertAll(_sizes, ItemKnnPartition.ExponentOf);
        _measure = new(_options, sums[_items]);
        _quotients = _measure.Between(_sizes);
        foreach (var partition in _partitions.Values) partition.Begin(_exponents);
    }

    /// <returns>The sums of a target over the partitions that are here; those of all processes together make its neighbours.</returns>
    public PairRow Pairs(int item)
    {
        using var lease = _scratch.Take();
        AddOwn(item, lease.Scratch);
        var row = PairRow.Of(lease.Scratch.Sums, lease.Scratch.Counts);
        lease.Scratch.Clear();
        return row;
    }

    /// <param name="others">What the other processes say of the target; none: this one has all partitions.</param>
    /// <returns>The <see cref="SortKeys"/> of the target's neighbours, best first.</returns>
    public ulong[] Neighbours(int item, params ReadOnlySpan<PairRow> others)
    {
        using var lease = _scratch.Take();
        var (sums, counts) = lease.Scratch;
        AddOwn(item, lease.Scratch);
        foreach (var row in others) row.AddTo(sums, counts);
        var keys = new List<ulong>();
        for (int other = 0; other < _items; other++)
        {
            if (sums[other] <= 0 || other == item || (counts.Length > 0 && counts[other] < _options.MinimumOverlap)) continue;
            float sum = (float)Math.ScaleB(sums[other], -_exponents[item] - _exponents[other]);
            if (_options.Similarity == Similarity.LogLikelihood) sum = _measure!.LogLikelihoodOf(sum, _sizes[item], _sizes[other]);
            float similarity = sum > 0 ? _quotients!.Of(item, other, sum) : 0;
            if (similarity > 0 && similarity >= _options.MinimumSimilarity) keys.Add(SortKeys.Of(similarity, other));
        }
        lease.Scratch.Clear();
        keys.Sort(static (a, b) => b.CompareTo(a));
        return [.. keys.Take(_options.Neighbours)];
    }

    private void AddOwn(int item, Scratch scratch)
    {
        foreach (var partition in _partitions.Values) partition.AddPairs(item, scratch.Sums, scratch.Counts);
    }

    /// <param name="Sums">[items]</param>
    /// <param name="Counts">[items], or empty: they are not counted.</param>
    private sealed record Scratch(long[] Sums, int[] Counts)
    {
        public void Clear()
        {
            Array.Clear(Sums);
            Array.Clear(Counts);
        }
    }
}

/// <summary>What a target shares with the items that it shares anything with.</summary>
/// <param name="Others">Items, ascending.</param>
/// <param name="Counts">[others], or empty: they are not counted.</param>
internal sealed record PairRow(int[] Others, long[] Sums, int[] Counts)
{
    /// <param name="sums">[items]</param>
    /// <param name="counts">[items], or empty.</param>
    public static PairRow Of(long[] sums, int[] counts)
    {
        var others = new List<int>();
        for (int other = 0; other < sums.Length; other++)
            if (sums[other] != 0 || (counts.Length > 0 && counts[other] != 0)) others.Add(other);
        return new([.. others], [.. others.Select(other => sums[other])],
            counts.Length == 0 ? [] : [.. others.Select(other => counts[other])]);
    }

    public void AddTo(long[] sums, int[] counts)
    {
        for (int n = 0; n < Others.Length; n++) sums[Others[n]] += Sums[n];
        for (int n = 0; n < Counts.Length; n++) counts[Others[n]] += Counts[n];
    }
}
