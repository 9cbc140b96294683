using System.Text;
using DuckDB.NET.Native;

namespace Kindred.Import;

/// <summary>Up to 2,048 rows of a result, column by column, in the engine's own memory; valid until the next chunk is fetched.</summary>
internal readonly unsafe struct Chunk(DuckDBDataChunk chunk)
{
    public int Count { get; } = (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);

    /// <returns>[Count]; undefined where NULL.</returns>
    public ReadOnlySpan<T> Column<T>(int column) where T : unmanaged =>
        new(NativeMethods.Vectors.DuckDBVectorGetData(Vector(column)), Count);

    public bool IsNull(int column, int row)
    {
        ulong* valid = NativeMethods.Vectors.DuckDBVectorGetValidity(Vector(column));
        return valid != null && (valid[row >> 6] >> (row & 63) & 1) == 0;
    }

    /// <returns>The bytes of each VARCHAR; undefined where NULL.</returns>
    public TextCells Texts(int column) => new((byte*)NativeMethods.Vectors.DuckDBVectorGetData(Vector(column)));

    /// <returns>The bytes of a VARCHAR.</returns>
    public ReadOnlySpan<byte> Utf8(int column, int row) => Texts(column)[row];

    public string? Text(int column, int row) => IsNull(column, row) ? null : Encoding.UTF8.GetString(Utf8(column, row));

    private nint Vector(int column) => NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, column);
}

/// <summary>The texts of a column of a chunk, as UTF-8.</summary>
internal readonly unsafe struct TextCells(byte* data)
{
    private const int InlineLength = 12; // a string_t: 4 bytes of length, then 12 of text, or 4 of prefix and a pointer

    public ReadOnlySpan<byte> this[int row]
    {
        get
        {
            byte* text = data + (16L * row);
            int length = *(int*)text;
            return new(length <= InlineLength ? text + 4 : *(byte**)(text + 8), length);
        }
    }
}
