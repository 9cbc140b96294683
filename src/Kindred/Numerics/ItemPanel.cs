namespace Kindred.Numerics;

/// <summary>
/// Item embeddings packed for <see cref="InnerProductTopK"/>: [blocks, d, items of a block]. Immutable, shared by all threads.
/// </summary>
/// <remarks>Memory: items·d floats. The last block is filled up with NaN, which no search lets in.</remarks>
public sealed class ItemPanel
{
    private readonly Memory<float> _values;
    private readonly int[] _items;

    /// <param name="embeddings">[items, d], copied.</param>
    /// <param name="items">Those that may be found, ascending.</param>
    public ItemPanel(Matrix embeddings, ReadOnlySpan<int> items)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(embeddings.Columns, 1, nameof(embeddings));
        for (int n = 1; n < items.Length; n++)
            if (items[n] <= items[n - 1]) throw new ArgumentException($"Items must ascend, {items[n]} comes after {items[n - 1]}.", nameof(items));
        _items = items.ToArray();
        Dimensions = embeddings.Columns;
        Blocks = Numerics.Blocks.Count(items.Length, BlockItems);
        _values = AlignedMemory.Allocate<float>(checked(Blocks * BlockItems * Dimensions));
        _values.Span.Fill(float.NaN);
        for (int n = 0; n < items.Length; n++)
        {
            var (block, lane) = Math.DivRem(n, BlockItems);
            var target = Block(block)[lane..];
            var embedding = embeddings.Row(items[n]);
            for (int k = 0; k < embedding.Length; k++) target[k * BlockItems] = embedding[k];
        }
    }

    /// <summary>d</summary>
    public int Dimensions { get; }

    /// <summary>Those that may be found, ascending.</summary>
    public ReadOnlySpan<int> Items => _items;

    internal static int BlockItems => InnerProductTile.Items;

    internal int Blocks { get; }

    /// <returns>[d, items of a block]</returns>
    internal Span<float> Block(int block) => _values.Span.Slice(block * BlockItems * Dimensions, BlockItems * Dimensions);
}
