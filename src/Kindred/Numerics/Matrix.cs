namespace Kindred.Numerics;

/// <summary>A dense row-major matrix of <see cref="float"/>: element (r, c) is <c>Values[r * Columns + c]</c>.</summary>
/// <remarks>Owned matrices start on a 64-byte boundary, so that a row of 16·n floats never straddles a cache line it does not
/// fill.</remarks>
public sealed class Matrix
{
    /// <summary>A matrix of zeros.</summary>
    public Matrix(int rows, int columns) : this(rows, columns, AlignedMemory.Allocate<float>(checked(rows * columns))) { }

    /// <summary>A view of memory owned elsewhere, such as a mapped file.</summary>
    /// <param name="values">[rows · columns]</param>
    public Matrix(int rows, int columns, Memory<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (values.Length != checked(rows * columns))
            throw new ArgumentException(
                $"A {rows} x {columns} matrix needs {(long)rows * columns} values, got {values.Length}.", nameof(values));
        Rows = rows;
        Columns = columns;
        Values = values;
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>[Rows · Columns]</summary>
    public Memory<float> Values { get; }

    /// <returns>An owned matrix with the same values.</returns>
    public Matrix Copy()
    {
        var copy = new Matrix(Rows, Columns);
        Values.CopyTo(copy.Values);
        return copy;
    }

    /// <returns>Row <paramref name="r"/>, [Columns], writable in place.</returns>
    public Span<float> Row(int r) => Values.Span.Slice(r * Columns, Columns);
}
