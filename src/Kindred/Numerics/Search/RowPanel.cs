namespace Kindred.Numerics.Search;

/// <summary>
/// Item embeddings packed for <see cref="InnerProductTopK"/>: [blocks, d, items of a block], the longest embeddings first. Immutable, shared
/// by all threads.
/// </summary>
/// <remarks>
/// Long embeddings have the greatest inner products with most users: a search that meets them first soon has a high bar for the others. The
/// last block is filled up with NaN, which no search lets in. Memory: items·(d + 2) numbers.
/// </remarks>
internal sealed class RowPanel
{
    private readonly Memory<float> _values;
    private readonly int[] _items; // [positions]
    private readonly int[] _positions; // [items]; −1: not packed
    private readonly float[] _longest; // [blocks], the length of the longest embedding in each

    /// <param name="embeddings">[items, d], copied.</param>
    /// <param name="items">Those that may be found, in any order, without repeats.</param>
    public RowPanel(Matrix embeddings, ReadOnlySpan<int> items)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(embeddings.Columns, 1, nameof(embeddings));
        (Count, Dimensions, Blocks) = (items.Length, embeddings.Columns, Numerics.Blocks.Count(items.Length, BlockItems));
        _values = AlignedMemory.Allocate<float>(checked(Blocks * BlockItems * Dimensions));
        _values.Span.Fill(float.NaN);
        _items = LongestFirst(embeddings, items);
        _longest = new float[Blocks];
        _positions = new int[embeddings.Rows];
        Array.Fill(_positions, -1);
        for (int position = 0; position < _items.Length; position++)
        {
            if (_positions[_items[position]] >= 0) throw new ArgumentException($"Item {_items[position]} is named twice.", nameof(items));
            Put(position, embeddings.Row(_items[position]));
        }
    }

    /// <summary>How many items may be found.</summary>
    public int Count { get; }

    /// <summary>d</summary>
    public int Dimensions { get; }

    internal static int BlockItems => InnerProductTile.Items;

    internal int Blocks { get; }

    /// <returns>[d, items of a block]</returns>
    internal Span<float> Block(int block) => _values.Span.Slice(block * BlockItems * Dimensions, BlockItems * Dimensions);

    internal ReadOnlySpan<int> ItemsOf(int block) => _items.AsSpan(block * BlockItems);

    /// <summary>The length of the longest embedding in a block and in all after it; infinite where one is not of numbers.</summary>
    internal float LongestFrom(int block) => _longest[block];

    /// <returns>Where the item is packed; −1 where it is not.</returns>
    internal int PositionOf(int item) => _positions[item];

    private void Put(int position, ReadOnlySpan<float> embedding)
    {
        _positions[_items[position]] = position;
        var (block, lane) = Math.DivRem(position, BlockItems);
        if (lane == 0) _longest[block] = MathF.Sqrt(SquaredLengthOf(embedding));
        var target = Block(block)[lane..];
        for (int k = 0; k < embedding.Length; k++) target[k * BlockItems] = embedding[k];
    }

    private static int[] LongestFirst(Matrix embeddings, ReadOnlySpan<int> items)
    {
        var keys = new ulong[items.Length];
        for (int n = 0; n < keys.Length; n++)
        {
            keys[n] = SortKeys.Of(SquaredLengthOf(embeddings.Row(items[n])), items[n]);
        }
        Array.Sort(keys);
        Array.Reverse(keys);
        return Array.ConvertAll(keys, SortKeys.ItemOf);
    }

    private static float SquaredLengthOf(ReadOnlySpan<float> embedding) =>
        Kernels.Dot(embedding, embedding) is var squared && float.IsNaN(squared) ? float.PositiveInfinity : squared;
}
