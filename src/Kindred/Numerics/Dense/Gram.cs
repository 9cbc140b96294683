namespace Kindred.Numerics.Dense;

/// <summary>G = scale·YᵀY of a tall matrix.</summary>
internal static unsafe class Gram
{
    private const int PanelRows = 64, BlockRows = 16 * PanelRows, MostPartial = 64;

    /// <returns>How many [d, d] matrices the memory must hold for so many rows: partial sums, their sum, the result.</returns>
    internal static int MatricesFor(int rows) => Math.Clamp(Blocks.Count(rows, BlockRows), 1, MostPartial) + 3;

    /// <summary>
    /// Blocks of 1,024 rows are summed in single precision, the blocks in order in double: the same bits at any number of workers.
    /// </summary>
    /// <param name="y">[rows, d]</param>
    /// <returns>[d, d], symmetric.</returns>
    public static Matrix Of(Matrix y, float scale, int workers, CancellationToken cancellation)
    {
        int d = y.Columns, padded = (d + Syrk.Padding - 1) / Syrk.Padding * Syrk.Padding;
        int blocks = Blocks.Count(y.Rows, BlockRows);
        var sums = new double[padded * padded];
        // a few blocks at a time, so that memory does not grow with the rows
        int wave = Math.Clamp(blocks, 1, MostPartial);
        var partial = new Memory<float>[wave];
        for (int n = 0; n < wave; n++) partial[n] = AlignedMemory.Allocate<float>(padded * padded);

        for (int firstBlock = 0; firstBlock < blocks; firstBlock += wave)
        {
            int count = Math.Min(wave, blocks - firstBlock), offset = firstBlock;
            Blocks.ForEach(count, 1, workers, () => AlignedMemory.Allocate<float>(PanelRows * padded), (_, first, _, panel) =>
            {
                int firstRow = (offset + first) * BlockRows;
                AddRows(y, firstRow, Math.Min(firstRow + BlockRows, y.Rows), panel.Span, padded, partial[first].Span);
            }, cancellation);
            for (int n = 0; n < count; n++)
            {
                var block = partial[n].Span;
                for (int e = 0; e < sums.Length; e++) sums[e] += block[e];
                block.Clear();
            }
        }

        var gram = new Matrix(d, d);
        for (int r = 0; r < d; r++)
            for (int c = r; c < d; c++)
                gram.Row(r)[c] = gram.Row(c)[r] = (float)(scale * sums[(r * padded) + c]);
        return gram;
    }

    private static void AddRows(Matrix y, int first, int end, Span<float> panel, int padded, Span<float> sum)
    {
        for (; first < end; first += PanelRows)
        {
            int count = Math.Min(PanelRows, end - first);
            for (int n = 0; n < count; n++) y.Row(first + n).CopyTo(panel.Slice(n * padded, y.Columns));
            fixed (float* w = panel, a = sum) Syrk.Add(w, count, padded, a);
        }
    }
}
