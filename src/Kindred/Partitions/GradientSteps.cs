using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Partitions;

/// <summary>Where the conjugate gradients of all items are.</summary>
/// <param name="y">[items, d]</param>
internal sealed class GradientTables(Matrix y)
{
    /// <summary>[items, d]; rows of other owners are not used.</summary>
    public Matrix Residual { get; } = new(y.Rows, y.Columns);

    /// <summary>[items, d]</summary>
    public Matrix Direction { get; } = new(y.Rows, y.Columns);
}

/// <summary>r ← Σ c·x − A·y, p ← r: where conjugate gradients begin.</summary>
internal sealed class ResidualStep(AlsItems items, GradientTables tables) : IItemStep
{
    public int Width => items.Y.Columns;

    public Matrix Table => tables.Direction;

    public void Add(AlsPartition partition, int first, int end, Span<int> sums)
    {
        float[] weights = [], targets = [], sum = new float[Width];
        for (int item = first; item < end; item++)
        {
            var row = partition.ByItem.Row(item);
            if (row.Length == 0) continue;
            if (weights.Length < row.Length) (weights, targets) = (new float[2 * row.Length], new float[2 * row.Length]);
            items.Options.Weigh(row.Values, weights, targets);
            Array.Clear(sum);
            GatheredRows.AddResidual(partition.X, row.Columns, weights, targets, items.Y.Row(item), sum);
            FixedPoint.Add(sum, Scale(item), sums.Slice((item - first) * Width, Width));
        }
    }

    public void Finish(int first, int end, ReadOnlySpan<int> sums)
    {
        var product = new float[Width];
        for (int item = first; item < end; item++)
        {
            Span<float> y = items.Y.Row(item), residual = tables.Residual.Row(item);
            residual.Clear();
            tables.Direction.Row(item).Clear();
            if (items.Counts[item] == 0)
            {
                y.Clear();
                continue;
            }
            FixedPoint.AddTo(sums.Slice((item - first) * Width, Width), Scale(item), residual);
            Array.Clear(product);
            GatheredRows.AddRows(items.Gram, y, product);
            Kernels.AddScaled(items.Ridge(item), y, product);
            Kernels.AddScaled(-1, product, residual);
            residual.CopyTo(tables.Direction.Row(item));
        }
    }

    // |Σ (c − w·(x·y))·x| ≤ Σ c·(1 + |x|·|y|)·max|x|
    private float Scale(int item) => FixedPoint.Scale(items.Confidences[item] * items.Largest
        * (1 + (items.Longest * Math.Sqrt(Kernels.Dot(items.Y.Row(item), items.Y.Row(item))))));
}

/// <summary>
/// One step of conjugate gradients: q ← A·p; y ← y + α·p, r ← r − α·q, p ← r + β·p with α = |r|² / (p·q), β = |r|² / |r before|².
/// As in <see cref="ConjugateGradient"/>, with the sums of q made by the partitions.
/// </summary>
/// <param name="isLast">The items are needed next, not the directions.</param>
internal sealed class DirectionStep(AlsItems items, GradientTables tables, bool isLast) : IItemStep
{
    public int Width => items.Y.Columns;

    public Matrix Table => isLast ? items.Y : tables.Direction;

    public void Add(AlsPartition partition, int first, int end, Span<int> sums)
    {
        float[] weights = [], targets = [], sum = new float[Width];
        for (int item = first; item < end; item++)
        {
            var row = partition.ByItem.Row(item);
            if (row.Length == 0) continue;
            if (weights.Length < row.Length) (weights, targets) = (new float[2 * row.Length], new float[2 * row.Length]);
            items.Options.Weigh(row.Values, weights, targets);
            Array.Clear(sum);
            GatheredRows.AddProduct(partition.X, row.Columns, weights, tables.Direction.Row(item), sum);
            FixedPoint.Add(sum, Scale(item), sums.Slice((item - first) * Width, Width));
        }
    }

    public void Finish(int first, int end, ReadOnlySpan<int> sums)
    {
        var product = new float[Width];
        for (int item = first; item < end; item++)
        {
            Span<float> direction = tables.Direction.Row(item), residual = tables.Residual.Row(item);
            Array.Clear(product);
            FixedPoint.AddTo(sums.Slice((item - first) * Width, Width), Scale(item), product);
            GatheredRows.AddRows(items.Gram, direction, product);
            Kernels.AddScaled(items.Ridge(item), direction, product);
            float curvature = Kernels.Dot(direction, product), before = Kernels.Dot(residual, residual);
            if (!(curvature > 0)) // nothing is left to lower
            {
                direction.Clear();
                continue;
            }
            float length = before / curvature;
            Kernels.AddScaled(length, direction, items.Y.Row(item));
            Kernels.AddScaled(-length, product, residual);
            float turn = Kernels.Dot(residual, residual) / before;
            for (int c = 0; c < Width; c++) direction[c] = residual[c] + (turn * direction[c]);
        }
    }

    // |Σ w·(x·p)·x| ≤ Σ c·|x|·|p|·max|x|
    private float Scale(int item) => FixedPoint.Scale(items.Confidences[item] * items.Largest * items.Longest
        * Math.Sqrt(Kernels.Dot(tables.Direction.Row(item), tables.Direction.Row(item))));
}
