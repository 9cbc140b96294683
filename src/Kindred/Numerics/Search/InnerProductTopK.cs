using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics.Search;

/// <summary>
/// The k rows with the greatest inner product with each of up to 64 queries, exactly, without ever writing all scores down. Ordered as
/// <see cref="TopK"/> orders: equal scores by ascending row, NaN never. Owns its scratch memory: one thread at a time.
/// </summary>
/// <remarks>
/// A block of the panel is read once for all queries and stays in the first-level cache while they pass it, 8 at a time
/// (<see cref="InnerProductTile"/>). A register of scores that holds none as good as the query's k-th best so far costs one comparison.
/// What passes is collected until the query's buffer is full, then cut back to about the k best, which raises the bar. As the panel's rows
/// get shorter, the search ends where none of those left could reach the bar by its length (C. Teflioudi et al., "LEMP: Fast Retrieval of
/// Large Entries in a Matrix Product", SIGMOD 2015).
/// Cost: queries·rows·d multiply-adds. Memory: 64·(d + 6k) numbers and 11 bytes for each row. Results do not depend on which queries are
/// searched for together.
/// </remarks>
internal sealed unsafe class InnerProductTopK(RowPanel panel)
{
    /// <summary>The most queries at a time. Fewer cost more each, fewer than 8 much more.</summary>
    public const int MaxQueries = 64;

    // of a sum of products, relative to the product of the lengths: far more than rounding makes
    private const float RoundingShare = 1e-4f;

    // [MaxQueries / 8, d, 8]
    private readonly Memory<float> _embeddings = AlignedMemory.Allocate<float>(checked(MaxQueries * panel.Dimensions));

    private readonly Query[] _queries = new Query[MaxQueries];
    private ulong[] _excluded = []; // [MaxQueries / 8, blocks, 8]: bit n is set where the query must not get row n of the block
    private ulong[] _keys = []; // [queries, _capacity]
    private int _capacity, _k;

    /// <summary>What one query's search has come to.</summary>
    private struct Query
    {
        /// <summary>A score below this cannot enter.</summary>
        public float Threshold;

        /// <summary>Keys in the buffer.</summary>
        public int Count;

        /// <summary>Of the embedding, and a little: no score is greater than it times the row's length.</summary>
        public float Length;
    }

    /// <summary>Queries that were added.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets the queries.</summary>
    public void Clear()
    {
        int tiles = (Count + InnerProductTile.Queries - 1) / InnerProductTile.Queries;
        _excluded.AsSpan(0, tiles * panel.Blocks * InnerProductTile.Queries).Clear();
        Count = 0;
    }

    /// <summary>Adds a query, number <see cref="Count"/> of at most <see cref="MaxQueries"/>.</summary>
    /// <param name="embedding">[d], copied.</param>
    /// <param name="excluded">Rows that it must not get, in any order, copied.</param>
    /// <param name="allowed">Rows that it may get; null: all. To look at them costs about a nanosecond for each row.</param>
    public void Add(ReadOnlySpan<float> embedding, ReadOnlySpan<int> excluded, BitSet? allowed = null)
    {
        if (Count == MaxQueries) throw new InvalidOperationException($"No more than {MaxQueries} queries at a time.");
        if (embedding.Length != panel.Dimensions)
            throw new ArgumentException($"An embedding has {panel.Dimensions} dimensions here, got {embedding.Length}.", nameof(embedding));

        var (tile, slot) = Math.DivRem(Count, InnerProductTile.Queries);
        var target = _embeddings.Span[((tile * InnerProductTile.Queries * panel.Dimensions) + slot)..];
        for (int k = 0; k < embedding.Length; k++) target[k * InnerProductTile.Queries] = embedding[k];
        _queries[Count].Length = MathF.Sqrt(Kernels.Dot(embedding, embedding)) * (1 + RoundingShare);

        int tileStart = checked(tile * panel.Blocks * InnerProductTile.Queries);
        int needed = checked(tileStart + (panel.Blocks * InnerProductTile.Queries));
        if (_excluded.Length < needed) Array.Resize(ref _excluded, (int)Math.Clamp(2L * _excluded.Length, needed, Array.MaxLength));
        foreach (int row in excluded)
        {
            int position = panel.PositionOf(row);
            if (position < 0) continue;
            var (block, lane) = Math.DivRem(position, RowPanel.BlockRows);
            _excluded[tileStart + (block * InnerProductTile.Queries) + slot] |= 1UL << lane;
        }
        if (allowed is not null) ExcludeOthers(allowed, tileStart + slot);
        Count++;
    }

    private void ExcludeOthers(BitSet allowed, int mask)
    {
        for (int block = 0; block < panel.Blocks; block++, mask += InnerProductTile.Queries)
        {
            var rows = panel.RowsOf(block);
            for (int lane = 0; lane < Math.Min(rows.Length, RowPanel.BlockRows); lane++)
                if (!allowed.Contains(rows[lane])) _excluded[mask] |= 1UL << lane;
        }
    }

    /// <summary>Searches for all queries that were added. To be called once for them.</summary>
    public void Find(int k)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        _k = Math.Min(k, panel.Count);
        _capacity = CapacityOf(_k, panel.Count, Count);
        if (_keys.Length < Count * _capacity) _keys = new ulong[Count * _capacity];
        for (int query = 0; query < Count; query++) (_queries[query].Threshold, _queries[query].Count) = (float.NegativeInfinity, 0);
        if (_k == 0) return;
        if (Vector512.IsHardwareAccelerated) Scan<Simd512>();
        else Scan<SimdNative>();
    }

    /// <returns>Keys in the buffer of one query; those of all fit one array.</returns>
    /// <exception cref="InputException">They do not.</exception>
    internal static int CapacityOf(int k, int rows, int queries)
    {
        // room for a block on top: a buffer is looked at between blocks only
        long capacity = Math.Min(rows, 3L * k) + RowPanel.BlockRows;
        if (capacity * queries > Array.MaxLength)
            throw new InputException($"The best {k} for {queries} queries at a time are more than one array holds; ask for fewer.");
        return (int)capacity;
    }

    /// <summary>Reads the result for one query, best first.</summary>
    /// <param name="rows">[k], the first ones overwritten.</param>
    /// <param name="scores">[k], parallel to <paramref name="rows"/>.</param>
    /// <returns>How many there are.</returns>
    public int Copy(int query, Span<int> rows, Span<float> scores)
    {
        var keys = _keys.AsSpan(query * _capacity, _queries[query].Count);
        for (int n = 0; n < keys.Length; n++) (rows[n], scores[n]) = (SortKeys.NumberOf(keys[n]), SortKeys.ScoreOf(keys[n]));
        return keys.Length;
    }

    private void Scan<T>() where T : struct, ISimd<T>
    {
        const int Slots = InnerProductTile.Queries;
        float* scores = stackalloc float[Slots * 3 * T.Count];
        fixed (float* embeddings = _embeddings.Span)
        fixed (ulong* keys = _keys, excluded = _excluded)
        {
            for (int block = 0; block < panel.Blocks && !AreDone(0, Count, block); block++)
            {
                fixed (float* values = panel.Block(block))
                fixed (int* rows = panel.RowsOf(block))
                {
                    for (int first = 0; first < Count; first += Slots)
                    {
                        int slots = Math.Min(Slots, Count - first);
                        if (AreDone(first, slots, block)) continue;
                        InnerProductTile.Multiply<T>(embeddings + (first * panel.Dimensions), slots, values, panel.Dimensions, scores);
                        ulong* masks = excluded + (first * panel.Blocks) + (block * Slots);
                        for (int slot = 0; slot < slots; slot++)
                        {
                            ref Query query = ref _queries[first + slot];
                            float* own = scores + (slot * 3 * T.Count);
                            ulong passed = AtLeast<T>(own, query.Threshold) & ~masks[slot];
                            if (passed != 0) Collect(ref query, passed, own, rows, keys + ((first + slot) * _capacity));
                        }
                    }
                }
            }
            for (int query = 0; query < Count; query++) Finish(ref _queries[query], keys + (query * _capacity));
        }
    }

    // whether no row from this block on is long enough to enter with one of these queries
    private bool AreDone(int first, int count, int block)
    {
        float longest = panel.LongestFrom(block);
        foreach (ref readonly Query query in _queries.AsSpan(first, count))
            if (!(query.Length * longest < query.Threshold)) return false;
        return true;
    }

    // scores [3 registers]; bit n is set where scores[n] is
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AtLeast<T>(float* scores, float threshold) where T : struct, ISimd<T>
    {
        T bar = T.Broadcast(threshold);
        return T.Load(scores).AtLeast(bar)
            | ((ulong)T.Load(scores + T.Count).AtLeast(bar) << T.Count)
            | ((ulong)T.Load(scores + (2 * T.Count)).AtLeast(bar) << (2 * T.Count));
    }

    // passed: bit n is set where scores[n], of rows[n], may enter
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Collect(ref Query query, ulong passed, float* scores, int* rows, ulong* keys)
    {
        int count = query.Count;
        for (; passed != 0; passed &= passed - 1)
        {
            int lane = BitOperations.TrailingZeroCount(passed);
            keys[count++] = SortKeys.Of(scores[lane], rows[lane]);
        }
        query.Count = count;
        if (count > _capacity - RowPanel.BlockRows) Cut(ref query, keys);
    }

    // half as many again as k are nearly as good as k, and found sooner
    private void Cut(ref Query query, ulong* keys)
    {
        (query.Count, ulong bound) = SortKeys.KeepGreatest(new(keys, query.Count), _k, _k + (_k / 2));
        query.Threshold = SortKeys.ScoreOf(bound);
    }

    private void Finish(ref Query query, ulong* keys)
    {
        if (query.Count > _k) (query.Count, _) = SortKeys.KeepGreatest(new(keys, query.Count), _k, _k);
        var best = new Span<ulong>(keys, query.Count);
        best.Sort();
        best.Reverse();
    }
}
