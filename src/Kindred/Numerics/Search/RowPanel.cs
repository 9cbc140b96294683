namespace Kindred.Numerics.Search;

/// <summary>
/// Rows packed for <see cref="InnerProductTopK"/>: [blocks, d, rows of a block], the longest first. Immutable, shared
/// by all threads.
/// </summary>
/// <remarks>
/// Long rows have the greatest inner products with most queries: a search that meets them first soon has a high bar for the others. The
/// last block is filled up with NaN, which no search lets in. Memory: rows·(d + 2) numbers.
/// </remarks>
internal sealed class RowPanel
{
    private readonly Memory<float> _values;
    private readonly int[] _rows; // [positions]
    private readonly int[] _positions; // [rows]; −1: not packed
    private readonly float[] _longest; // [blocks], the length of the longest embedding in each

    /// <param name="embeddings">[rows, d], copied.</param>
    /// <param name="rows">Those that may be found, in any order, without repeats.</param>
    public RowPanel(Matrix embeddings, ReadOnlySpan<int> rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(embeddings.Columns, 1, nameof(embeddings));
        (Count, Dimensions, Blocks) = (rows.Length, embeddings.Columns, Numerics.Blocks.Count(rows.Length, BlockRows));
        _values = AlignedMemory.Allocate<float>(checked(Blocks * BlockRows * Dimensions));
        _values.Span.Fill(float.NaN);
        _rows = LongestFirst(embeddings, rows);
        _longest = new float[Blocks];
        _positions = new int[embeddings.Rows];
        Array.Fill(_positions, -1);
        for (int position = 0; position < _rows.Length; position++)
        {
            if (_positions[_rows[position]] >= 0) throw new ArgumentException($"Row {_rows[position]} is named twice.", nameof(rows));
            Put(position, embeddings.Row(_rows[position]));
        }
    }

    /// <summary>How many rows may be found.</summary>
    public int Count { get; }

    /// <summary>d</summary>
    public int Dimensions { get; }

    internal static int BlockRows => InnerProductTile.Rows;

    internal int Blocks { get; }

    /// <returns>[d, rows of a block]</returns>
    internal Span<float> Block(int block) => _values.Span.Slice(block * BlockRows * Dimensions, BlockRows * Dimensions);

    internal ReadOnlySpan<int> RowsOf(int block) => _rows.AsSpan(block * BlockRows);

    /// <summary>The length of the longest embedding in a block and in all after it; infinite where one is not of numbers.</summary>
    internal float LongestFrom(int block) => _longest[block];

    /// <returns>Where the row is packed; −1 where it is not.</returns>
    internal int PositionOf(int row) => _positions[row];

    private void Put(int position, ReadOnlySpan<float> embedding)
    {
        _positions[_rows[position]] = position;
        var (block, lane) = Math.DivRem(position, BlockRows);
        if (lane == 0) _longest[block] = MathF.Sqrt(SquaredLengthOf(embedding));
        var target = Block(block)[lane..];
        for (int k = 0; k < embedding.Length; k++) target[k * BlockRows] = embedding[k];
    }

    private static int[] LongestFirst(Matrix embeddings, ReadOnlySpan<int> rows)
    {
        var keys = new ulong[rows.Length];
        for (int n = 0; n < keys.Length; n++)
        {
            keys[n] = SortKeys.Of(SquaredLengthOf(embeddings.Row(rows[n])), rows[n]);
        }
        Array.Sort(keys);
        Array.Reverse(keys);
        return Array.ConvertAll(keys, SortKeys.NumberOf);
    }

    private static float SquaredLengthOf(ReadOnlySpan<float> embedding) =>
        Kernels.Dot(embedding, embedding) is var squared && float.IsNaN(squared) ? float.PositiveInfinity : squared;
}
