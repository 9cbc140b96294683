using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Numerics.Sparse;

namespace Kindred.Models.Graphs;

/// <summary>
/// The smoothest signals on the items of a graph: those that change least from an item to others with the same users, which are the
/// eigenvectors of the largest eigenvalues of P = D^−½·Aᵀ·E⁻¹·A·D^−½.
/// </summary>
/// <remarks>
/// By subspace iteration: G. H. Golub, C. F. Van Loan, "Matrix Computations", 4th ed. 2013, §7.3.2. As many iterations as are done here
/// leave the last few signals mixed with those that come next, which a filter does not mind. Cost: iterations · (4·edges·d + 3·items·d²).
/// </remarks>
internal static class SmoothSignals
{
    private const int Iterations = 16, BlockRows = 512;

    /// <param name="byUser">[users, items]: A; values do not count.</param>
    /// <param name="byItem">[items, users]</param>
    /// <param name="count">d; there are no more than items or users with edges.</param>
    /// <returns>[items, d], columns of length 1 at right angles to each other; an item without edges has zeros.</returns>
    public static Matrix Of(SparseMatrix byUser, SparseMatrix byItem, int count, TrainingContext context)
    {
        count = Math.Min(count, Math.Min(NotEmpty(byUser), NotEmpty(byItem)));
        var (signals, users) = (new Matrix(byItem.Rows, count), new Matrix(byUser.Rows, count));
        if (count == 0) return signals;
        var rng = new Rng((ulong)context.Seed).Fork("graph-filter");
        foreach (ref float value in signals.Values.Span) value = (float)rng.NextNormal();
        for (int iteration = 1; iteration <= Iterations; iteration++)
        {
            Scale(signals, byItem, degree => 1 / MathF.Sqrt(degree));
            Walk(byUser, signals, users, context);
            Walk(byItem, users, signals, context);
            Scale(signals, byItem, MathF.Sqrt);
            Orthonormal.Columns(signals, context.Workers, context.Cancellation);
            context.Progress?.Report(new(iteration, Iterations, "iteration"));
        }
        return signals;
    }

    private static int NotEmpty(SparseMatrix edges) => Enumerable.Range(0, edges.Rows).Count(row => edges.Row(row).Length > 0);

    private static void Walk(SparseMatrix edges, Matrix from, Matrix to, TrainingContext context) => Blocks.ForEach(
        edges.Rows, BlockRows, context.Workers, (first, end) => NeighbourMeans.Apply(edges, from, to, first, end), context.Cancellation);

    private static void Scale(Matrix signals, SparseMatrix byItem, Func<float, float> by)
    {
        for (int item = 0; item < signals.Rows; item++)
        {
            float scale = by(Math.Max(1, byItem.Row(item).Length));
            foreach (ref float value in signals.Row(item)) value *= scale;
        }
    }
}
