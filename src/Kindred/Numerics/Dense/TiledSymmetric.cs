using System.Runtime.InteropServices;
using Kindred.Numerics.Search;

namespace Kindred.Numerics.Dense;

/// <summary>
/// A symmetric matrix of any size, too large for <see cref="Matrix"/>: its lower triangle in square tiles, half the memory of all of it.
/// </summary>
/// <remarks>
/// A tile is row-major and lies in one piece, so that it fits the cache of one core with two others. Tiles on the diagonal hold both of
/// their triangles. The rows that fill up the last tile are those of an identity matrix: they belong to nobody and disturb nobody.
/// The memory is not the garbage collector's: it is given back by <see cref="Dispose"/>.
/// </remarks>
internal sealed unsafe class TiledSymmetric : IDisposable
{
    /// <summary>Rows and columns of a tile: a multiple of every width of <see cref="InnerProductTile"/>.</summary>
    public const int Edge = 192;

    private float* _values;

    /// <summary>A matrix of zeros.</summary>
    public TiledSymmetric(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        Rows = rows;
        TileRows = Blocks.Count(rows, Edge);
        nuint bytes = (nuint)BytesOf(rows);
        _values = (float*)NativeMemory.AlignedAlloc(bytes, AlignedMemory.Alignment);
        NativeMemory.Clear(_values, bytes);
        float* last = Tile(TileRows - 1, TileRows - 1);
        for (int r = rows - ((TileRows - 1) * Edge); r < Edge; r++) last[(r * Edge) + r] = 1;
    }

    ~TiledSymmetric() => Free();

    public int Rows { get; }

    /// <summary>Rows of tiles.</summary>
    public int TileRows { get; }

    /// <summary>Tiles of the lower triangle, in the order in which they lie in memory.</summary>
    public int Tiles => TileRows * (TileRows + 1) / 2;

    /// <returns>Bytes of a matrix of so many rows.</returns>
    public static long BytesOf(int rows)
    {
        long tileRows = Blocks.Count(rows, Edge);
        return tileRows * (tileRows + 1) / 2 * Edge * Edge * sizeof(float);
    }

    /// <returns>Row and column of a tile by its number in memory.</returns>
    public static (int Row, int Column) PositionOf(int tile)
    {
        int row = (int)((Math.Sqrt((8.0 * tile) + 1) - 1) / 2);
        return (row, tile - (row * (row + 1) / 2));
    }

    /// <returns>[Edge, Edge], row-major; valid until <see cref="Dispose"/>.</returns>
    /// <param name="column">At most <paramref name="row"/>.</param>
    public float* Tile(int row, int column) => _values + (((row * (row + 1L) / 2) + column) * Edge * Edge);

    /// <returns>[Edge · Edge], as <see cref="Tile"/>.</returns>
    public Span<float> ValuesOf(int row, int column) => new(Tile(row, column), Edge * Edge);

    /// <returns>An element, of either triangle.</returns>
    public float At(int row, int column)
    {
        if (row < column) (row, column) = (column, row);
        return Tile(row / Edge, column / Edge)[(row % Edge * Edge) + (column % Edge)];
    }

    /// <returns>The same in memory of its own.</returns>
    public TiledSymmetric Copy()
    {
        var copy = new TiledSymmetric(Rows);
        long bytes = BytesOf(Rows);
        Buffer.MemoryCopy(_values, copy._values, bytes, bytes);
        return copy;
    }

    public void AddToDiagonal(float value)
    {
        for (int r = 0; r < Rows; r++) Tile(r / Edge, r / Edge)[r % Edge * (Edge + 1)] += value;
    }

    /// <summary>Copies a row of tiles, with what its symmetry says of the other triangle.</summary>
    /// <param name="rows">[Edge, Rows], overwritten.</param>
    public void CopyTileRow(int tileRow, Matrix rows)
    {
        var to = rows.Values.Span;
        for (int column = 0; column < TileRows; column++)
        {
            int first = column * Edge, width = Math.Min(Edge, Rows - first);
            float* tile = column <= tileRow ? Tile(tileRow, column) : Tile(column, tileRow);
            for (int r = 0; r < Edge; r++)
            {
                var target = to.Slice((r * Rows) + first, width);
                if (column <= tileRow) new ReadOnlySpan<float>(tile + (r * Edge), width).CopyTo(target);
                else for (int c = 0; c < width; c++) target[c] = tile[(c * Edge) + r];
            }
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_values);
        _values = null;
    }
}
