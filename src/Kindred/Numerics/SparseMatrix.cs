namespace Kindred.Numerics;

/// <summary>A read-only view of one compressed sparse row: parallel spans, column ascending.</summary>
/// <param name="columns">[Length], ascending, no repeats.</param>
/// <param name="values">[Length]</param>
public readonly ref struct SparseRow(ReadOnlySpan<int> columns, ReadOnlySpan<float> values)
{
    public ReadOnlySpan<int> Columns { get; } = columns;

    public ReadOnlySpan<float> Values { get; } = values;

    public int Length => Columns.Length;
}

/// <summary>Compressed sparse rows: row r owns entries <c>[Starts[r], Starts[r + 1])</c>, columns ascending. Immutable.</summary>
/// <param name="starts">[rows + 1], from 0, never falling.</param>
/// <param name="indices">[entries], the column of each entry.</param>
/// <param name="values">[entries]</param>
public sealed class SparseMatrix(
    int rows, int columns, ReadOnlyMemory<int> starts, ReadOnlyMemory<int> indices, ReadOnlyMemory<float> values)
{
    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    /// <summary>Stored entries.</summary>
    public int Count => indices.Length;

    /// <summary>[Rows + 1]</summary>
    public ReadOnlyMemory<int> Starts => starts;

    /// <summary>[Count]: the columns of all rows, one after another.</summary>
    public ReadOnlyMemory<int> Indices => indices;

    /// <summary>[Count]</summary>
    public ReadOnlyMemory<float> Values => values;

    public SparseRow Row(int r)
    {
        var bounds = starts.Span;
        int first = bounds[r], length = bounds[r + 1] - first;
        return new(indices.Span.Slice(first, length), values.Span.Slice(first, length));
    }

    /// <summary>Cuts the rows into parts that follow each other and have about as many entries each.</summary>
    /// <returns>[parts + 1]: the first row of each part, then the number of rows.</returns>
    internal int[] CutRows(int parts)
    {
        var first = new int[parts + 1];
        for (int part = 1; part < parts; part++)
        {
            int at = starts.Span.BinarySearch((int)((long)Count * part / parts));
            first[part] = Math.Clamp(at < 0 ? ~at : at, first[part - 1], Rows);
        }
        first[parts] = Rows;
        return first;
    }

    /// <summary>Builds the matrix from triplets in any order; entries with equal (row, column) are summed in the order given.</summary>
    public static SparseMatrix FromTriplets(int rows, int columns, IReadOnlyList<(int Row, int Column, float Value)> triplets)
    {
        ArgumentNullException.ThrowIfNull(triplets);
        var starts = new int[rows + 1];
        foreach (var (row, column, _) in triplets)
        {
            if ((uint)row >= (uint)rows || (uint)column >= (uint)columns)
                throw new ArgumentException($"Entry ({row}, {column}) is outside a {rows} x {columns} matrix.", nameof(triplets));
            starts[row + 1]++;
        }
        for (int r = 0; r < rows; r++) starts[r + 1] += starts[r];

        var indices = new int[triplets.Count];
        var values = new float[triplets.Count];
        var next = starts.AsSpan(0, rows).ToArray();
        foreach (var (row, column, value) in triplets)
        {
            int position = next[row]++;
            indices[position] = column;
            values[position] = value;
        }
        return FromRows(rows, columns, starts, indices, values);
    }

    /// <summary>
    /// Builds the matrix from rows whose entries are in any order and may repeat a column; repeats are summed in the order given.
    /// </summary>
    /// <param name="starts">[rows + 1]</param>
    /// <param name="indices">[entries], not changed.</param>
    /// <param name="values">[entries], not changed.</param>
    public static SparseMatrix FromRows(
        int rows, int columns, ReadOnlySpan<int> starts, ReadOnlySpan<int> indices, ReadOnlySpan<float> values)
    {
        var outStarts = new int[rows + 1];
        var outIndices = new int[indices.Length];
        var outValues = new float[indices.Length];
        var keys = Array.Empty<long>();
        int count = 0;
        for (int r = 0; r < rows; r++)
        {
            int first = starts[r], length = starts[r + 1] - first;
            if (keys.Length < length) keys = new long[Math.Max(length, 2 * keys.Length)];
            // (column, position) in one key: an unstable sort of the keys is a stable sort of the entries.
            for (int n = 0; n < length; n++) keys[n] = ((long)indices[first + n] << 32) | (uint)n;
            keys.AsSpan(0, length).Sort();
            for (int n = 0; n < length; n++)
            {
                int column = (int)(keys[n] >> 32);
                float value = values[first + (int)(uint)keys[n]];
                if (count > outStarts[r] && outIndices[count - 1] == column) { outValues[count - 1] += value; continue; }
                outIndices[count] = column;
                outValues[count++] = value;
            }
            outStarts[r + 1] = count;
        }
        return new(rows, columns, outStarts, outIndices.AsMemory(0, count), outValues.AsMemory(0, count));
    }

    /// <returns>The entries above 0; the same matrix where all are. Cost: a pass over the entries.</returns>
    internal SparseMatrix WherePositive()
    {
        bool all = true;
        foreach (float value in values.Span) all &= value > 0;
        if (all) return this;
        var outStarts = new int[Rows + 1];
        var (outIndices, outValues) = (new List<int>(), new List<float>());
        for (int r = 0; r < Rows; r++)
        {
            var row = Row(r);
            for (int n = 0; n < row.Length; n++)
            {
                if (!(row.Values[n] > 0)) continue;
                outIndices.Add(row.Columns[n]);
                outValues.Add(row.Values[n]);
            }
            outStarts[r + 1] = outIndices.Count;
        }
        return new(Rows, Columns, outStarts, outIndices.ToArray(), outValues.ToArray());
    }

    /// <returns>[Columns, Rows]; cost: one pass over the entries, twice.</returns>
    public SparseMatrix Transpose()
    {
        var outStarts = new int[Columns + 1];
        foreach (int column in indices.Span) outStarts[column + 1]++;
        for (int c = 0; c < Columns; c++) outStarts[c + 1] += outStarts[c];

        var outIndices = new int[Count];
        var outValues = new float[Count];
        var next = outStarts.AsSpan(0, Columns).ToArray();
        for (int r = 0; r < Rows; r++)
        {
            var row = Row(r);
            for (int n = 0; n < row.Length; n++)
            {
                int position = next[row.Columns[n]]++;
                outIndices[position] = r;
                outValues[position] = row.Values[n];
            }
        }
        return new(Columns, Rows, outStarts, outIndices, outValues);
    }
}
