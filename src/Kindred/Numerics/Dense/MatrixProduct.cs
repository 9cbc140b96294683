using System.Runtime.Intrinsics;
using Kindred.Numerics.Search;

namespace Kindred.Numerics.Dense;

/// <summary>A matrix as a product reads it: element (r, c) is <c>Values[r * RowStride + c * ColumnStride]</c>.</summary>
internal readonly ref struct StridedMatrix(ReadOnlySpan<float> values, int rows, int columns, int rowStride, int columnStride = 1)
{
    public ReadOnlySpan<float> Values { get; } = values;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public int RowStride { get; } = rowStride;

    public int ColumnStride { get; } = columnStride;

    public StridedMatrix Transposed => new(Values, Columns, Rows, ColumnStride, RowStride);

    /// <returns>The upper left corner of a matrix.</returns>
    public static StridedMatrix Of(Matrix matrix, int rows, int columns) => new(matrix.Values.Span, rows, columns, matrix.Columns);
}

/// <summary>C = A·B of matrices that fit the cache, on one thread. Keeps its scratch memory: one for each worker.</summary>
/// <remarks>Both are packed for <see cref="InnerProductTile"/>: rows of A by 8, columns of B by 3 registers. Cost: 2·m·n·k flops, and the
/// packing.</remarks>
internal sealed unsafe class MatrixProduct
{
    private Memory<float> _left, _right;
    private readonly Memory<float> _tile = AlignedMemory.Allocate<float>(InnerProductTile.Queries * InnerProductTile.Rows);

    /// <param name="a">[m, k]</param>
    /// <param name="b">[k, n]</param>
    /// <param name="c">[m or more, n or more]; its upper left corner is overwritten.</param>
    public void Multiply(StridedMatrix a, StridedMatrix b, Matrix c)
    {
        int k = a.Columns, tileRows = InnerProductTile.Queries, tileColumns = InnerProductTile.Rows,
        tiles = Blocks.Count(b.Columns, tileColumns);
        if (b.Rows != k || c.Rows < a.Rows || c.Columns < b.Columns)
            throw new ArgumentException($"{a.Rows} x {k} times {b.Rows} x {b.Columns} does not fit {c.Rows} x {c.Columns}.", nameof(c));
        if (_left.Length < checked(k * tileRows)) _left = AlignedMemory.Allocate<float>(checked(2 * k * tileRows));
        if (_right.Length < checked(k * tiles * tileColumns)) _right = AlignedMemory.Allocate<float>(checked(2 * k * tiles * tileColumns));
        fixed (float* left = _left.Span, right = _right.Span, tile = _tile.Span)
        {
            for (int t = 0; t < tiles; t++) Pack(b.Transposed, t * tileColumns, tileColumns, right + (t * k * tileColumns));
            for (int row = 0; row < a.Rows; row += tileRows)
            {
                Pack(a, row, tileRows, left);
                int rows = Math.Min(tileRows, a.Rows - row);
                for (int t = 0; t < tiles; t++)
                {
                    if (Vector512.IsHardwareAccelerated)
                        InnerProductTile.Multiply<Simd512>(left, rows, right + (t * k * tileColumns), k, tile);
                    else InnerProductTile.Multiply<SimdNative>(left, rows, right + (t * k * tileColumns), k, tile);
                    int columns = Math.Min(tileColumns, b.Columns - (t * tileColumns));
                    for (int r = 0; r < rows; r++)
                    {
                        new ReadOnlySpan<float>(tile + (r * tileColumns), columns).CopyTo(c.Row(row + r)[(t * tileColumns)..]);
                    }
                }
            }
        }
    }

    // rows [first, first + width) as [columns, width], zero where there are none
    private static void Pack(StridedMatrix m, int first, int width, float* packed)
    {
        int rows = Math.Min(width, m.Rows - first);
        if (rows < width) new Span<float>(packed, m.Columns * width).Clear();
        fixed (float* values = m.Values)
        {
            float* start = values + ((long)first * m.RowStride);
            if (m.RowStride == 1)
            {
                for (int k = 0; k < m.Columns; k++)
                    new ReadOnlySpan<float>(start + ((long)k * m.ColumnStride), rows).CopyTo(new Span<float>(packed + (k * width), rows));
                return;
            }
            for (int r = 0; r < rows; r++)
            {
                float* from = start + ((long)r * m.RowStride), to = packed + r;
                for (int k = 0; k < m.Columns; k++, to += width) *to = from[(long)k * m.ColumnStride];
            }
        }
    }
}
