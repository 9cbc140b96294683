using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Models.Als;

/// <summary>
/// A block of dimensions of <see cref="ImplicitAls"/> after the other, each to its minimum with the others fixed.
/// S. Rendle, W. Krichene, L. Zhang, Y. Koren, "iALS++: Speeding up Matrix Factorization with Subspace Optimization", 2021, algorithm 2.
/// </summary>
/// <remarks>
/// With B the columns of a block, r = Σ observed c·y − A·x the residual, A = a·YᵀY + Σ observed (c − a)·y·yᵀ + λ(u)·I:
///   x[B] ← x[B] + A[B, B]⁻¹·r[B]
/// Deviation from the paper: a side's rows are independent, so all blocks of a few rows are done before the next rows, which reads each
/// part of the Gram matrix once for these rows, and keeps the predictions of observed pairs only so long.
/// Cost of a side: interactions·d·(block + 2) + rows·d·(2d + block²/3) multiply-adds.
/// </remarks>
/// <param name="y">[others, d], fixed.</param>
/// <param name="parts">See <see cref="Cut"/>.</param>
internal sealed class ImplicitAlsSubspace(ImplicitAls options, Matrix y, IReadOnlyList<Matrix> parts) : IAlsSolver
{
    // the last block may be narrower
    private readonly NormalEquations _equations = new(parts[0].Columns), _lastEquations = new(parts[^1].Columns);
    private readonly float[] _gradient = new float[parts[0].Columns], _step = new float[parts[0].Columns];

    // of the observed pairs of a few rows, one after another: w = c − a, t = c − w·(x·y)
    private float[] _weights = [], _targets = [], _products = [];

    /// <param name="gram">[d, d]: a·YᵀY</param>
    /// <returns>[d, block] each: the Gram matrix by blocks of columns, so that what a block needs lies together.</returns>
    public static Matrix[] Cut(Matrix gram, int block)
    {
        var parts = new Matrix[Blocks.Count(gram.Columns, block)];
        for (int p = 0; p < parts.Length; p++)
        {
            int first = p * block, width = Math.Min(block, gram.Columns - first);
            parts[p] = new(gram.Rows, width);
            for (int r = 0; r < gram.Rows; r++) gram.Row(r).Slice(first, width).CopyTo(parts[p].Row(r));
        }
        return parts;
    }

    public double Solve(SparseMatrix observed, Matrix x, int first, int end)
    {
        int origin = observed.Starts.Span[first];
        double loss = Start(observed, x, first, end);
        for (int part = 0, column = 0; part < parts.Count; column += parts[part++].Columns)
        {
            for (int n = first; n < end; n++)
                if (observed.Row(n) is { Length: > 0 } row) loss -= Lower(row, observed.Starts.Span[n] - origin, x.Row(n), part, column);
        }
        return loss;
    }

    /// <returns>The loss of the rows as they are.</returns>
    private double Start(SparseMatrix observed, Matrix x, int first, int end)
    {
        int origin = observed.Starts.Span[first], count = observed.Starts.Span[end] - origin;
        if (_weights.Length < count) (_weights, _targets, _products) = (new float[2 * count], new float[2 * count], new float[2 * count]);
        double loss = 0;
        for (int n = first; n < end; n++)
        {
            var row = observed.Row(n);
            var vector = x.Row(n);
            if (row.Length == 0)
            {
                vector.Clear();
                continue;
            }
            int at = observed.Starts.Span[n] - origin;
            Span<float> weights = _weights.AsSpan(at, row.Length), targets = _targets.AsSpan(at, row.Length), products = _products;
            loss += options.Weigh(row.Values, weights, targets);
            if (!vector.ContainsAnyExcept(0)) continue;
            GatheredRows.Multiply(y, row.Columns, 0, vector, products);
            for (int k = 0; k < weights.Length; k++)
            {
                float weighted = weights[k] * products[k];
                loss += products[k] * ((double)weighted - (2 * targets[k]));
                targets[k] -= weighted;
            }
            loss += options.Ridge(row.Length, y.Rows) * (double)Kernels.Dot(vector, vector);
            for (int part = 0, column = 0; part < parts.Count; column += parts[part++].Columns)
                loss += Kernels.Dot(GramTimes(vector, part), vector.Slice(column, parts[part].Columns));
        }
        return loss;
    }

    /// <returns>By how much the loss fell.</returns>
    private double Lower(SparseRow row, int at, Span<float> x, int part, int column)
    {
        int width = parts[part].Columns;
        var equations = part == parts.Count - 1 ? _lastEquations : _equations;
        Span<float> weights = _weights.AsSpan(at, row.Length), targets = _targets.AsSpan(at, row.Length), step = _step.AsSpan(0, width);
        float ridge = options.Ridge(row.Length, y.Rows);

        equations.Start(new(width, width, parts[part].Values.Slice(column * width, width * width)), ridge);
        equations.Add(y, row.Columns, weights, targets, column);
        equations.AddToRightSide(-1, GramTimes(x, part));
        equations.AddToRightSide(-ridge, x.Slice(column, width));
        double fallen = equations.Solve(step);
        Kernels.AddScaled(1, step, x.Slice(column, width));
        if (part == parts.Count - 1) return fallen; // no block is left that needs the predictions

        GatheredRows.Multiply(y, row.Columns, column, step, _products);
        for (int k = 0; k < weights.Length; k++) targets[k] -= weights[k] * _products[k];
        return fallen;
    }

    // the block's columns of x·G
    private Span<float> GramTimes(ReadOnlySpan<float> x, int part)
    {
        var sum = _gradient.AsSpan(0, parts[part].Columns);
        sum.Clear();
        GatheredRows.AddRows(parts[part], x, sum);
        return sum;
    }
}
