using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Partitions;

/// <summary>
/// A block B of dimensions of each item to its minimum, the others fixed; a block of all dimensions is the exact solution.
///   y[B] ← y[B] + A[B, B]⁻¹·r[B], r = Σ c·x − A·y, A = a·XᵀX + Σ (c − a)·x·xᵀ + λ(i)·I
/// As in <see cref="Models.Als.ImplicitAlsSubspace"/>, with the sums made by the partitions.
/// </summary>
/// <param name="column">The first dimension of the block, of <paramref name="width"/>.</param>
/// <param name="isExact">The block is all there is: the solution does not depend on where the item was.</param>
internal sealed class BlockStep(AlsItems items, int column, int width, bool isExact) : IItemStep
{
    private readonly Matrix _nothing = new(width, width), _block = BlockOf(items.Gram, column, width);
    private readonly ScratchPool<NormalEquations> _equations = new(() => new(width));

    public int Width => NormalEquations.SumsOf(width);

    public Matrix Table => items.Y;

    public void Add(AlsPartition partition, int first, int end, Span<int> sums)
    {
        var options = items.Options;
        float[] weights = [], targets = [], products = [];
        using var lease = _equations.Take();
        var equations = lease.Scratch;
        for (int item = first; item < end; item++)
        {
            var row = partition.ByItem.Row(item);
            if (row.Length == 0) continue;
            if (weights.Length < row.Length)
                (weights, targets, products) = (new float[2 * row.Length], new float[2 * row.Length], new float[2 * row.Length]);
            options.Weigh(row.Values, weights, targets);
            var y = items.Y.Row(item);
            if (!isExact && y.ContainsAnyExcept(0))
            {
                GatheredRows.Multiply(partition.X, row.Columns, 0, y, products);
                for (int n = 0; n < row.Length; n++) targets[n] -= weights[n] * products[n];
            }
            equations.Start(_nothing, 0);
            equations.Add(partition.X, row.Columns, weights.AsSpan(0, row.Length), targets.AsSpan(0, row.Length), column);
            var (matrix, right) = Scales(item);
            equations.AddTo(sums.Slice((item - first) * Width, Width), matrix, right);
        }
    }

    public void Finish(int first, int end, ReadOnlySpan<int> sums)
    {
        Span<float> step = stackalloc float[width], gradient = stackalloc float[items.Y.Columns];
        using var lease = _equations.Take();
        var equations = lease.Scratch;
        for (int item = first; item < end; item++)
        {
            var y = items.Y.Row(item);
            if (isExact || items.Counts[item] == 0) y.Clear();
            if (items.Counts[item] == 0) continue;
            float ridge = items.Ridge(item);
            var (matrix, right) = Scales(item);
            equations.Start(_block, ridge);
            equations.AddSums(sums.Slice((item - first) * Width, Width), matrix, right);
            if (!isExact)
            {
                gradient.Clear();
                GatheredRows.AddRows(items.Gram, y, gradient);
                equations.AddToRightSide(-1, gradient.Slice(column, width));
                equations.AddToRightSide(-ridge, y.Slice(column, width));
            }
            equations.Solve(step);
            Kernels.AddScaled(1, step, y.Slice(column, width));
        }
    }

    private static Matrix BlockOf(Matrix gram, int column, int width)
    {
        var block = new Matrix(width, width);
        for (int r = 0; r < width; r++) gram.Row(column + r).Slice(column, width).CopyTo(block.Row(r));
        return block;
    }

    // |Σ w·x·x| ≤ Σ c·max|x|², |Σ (c − w·(x·y))·x| ≤ Σ c·(1 + |x|·|y|)·max|x|
    private (float Matrix, float Right) Scales(int item)
    {
        double largest = items.Largest, sum = items.Confidences[item];
        double length = isExact ? 0 : Math.Sqrt(Kernels.Dot(items.Y.Row(item), items.Y.Row(item)));
        return (FixedPoint.Scale(sum * largest * largest), FixedPoint.Scale(sum * (1 + (items.Longest * length)) * largest));
    }
}
