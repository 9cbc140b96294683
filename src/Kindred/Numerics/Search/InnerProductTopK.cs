using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics.Search;

/// <summary>
/// The k items with the greatest inner product with each of up to 64 users, exactly, without ever writing all scores down. Ordered as
/// <see cref="TopK"/> orders: equal scores by ascending item, NaN never. Owns its scratch memory: one thread at a time.
/// </summary>
/// <remarks>
/// A block of the panel is read once for all users and stays in the first-level cache while they pass it, 8 at a time
/// (<see cref="InnerProductTile"/>). A register of scores that holds none as good as the user's k-th best so far costs one comparison. What
/// passes is collected until the user's buffer is full, then cut back to about the k best, which raises the bar. As the panel's items get
/// shorter, the search ends where none of those left could reach the bar by its length (C. Teflioudi et al., "LEMP: Fast Retrieval of Large
/// Entries in a Matrix Product", SIGMOD 2015).
/// Cost: users·items·d multiply-adds. Memory: 64·(d + 6k) numbers and 11 bytes for each item. Results do not depend on which users are searched for together.
/// </remarks>
internal sealed unsafe class InnerProductTopK(RowPanel panel)
{
    /// <summary>The most users at a time. Fewer cost more each, fewer than 8 much more.</summary>
    public const int MaxUsers = 64;

    // of a sum of products, relative to the product of the lengths: far more than rounding makes
    private const float RoundingShare = 1e-4f;

    // [MaxUsers / 8, d, 8]
    private readonly Memory<float> _embeddings = AlignedMemory.Allocate<float>(checked(MaxUsers * panel.Dimensions));

    private readonly User[] _users = new User[MaxUsers];
    private ulong[] _excluded = []; // [MaxUsers / 8, blocks, 8]: bit n is set where the user must not get item n of the block
    private ulong[] _keys = []; // [users, _capacity]
    private int _capacity, _k;

    /// <summary>What one user's search has come to.</summary>
    private struct User
    {
        /// <summary>A score below this cannot enter.</summary>
        public float Threshold;

        /// <summary>Keys in the buffer.</summary>
        public int Count;

        /// <summary>Of the embedding, and a little: no score is greater than it times the item's length.</summary>
        public float Length;
    }

    /// <summary>Users that were added.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets the users.</summary>
    public void Clear()
    {
        int tiles = (Count + InnerProductTile.Users - 1) / InnerProductTile.Users;
        _excluded.AsSpan(0, tiles * panel.Blocks * InnerProductTile.Users).Clear();
        Count = 0;
    }

    /// <summary>Adds a user, number <see cref="Count"/> of at most <see cref="MaxUsers"/>.</summary>
    /// <param name="embedding">[d], copied.</param>
    /// <param name="excluded">Items that he must not get, in any order, copied.</param>
    /// <param name="allowed">Items that he may get; null: all. To look at them costs about a nanosecond for each item.</param>
    public void Add(ReadOnlySpan<float> embedding, ReadOnlySpan<int> excluded, BitSet? allowed = null)
    {
        if (Count == MaxUsers) throw new InvalidOperationException($"No more than {MaxUsers} users at a time.");
        if (embedding.Length != panel.Dimensions)
            throw new ArgumentException($"An embedding has {panel.Dimensions} dimensions here, got {embedding.Length}.", nameof(embedding));

        var (tile, row) = Math.DivRem(Count, InnerProductTile.Users);
        var target = _embeddings.Span[((tile * InnerProductTile.Users * panel.Dimensions) + row)..];
        for (int k = 0; k < embedding.Length; k++) target[k * InnerProductTile.Users] = embedding[k];
        _users[Count].Length = MathF.Sqrt(Kernels.Dot(embedding, embedding)) * (1 + RoundingShare);

        int tileStart = checked(tile * panel.Blocks * InnerProductTile.Users);
        int needed = checked(tileStart + (panel.Blocks * InnerProductTile.Users));
        if (_excluded.Length < needed) Array.Resize(ref _excluded, (int)Math.Clamp(2L * _excluded.Length, needed, Array.MaxLength));
        foreach (int item in excluded)
        {
            int position = panel.PositionOf(item);
            if (position < 0) continue;
            var (block, lane) = Math.DivRem(position, RowPanel.BlockItems);
            _excluded[tileStart + (block * InnerProductTile.Users) + row] |= 1UL << lane;
        }
        if (allowed is not null) ExcludeOthers(allowed, tileStart + row);
        Count++;
    }

    private void ExcludeOthers(BitSet allowed, int mask)
    {
        for (int block = 0; block < panel.Blocks; block++, mask += InnerProductTile.Users)
        {
            var items = panel.ItemsOf(block);
            for (int lane = 0; lane < Math.Min(items.Length, RowPanel.BlockItems); lane++)
                if (!allowed.Contains(items[lane])) _excluded[mask] |= 1UL << lane;
        }
    }

    /// <summary>Searches for all users that were added. To be called once for them.</summary>
    public void Find(int k)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        _k = Math.Min(k, panel.Count);
        _capacity = CapacityOf(_k, panel.Count, Count);
        if (_keys.Length < Count * _capacity) _keys = new ulong[Count * _capacity];
        for (int user = 0; user < Count; user++) (_users[user].Threshold, _users[user].Count) = (float.NegativeInfinity, 0);
        if (_k == 0) return;
        if (Vector512.IsHardwareAccelerated) Scan<Simd512>();
        else Scan<SimdNative>();
    }

    /// <returns>Keys in the buffer of one user; those of all fit one array.</returns>
    /// <exception cref="InputException">They do not.</exception>
    internal static int CapacityOf(int k, int items, int users)
    {
        // room for a block on top: a buffer is looked at between blocks only
        long capacity = Math.Min(items, 3L * k) + RowPanel.BlockItems;
        if (capacity * users > Array.MaxLength)
            throw new InputException($"The best {k} items of {users} users at a time are more than one array holds; ask for fewer items.");
        return (int)capacity;
    }

    /// <summary>Reads the result for one user, best first.</summary>
    /// <param name="items">[k], the first ones overwritten.</param>
    /// <param name="scores">[k], parallel to <paramref name="items"/>.</param>
    /// <returns>How many there are.</returns>
    public int Copy(int user, Span<int> items, Span<float> scores)
    {
        var keys = _keys.AsSpan(user * _capacity, _users[user].Count);
        for (int n = 0; n < keys.Length; n++) (items[n], scores[n]) = (SortKeys.ItemOf(keys[n]), SortKeys.ScoreOf(keys[n]));
        return keys.Length;
    }

    private void Scan<T>() where T : struct, ISimd<T>
    {
        const int Rows = InnerProductTile.Users;
        float* scores = stackalloc float[Rows * 3 * T.Count];
        fixed (float* embeddings = _embeddings.Span)
        fixed (ulong* keys = _keys, excluded = _excluded)
        {
            for (int block = 0; block < panel.Blocks && !AreDone(0, Count, block); block++)
            {
                fixed (float* values = panel.Block(block))
                fixed (int* items = panel.ItemsOf(block))
                {
                    for (int first = 0; first < Count; first += Rows)
                    {
                        int rows = Math.Min(Rows, Count - first);
                        if (AreDone(first, rows, block)) continue;
                        InnerProductTile.Multiply<T>(embeddings + (first * panel.Dimensions), rows, values, panel.Dimensions, scores);
                        ulong* masks = excluded + (first * panel.Blocks) + (block * Rows);
                        for (int row = 0; row < rows; row++)
                        {
                            ref User user = ref _users[first + row];
                            float* own = scores + (row * 3 * T.Count);
                            ulong passed = AtLeast<T>(own, user.Threshold) & ~masks[row];
                            if (passed != 0) Collect(ref user, passed, own, items, keys + ((first + row) * _capacity));
                        }
                    }
                }
            }
            for (int user = 0; user < Count; user++) Finish(ref _users[user], keys + (user * _capacity));
        }
    }

    // whether no item from this block on is long enough to enter with one of these users
    private bool AreDone(int first, int count, int block)
    {
        float longest = panel.LongestFrom(block);
        foreach (ref readonly User user in _users.AsSpan(first, count))
            if (!(user.Length * longest < user.Threshold)) return false;
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

    // passed: bit n is set where scores[n], of items[n], may enter
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Collect(ref User user, ulong passed, float* scores, int* items, ulong* keys)
    {
        int count = user.Count;
        for (; passed != 0; passed &= passed - 1)
        {
            int lane = BitOperations.TrailingZeroCount(passed);
            keys[count++] = SortKeys.Of(scores[lane], items[lane]);
        }
        user.Count = count;
        if (count > _capacity - RowPanel.BlockItems) Cut(ref user, keys);
    }

    // half as many again as k are nearly as good as k, and found sooner
    private void Cut(ref User user, ulong* keys)
    {
        (user.Count, ulong bound) = SortKeys.KeepGreatest(new(keys, user.Count), _k, _k + (_k / 2));
        user.Threshold = SortKeys.ScoreOf(bound);
    }

    private void Finish(ref User user, ulong* keys)
    {
        if (user.Count > _k) (user.Count, _) = SortKeys.KeepGreatest(new(keys, user.Count), _k, _k);
        var best = new Span<ulong>(keys, user.Count);
        best.Sort();
        best.Reverse();
    }
}
