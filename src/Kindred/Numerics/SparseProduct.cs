namespace Kindred.Numerics;

/// <summary>XᵀX of a sparse X: how often columns occur together, weighed.</summary>
/// <remarks>A row of it is the sum of the rows of X in which its column occurs. Cost: Σ over rows of X of (entries of the row)².</remarks>
internal static class SparseProduct
{
    private const int BlockRows = 16;

    /// <param name="byRow">[rows, columns]: X</param>
    /// <param name="byColumn">[columns, rows]: Xᵀ</param>
    /// <returns>[columns, columns], the diagonal included; null where it has more entries than a sparse matrix can hold.</returns>
    public static SparseMatrix? Of(SparseMatrix byRow, SparseMatrix byColumn, int workers, CancellationToken cancellation)
    {
        int columns = byRow.Columns;
        var starts = new int[columns + 1];
        // counted first, so that nothing has to be kept twice
        Blocks.ForEach(columns, BlockRows, workers, () => new GramRow(byRow), (_, first, end, row) =>
        {
            for (int column = first; column < end; column++) starts[column + 1] = row.Fill(byColumn.Row(column)).Length;
        }, cancellation);
        long total = 0;
        foreach (int length in starts) total += length;
        if (total > Array.MaxLength) return null;
        for (int column = 0; column < columns; column++) starts[column + 1] += starts[column];

        var indices = new int[total];
        var values = new float[total];
        Blocks.ForEach(columns, BlockRows, workers, () => new GramRow(byRow), (_, first, end, row) =>
        {
            for (int column = first; column < end; column++)
            {
                var touched = row.Fill(byColumn.Row(column));
                touched.Sort();
                for (int n = 0; n < touched.Length; n++)
                {
                    indices[starts[column] + n] = touched[n];
                    values[starts[column] + n] = row.Sums[touched[n]];
                }
            }
        }, cancellation);
        return new(columns, columns, starts, indices, values);
    }

    /// <summary>Adds XᵀX to a matrix.</summary>
    /// <param name="gram">[columns, columns]</param>
    public static void AddTo(TiledSymmetric gram, SparseMatrix byRow, SparseMatrix byColumn, int workers, CancellationToken cancellation)
    {
        const int Edge = TiledSymmetric.Edge;
        Blocks.ForEach(gram.Rows, Edge, workers, () => new GramRow(byRow), (tileRow, first, end, row) =>
        {
            for (int column = first; column < end; column++)
            {
                foreach (int other in row.Fill(byColumn.Row(column)))
                {
                    if (other / Edge <= tileRow) gram.ValuesOf(tileRow, other / Edge)[((column - first) * Edge) + (other % Edge)] += row.Sums[other];
                }
            }
        }, cancellation);
    }

    /// <summary>One row of XᵀX at a time: scratch memory of one thread.</summary>
    private sealed class GramRow(SparseMatrix byRow)
    {
        private readonly int[] _touched = new int[byRow.Columns];
        private readonly bool[] _isTouched = new bool[byRow.Columns];
        private int _count;

        /// <summary>[columns]; zero where nothing was touched.</summary>
        public float[] Sums { get; } = new float[byRow.Columns];

        /// <param name="rows">The rows of X in which the column occurs.</param>
        /// <returns>The columns that occur with it, in no order.</returns>
        public Span<int> Fill(SparseRow rows)
        {
            foreach (int column in _touched.AsSpan(0, _count)) (Sums[column], _isTouched[column]) = (0, false);
            _count = 0;
            for (int n = 0; n < rows.Length; n++)
            {
                var row = byRow.Row(rows.Columns[n]);
                float weight = rows.Values[n];
                for (int m = 0; m < row.Length; m++)
                {
                    int column = row.Columns[m];
                    Sums[column] += weight * row.Values[m];
                    if (_isTouched[column]) continue;
                    _isTouched[column] = true;
                    _touched[_count++] = column;
                }
            }
            return _touched.AsSpan(0, _count);
        }
    }
}
