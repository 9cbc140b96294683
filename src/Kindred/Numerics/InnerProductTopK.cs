using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics;

/// <summary>
/// The k items with the greatest inner product with each of up to 64 users, exactly, without ever writing all scores down. Ordered as
/// <see cref="TopK"/> orders: equal scores by ascending item, NaN never. Owns its scratch memory: one thread at a time.
/// </summary>
/// <remarks>
/// A block of the panel is read once for all users and stays in the first-level cache while they pass it, 8 at a time
/// (<see cref="InnerProductTile"/>). A register of scores that holds none as good as the user's k-th best so far costs one comparison. What
/// passes is collected until the user's buffer is full, then cut back to about the k best, which raises the bar.
/// Cost: users·items·d multiply-adds. Memory: 64·(d + 3k) numbers. Results do not depend on which users are searched for together.
/// </remarks>
public sealed unsafe class InnerProductTopK(ItemPanel panel)
{
    /// <summary>The most users at a time. Fewer cost more each, fewer than 8 much more.</summary>
    public const int MaxUsers = 64;

    private const int NoItem = int.MaxValue;

    private readonly Memory<float> _embeddings = AlignedMemory.Allocate<float>(MaxUsers * panel.Dimensions); // [MaxUsers / 8, d, 8]
    private readonly User[] _users = new User[MaxUsers];
    private int[] _excluded = new int[MaxUsers];
    private ulong[] _keys = []; // [users, _capacity]
    private int _excludedCount, _capacity, _k;

    /// <summary>What one user's search has come to.</summary>
    private struct User
    {
        /// <summary>A score below this cannot enter.</summary>
        public float Threshold;

        /// <summary>Keys in the buffer.</summary>
        public int Count;

        /// <summary>Where in the list of excluded items the first one stands that the search has not passed.</summary>
        public int Excluded;
    }

    /// <summary>Users that were added.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets the users.</summary>
    public void Clear() => Count = _excludedCount = 0;

    /// <summary>Adds a user, number <see cref="Count"/> of at most <see cref="MaxUsers"/>.</summary>
    /// <param name="embedding">[d], copied.</param>
    /// <param name="excluded">Items that he must not get, in any order, copied.</param>
    public void Add(ReadOnlySpan<float> embedding, ReadOnlySpan<int> excluded)
    {
        if (Count == MaxUsers) throw new InvalidOperationException($"No more than {MaxUsers} users at a time.");
        if (embedding.Length != panel.Dimensions)
            throw new ArgumentException($"An embedding has {panel.Dimensions} dimensions here, got {embedding.Length}.", nameof(embedding));

        var (tile, row) = Math.DivRem(Count, InnerProductTile.Users);
        var target = _embeddings.Span[((tile * InnerProductTile.Users * panel.Dimensions) + row)..];
        for (int k = 0; k < embedding.Length; k++) target[k * InnerProductTile.Users] = embedding[k];

        int end = _excludedCount + excluded.Length;
        if (end >= _excluded.Length) Array.Resize(ref _excluded, 2 * (end + 1));
        excluded.CopyTo(_excluded.AsSpan(_excludedCount));
        _excluded.AsSpan(_excludedCount, excluded.Length).Sort();
        _excluded[end] = NoItem;
        _users[Count++].Excluded = _excludedCount;
        _excludedCount = end + 1;
    }

    /// <summary>Searches for all users that were added. To be called once for them.</summary>
    public void Find(int k)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        _k = Math.Min(k, panel.Items.Length);
        // room for a block on top: a buffer is looked at between blocks only
        _capacity = Math.Min(panel.Items.Length, 3 * _k) + ItemPanel.BlockItems;
        if (_keys.Length < Count * _capacity) _keys = new ulong[checked(Count * _capacity)];
        for (int user = 0; user < Count; user++) (_users[user].Threshold, _users[user].Count) = (float.NegativeInfinity, 0);
        if (_k == 0) return;
        if (Vector512.IsHardwareAccelerated) Scan<Simd512>();
        else Scan<SimdNative>();
    }

    /// <summary>Reads the result for one user, best first.</summary>
    /// <param name="items">[k], the first ones overwritten.</param>
    /// <param name="scores">[k], parallel to <paramref name="items"/>.</param>
    /// <returns>How many there are.</returns>
    public int Copy(int user, Span<int> items, Span<float> scores)
    {
        var keys = _keys.AsSpan(user * _capacity, _users[user].Count);
        for (int n = 0; n < keys.Length; n++) (items[n], scores[n]) = (RankKeys.ItemOf(keys[n]), RankKeys.ScoreOf(keys[n]));
        return keys.Length;
    }

    private void Scan<T>() where T : struct, ISimd<T>
    {
        const int Rows = InnerProductTile.Users;
        float* scores = stackalloc float[Rows * 3 * T.Count];
        fixed (float* embeddings = _embeddings.Span)
        fixed (ulong* keys = _keys)
        {
            for (int block = 0; block < panel.Blocks; block++)
            {
                fixed (float* items = panel.Block(block))
                {
                    for (int first = 0; first < Count; first += Rows)
                    {
                        int rows = Math.Min(Rows, Count - first);
                        InnerProductTile.Multiply<T>(embeddings + (first * panel.Dimensions), rows, items, panel.Dimensions, scores);
                        for (int row = 0; row < rows; row++) Offer<T>(first + row, block, scores + (row * 3 * T.Count), keys);
                    }
                }
            }
            for (int user = 0; user < Count; user++) Finish(ref _users[user], keys + (user * _capacity));
        }
    }

    // scores [3 registers]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Offer<T>(int user, int block, float* scores, ulong* keys) where T : struct, ISimd<T>
    {
        T threshold = T.Broadcast(_users[user].Threshold);
        ulong passed = T.Load(scores).AtLeast(threshold)
            | ((ulong)T.Load(scores + T.Count).AtLeast(threshold) << T.Count)
            | ((ulong)T.Load(scores + (2 * T.Count)).AtLeast(threshold) << (2 * T.Count));
        if (passed != 0) Collect(ref _users[user], passed, block, scores, keys + (user * _capacity));
    }

    // passed: bit n is set where scores[n] may enter
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Collect(ref User user, ulong passed, int block, float* scores, ulong* keys)
    {
        ref int items = ref Unsafe.Add(ref MemoryMarshal.GetReference(panel.Items), block * ItemPanel.BlockItems);
        ref int excluded = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_excluded), user.Excluded);
        int count = user.Count, skipped = 0;
        for (; passed != 0; passed &= passed - 1)
        {
            int lane = BitOperations.TrailingZeroCount(passed), item = Unsafe.Add(ref items, lane);
            while (Unsafe.Add(ref excluded, skipped) < item) skipped++;
            if (Unsafe.Add(ref excluded, skipped) != item) keys[count++] = RankKeys.Of(scores[lane], item);
        }
        user.Count = count;
        user.Excluded += skipped;
        if (count > _capacity - ItemPanel.BlockItems) Cut(ref user, keys);
    }

    // a quarter more than k is as good as k, and found sooner
    private void Cut(ref User user, ulong* keys)
    {
        (user.Count, ulong bound) = RankKeys.KeepGreatest(new(keys, user.Count), _k, _k + (_k / 4));
        // items come in ascending order: one that only equals the bound would stand behind it
        user.Threshold = MathF.BitIncrement(RankKeys.ScoreOf(bound));
    }

    private void Finish(ref User user, ulong* keys)
    {
        if (user.Count > _k) (user.Count, _) = RankKeys.KeepGreatest(new(keys, user.Count), _k, _k);
        var best = new Span<ulong>(keys, user.Count);
        best.Sort();
        best.Reverse();
    }
}
