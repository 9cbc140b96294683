using Kindred.Numerics;

namespace Kindred.Models.Ratings;

/// <summary>
/// The factors and the bias of a row that minimize its squared error, the other side fixed: exact, both at once. Scratch memory of one thread.
/// </summary>
/// <remarks>
///   minimize over x [d] and b  Σ (t − b − x·y)² + λ(n)·|x|² + λ′(n)·b², t = rating − mean − bias of the other − k·y
/// The bias is eliminated, so that d stays what it is (d + 1 would be padded by up to fifteen): with s = Σ y, T = Σ t, w = 1 / (n + λ′(n))
///   (Σ y·yᵀ + λ(n)·I − w·s·sᵀ)·x = Σ t·y − w·T·s,  b = w·(T − s·x)
/// Cost: n·d² + d³/3 multiply-adds.
/// </remarks>
/// <param name="y">[others, ≥ d]</param>
/// <param name="biases">[others]</param>
internal sealed class RatingSolver(RatingOptions options, float mean, Matrix y, ReadOnlyMemory<float> biases)
{
    // Rows that one worker takes at a time: small enough that a block of very popular items does not keep the others waiting.
    private const int BlockRows = 16;

    private readonly NormalEquations _equations = new(options.Dimensions);
    private readonly float[] _sum = new float[options.Dimensions];
    private float[] _ones = [], _targets = [];

    /// <summary>Solves every row of one side.</summary>
    /// <param name="observed">[rows of <paramref name="to"/>, rows of <paramref name="from"/>]</param>
    /// <param name="fixedPart">[rows of <paramref name="to"/>, d], k of each row; null: zero.</param>
    /// <returns>The loss without the penalties of <paramref name="from"/>.</returns>
    public static double SolveAll(
        RatingOptions options, float mean, SparseMatrix observed, RatingSide from, RatingSide to, Matrix? fixedPart, TrainingContext context)
    {
        var losses = new double[Blocks.Count(observed.Rows, BlockRows)];
        Blocks.ForEach(
            observed.Rows, BlockRows, context.Workers, () => new RatingSolver(options, mean, from.Factors, from.Biases),
            (block, first, end, solver) =>
            {
                for (int row = first; row < end; row++)
                {
                    (to.Biases[row], double loss) = solver.Solve(observed.Row(row), fixedPart is null ? [] : fixedPart.Row(row), to.Factors.Row(row));
                    losses[block] += loss;
                }
            }, context.Cancellation);
        return losses.Sum();
    }

    /// <param name="fixedPart">[d], k; or empty.</param>
    /// <param name="x">[d], overwritten; zero where nothing is observed.</param>
    public (float Bias, double Loss) Solve(SparseRow observed, ReadOnlySpan<float> fixedPart, Span<float> x)
    {
        int n = observed.Length;
        if (n == 0)
        {
            x.Clear();
            return (0, 0);
        }
        var (total, squares) = Collect(observed, fixedPart);
        float shrink = 1 / (n + options.BiasRidge(n));
        Array.Clear(_sum);
        GatheredRows.AddSum(y, observed.Columns, _ones, _sum);
        _equations.Start(_sum, -shrink, (float)total, options.Ridge(n));
        _equations.Add(y, observed.Columns, _ones.AsSpan(0, n), _targets.AsSpan(0, n));
        double explained = _equations.Solve(x);
        float bias = (float)(shrink * (total - Kernels.Dot(_sum, x)));
        return (bias, squares - (shrink * total * total) - explained);
    }

    // T and Σ t²
    private (double Total, double Squares) Collect(SparseRow observed, ReadOnlySpan<float> fixedPart)
    {
        int n = observed.Length;
        if (_targets.Length < n)
        {
            (_ones, _targets) = (new float[2 * n], new float[2 * n]);
            _ones.AsSpan().Fill(1);
        }
        var known = biases.Span;
        if (fixedPart.IsEmpty) Array.Clear(_targets, 0, n);
        else GatheredRows.Multiply(y, observed.Columns, 0, fixedPart, _targets.AsSpan(0, n));
        double total = 0, squares = 0;
        for (int k = 0; k < n; k++)
        {
            float target = observed.Values[k] - mean - known[observed.Columns[k]] - _targets[k];
            _targets[k] = target;
            total += target;
            squares += (double)target * target;
        }
        return (total, squares);
    }
}
