using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Numerics.Sparse;

namespace Kindred.Models.Linear;

/// <summary>The inverse that the regressions of all items on all others share: P = (XᵀX + λI)⁻¹, with a minus.</summary>
internal static class ItemInverse
{
    /// <summary>Told a row, which it may change; from any worker.</summary>
    public delegate void RowVisitor(int row, Span<float> values);

    /// <returns>−P [items, items]; to be disposed.</returns>
    /// <param name="byItem">Xᵀ [items, users].</param>
    /// <param name="ridge">λ</param>
    /// <exception cref="InputException">There is none in single precision.</exception>
    public static TiledSymmetric NegativeOf(SparseMatrix byItem, float ridge, TrainingContext context)
    {
        var matrix = new TiledSymmetric(byItem.Rows);
        try
        {
            SparseProduct.AddTo(matrix, byItem, context.Workers, context.Cancellation);
            matrix.AddToDiagonal(ridge);
            if (SymmetricInverse.TryNegate(matrix, context.Workers, done =>
                context.Progress?.Report(new(done, matrix.TileRows, "block")), context.Cancellation)) return matrix;
            throw new InputException(
                $"The items' regressions have no unique solution in single precision; use a larger Regularization than {ridge}.");
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    public static void ForEachRow(TiledSymmetric matrix, TrainingContext context, RowVisitor visit) =>
        Blocks.ForEach(matrix.Rows, TiledSymmetric.Edge, context.Workers, () => new Matrix(TiledSymmetric.Edge, matrix.Rows),
            (tileRow, first, end, rows) =>
            {
                matrix.CopyTileRow(tileRow, rows);
                for (int row = first; row < end; row++) visit(row, rows.Row(row - first));
            }, context.Cancellation);
}
