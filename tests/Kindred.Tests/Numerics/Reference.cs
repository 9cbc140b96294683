using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

/// <summary>The kernels' scalar twins: from the definition, in double, without cleverness.</summary>
internal static class Reference
{
    public static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int n = 0; n < x.Length; n++) sum += (double)x[n] * y[n];
        return sum;
    }

    /// <returns>[d, d]: YᵀY</returns>
    public static double[,] Gram(Matrix y)
    {
        var gram = new double[y.Columns, y.Columns];
        for (int row = 0; row < y.Rows; row++)
            for (int r = 0; r < y.Columns; r++)
                for (int c = 0; c < y.Columns; c++)
                    gram[r, c] += (double)y.Row(row)[r] * y.Row(row)[c];
        return gram;
    }

    /// <summary>Gaussian elimination with partial pivoting; both arguments are consumed.</summary>
    public static double[] Solve(double[,] a, double[] b)
    {
        int n = b.Length;
        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            for (int r = k + 1; r < n; r++)
                if (Math.Abs(a[r, k]) > Math.Abs(a[pivot, k])) pivot = r;
            for (int c = 0; c < n; c++) (a[k, c], a[pivot, c]) = (a[pivot, c], a[k, c]);
            (b[k], b[pivot]) = (b[pivot], b[k]);
            for (int r = k + 1; r < n; r++)
            {
                double factor = a[r, k] / a[k, k];
                for (int c = k; c < n; c++) a[r, c] -= factor * a[k, c];
                b[r] -= factor * b[k];
            }
        }
        for (int k = n - 1; k >= 0; k--)
        {
            for (int c = k + 1; c < n; c++) b[k] -= a[k, c] * b[c];
            b[k] /= a[k, k];
        }
        return b;
    }

    public static Matrix Random(int rows, int columns, ulong seed)
    {
        var rng = new Rng(seed);
        var matrix = new Matrix(rows, columns);
        foreach (ref float value in matrix.Values.Span) value = (float)rng.NextNormal();
        return matrix;
    }
}
