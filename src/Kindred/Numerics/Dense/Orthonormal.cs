namespace Kindred.Numerics.Dense;

/// <summary>An orthonormal basis of what the columns of a tall matrix span.</summary>
/// <remarks>
/// Cholesky's QR, twice: Y ← Y·R⁻¹ of YᵀY = RᵀR, which leaves an error of the order of what single precision has. Y. Yamamoto et al.,
/// "Roundoff error analysis of the CholeskyQR2 algorithm", ETNA 2015. Cost: 2·(3·rows·d² + d³) flops.
/// </remarks>
internal static class Orthonormal
{
    private const int BlockRows = 256;

    // of a column's length squared: what is left of it beside the columns before it is noise below that
    private const double Noise = 1e-6;

    /// <param name="y">[rows, d], overwritten; a column that the ones before it span becomes zero.</param>
    public static void Columns(Matrix y, int workers, CancellationToken cancellation)
    {
        for (int pass = 0; pass < 2; pass++)
        {
            var inverse = InverseFactor(Gram.Of(y, 1, workers, cancellation));
            Blocks.ForEach(y.Rows, BlockRows, workers, () => new Scratch(y.Columns), (_, first, end, scratch) =>
            {
                int d = y.Columns, rows = end - first;
                var block = new StridedMatrix(y.Values.Span.Slice(first * d, rows * d), rows, d, d);
                scratch.Product.Multiply(block, StridedMatrix.Of(inverse, d, d), scratch.Rows);
                scratch.Rows.Values.Span[..(rows * d)].CopyTo(y.Values.Span[(first * d)..]);
            }, cancellation);
        }
    }

    /// <param name="gram">[d, d], symmetric.</param>
    /// <returns>[d, d], R⁻¹ of gram = RᵀR, upper triangular; the column of a pivot that is noise is zero.</returns>
    private static Matrix InverseFactor(Matrix gram)
    {
        int d = gram.Rows;
        var r = new double[d][]; // rows of R
        for (int row = 0; row < d; row++)
        {
            r[row] = [.. gram.Row(row).ToArray().Select(value => (double)value)];
            for (int k = 0; k < row; k++)
            {
                double factor = r[k][row];
                if (factor == 0) continue;
                for (int column = row; column < d; column++) r[row][column] -= factor * r[k][column];
            }
            double pivot = r[row][row];
            if (!(pivot > Noise * gram.Row(row)[row])) // not a number is not
            {
                Array.Clear(r[row]);
                continue;
            }
            double root = Math.Sqrt(pivot);
            for (int column = row; column < d; column++) r[row][column] /= root;
        }
        var inverse = new double[d][]; // columns of R⁻¹
        var result = new Matrix(d, d);
        for (int column = 0; column < d; column++)
        {
            inverse[column] = new double[d];
            if (r[column][column] == 0) continue;
            inverse[column][column] = 1 / r[column][column];
            for (int row = column - 1; row >= 0; row--)
            {
                if (r[row][row] == 0) continue;
                double sum = 0;
                for (int k = row + 1; k <= column; k++) sum += r[row][k] * inverse[column][k];
                inverse[column][row] = -sum / r[row][row];
            }
            for (int row = 0; row <= column; row++) result.Row(row)[column] = (float)inverse[column][row];
        }
        return result;
    }

    private sealed class Scratch(int d)
    {
        public MatrixProduct Product { get; } = new();

        public Matrix Rows { get; } = new(BlockRows, d);
    }
}
