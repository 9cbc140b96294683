namespace Kindred.Numerics.Dense;

/// <summary>
/// Lowers f(x) = xᵀ·(G + λI + Σ w·y·yᵀ)·x − 2·xᵀ·Σ t·y by a few steps of conjugate gradients, without forming the matrix: what
/// <see cref="NormalEquations"/> solves exactly, at the price of 2d multiply-adds a row and step instead of d²/2 a row.
/// G. Takács, I. Pilászy, D. Tikk, "Applications of the Conjugate Gradient Method for Implicit Feedback Collaborative Filtering", RecSys
/// 2011.
/// </summary>
/// <remarks>
/// After d steps x is the minimum, but for rounding. Each step lowers f by α·|r|², as its length is exact, so that f costs nothing.
/// Deviation from the paper: no preconditioner; the diagonal costs another pass over the rows, which is worth more as a step.
/// Scratch memory of one thread.
/// </remarks>
internal sealed class ConjugateGradient(int dimensions)
{
    private readonly Memory<float> _residual = AlignedMemory.Allocate<float>(dimensions);
    private readonly Memory<float> _direction = AlignedMemory.Allocate<float>(dimensions);
    private readonly Memory<float> _product = AlignedMemory.Allocate<float>(dimensions);

    /// <param name="gram">[d, d], symmetric.</param>
    /// <param name="y">[any, d]</param>
    /// <param name="rows">[n], which rows of <paramref name="y"/>.</param>
    /// <param name="weights">[n], w ≥ 0.</param>
    /// <param name="targets">[n], t.</param>
    /// <param name="x">[d], where to begin; overwritten.</param>
    /// <returns>f(x)</returns>
    public double Lower(
        Matrix gram, float ridge, Matrix y, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, ReadOnlySpan<float> targets, int steps,
        Span<float> x)
    {
        Span<float> residual = _residual.Span, direction = _direction.Span, product = _product.Span;
        product.Clear();
        GatheredRows.AddRows(gram, x, product);
        Kernels.AddScaled(ridge, x, product);
        residual.Clear();
        double value = Kernels.Dot(x, product) + GatheredRows.AddResidual(y, rows, weights, targets, x, residual);
        Kernels.AddScaled(-1, product, residual);
        residual.CopyTo(direction);
        float squared = Kernels.Dot(residual, residual);
        for (int step = 0; step < steps; step++)
        {
            product.Clear();
            GatheredRows.AddRows(gram, direction, product);
            Kernels.AddScaled(ridge, direction, product);
            GatheredRows.AddProduct(y, rows, weights, direction, product);
            float curvature = Kernels.Dot(direction, product);
            if (!(curvature > 0)) break; // nothing is left to lower
            float length = squared / curvature;
            Kernels.AddScaled(length, direction, x);
            Kernels.AddScaled(-length, product, residual);
            value -= (double)length * squared;
            float before = squared;
            squared = Kernels.Dot(residual, residual);
            for (int c = 0; c < dimensions; c++) direction[c] = residual[c] + (squared / before * direction[c]);
        }
        return value;
    }
}
