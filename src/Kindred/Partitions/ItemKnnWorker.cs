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
/// Memory: 28 bytes an event, 20 an item, and 9 bytes an item for each thread, four more where users are counted. Cost: Σ over users of
/// |items of the user|² multiply-adds, twice as many as in one process, where a pair is computed once for both.
/// </remarks>
internal sealed class ItemKnnWorker
{
    // What a block's sums take, so that a few of them fit into memory and into messages.
    private const int TotalsBytes = 4 << 20, TotalsRows = TotalsBytes / (sizeof(long) * ExactSum.Digits);

    private readonly SortedDictionary<int, ItemKnnPartition> _partitions = [];
    private readonly ItemKnn _options;
    private readonly int _items;
    private readonly ScratchPool<PairSums> _scratch;
    private readonly double[] _totals; // [items + 1]: |i|² of each item, and behind them what all users count

    private float[] _sizes = [];
    private int[] _exponents = [];
    private SimilarityMeasure? _measure;
    private Quotients? _quotients;

    public ItemKnnWorker(ItemKnn options, int items)
    {
        Check(options);
        (_options, _items, _totals) = (options, items, new double[items + 1]);
        _scratch = new(() => new(items, hasCounts: options.MinimumOverlap > 1));
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

    /// <summary>How many blocks the lengths of all items' weights are summed in; the same in every process.</summary>
    public int TotalsBlocks => Blocks.Count(_totals.Length, TotalsRows);

    /// <returns>Sums over the partitions that are here; those of all processes add up.</returns>
    public long[] SumTotals(int block)
    {
        var (first, end) = (block * TotalsRows, Math.Min(_totals.Length, (block + 1) * TotalsRows));
        var sums = new long[(end - first) * ExactSum.Digits];
        foreach (var partition in _partitions.Values) partition.AddTotals(first, end, sums);
        return sums;
    }

    /// <summary>Takes a block in.</summary>
    /// <param name="sums">Over all partitions.</param>
    public void FinishTotals(int block, ReadOnlySpan<long> sums)
    {
        var totals = TotalsOf(block);
        for (int n = 0; n < totals.Length; n++) totals[n] = ExactSum.ToDouble(sums.Slice(n * ExactSum.Digits, ExactSum.Digits));
    }

    /// <returns>A block that was finished, here or in another process.</returns>
    public Span<double> TotalsOf(int block) =>
        _totals.AsSpan(block * TotalsRows, Math.Min(TotalsRows, _totals.Length - (block * TotalsRows)));

    /// <summary>Makes whole numbers of the weights, once all blocks are there.</summary>
    public void Begin()
    {
        _sizes = Array.ConvertAll(_totals[.._items], size => (float)size);
        _exponents = Array.ConvertAll(_sizes, ItemKnnPartition.ExponentOf);
        _measure = new(_options, _totals[_items]);
        _quotients = _measure.Between(_sizes);
        foreach (var partition in _partitions.Values) partition.Begin(_exponents);
    }

    /// <returns>The sums of a target over the partitions that are here; those of all processes together make its neighbours.</returns>
    public PairRow Pairs(int item)
    {
        using var lease = _scratch.Take();
        AddOwn(item, lease.Scratch);
        return lease.Scratch.ToRow();
    }

    /// <param name="others">What the other processes say of the target; none: this one has all partitions.</param>
    /// <returns>The <see cref="SortKeys"/> of the target's neighbours, best first.</returns>
    public ulong[] Neighbours(int item, params ReadOnlySpan<PairRow> others)
    {
        using var lease = _scratch.Take();
        var sums = lease.Scratch;
        AddOwn(item, sums);
        foreach (var row in others) sums.Add(row);
        var keys = new List<ulong>();
        foreach (int other in sums.Others())
        {
            if (sums.SumOf(other) <= 0 || other == item || (sums.HasCounts && sums.CountOf(other) < _options.MinimumOverlap)) continue;
            float sum = (float)Math.ScaleB(sums.SumOf(other), -_exponents[item] - _exponents[other]);
            if (_options.Similarity == Similarity.LogLikelihood) sum = _measure!.LogLikelihoodOf(sum, _sizes[item], _sizes[other]);
            float similarity = sum > 0 ? _quotients!.Of(item, other, sum) : 0;
            if (similarity > 0 && similarity >= _options.MinimumSimilarity) keys.Add(SortKeys.Of(similarity, other));
        }
        keys.Sort();
        keys.Reverse();
        return [.. keys.Take(_options.Neighbours)];
    }

    private void AddOwn(int item, PairSums sums)
    {
        sums.Clear();
        foreach (var partition in _partitions.Values) partition.AddPairs(item, sums);
    }
}
