using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Models.Ratings;

/// <summary>
/// The factors and the bias of a row that minimize its squared error, the other side fixed: exact, both at once. Scratch memory of one
/// thread.
/// </summary>
/// <remarks>
///   minimize over x [d] and b  Σ c·(t − b − x·y)² + λ(n)·|x|² + λ′(n)·b², t = rating − mean − bias of the other − k·y, c its importance or
/// 1 The bias is eliminated, so that d stays what it is (d + 1 would be padded by up to fifteen): with s = Σ c·y, T = Σ c·t, w = 1 / (Σ c +
/// λ′(n))
///   (Σ c·y·yᵀ + λ(n)·I − w·s·sᵀ)·x = Σ c·t·y − w·T·s,  b = w·(T − s·x)
/// Cost: n·d² + d³/3 multiply-adds.
/// </remarks>
/// <param name="y">[others, ≥ d]</param>
/// <param name="biases">[others]</param>
internal sealed class RatingSolver(RatingFactorTrainer options, float mean, Matrix y, ReadOnlyMemory<float> biases)
{
    // Rows that one worker takes at a time: small enough that a block of very popular items does not keep the others waiting.
    private const int BlockRows = 16;

    private readonly NormalEquations _equations = new(options.Dimensions);
    private readonly float[] _sum = new float[options.Dimensions];
    private float[] _importance = [], _targets = [];

    /// <summary>Solves every row of one side.</summary>
    /// <param name="observed">[rows of <paramref name="to"/>, rows of <paramref name="from"/>]</param>
    /// <param name="fixedPart">[rows of <paramref name="to"/>, d], k of each row; null: zero.</param>
    /// <param name="importance">Places as in <paramref name="observed"/>; null: all count 1.</param>
    /// <returns>The loss without the penalties of <paramref name="from"/>.</returns>
    public static double SolveAll(
        RatingFactorTrainer options, float mean, SparseMatrix observed, RatingSide from, RatingSide to, Matrix? fixedPart,
        TrainingContext context,
        SparseMatrix? importance = null)
    {
        var losses = new double[Blocks.Count(observed.Rows, BlockRows)];
        Blocks.ForEach(
            observed.Rows, BlockRows, context.Workers, () => new RatingSolver(options, mean, from.Factors, from.Biases),
            (block, first, end, solver) =>
            {
                for (int row = first; row < end; row++)
                {
                    (to.Biases[row], double loss) = solver.Solve(
                        observed.Row(row), fixedPart is null ? [] : fixedPart.Row(row), to.Factors.Row(row), importance is null ? []
                            : importance.Row(row).Values);
                    losses[block] += loss;
                }
            }, context.Cancellation);
        return losses.Sum();
    }

    /// <param name="fixedPart">[d], k; or empty.</param>
    /// <param name="x">[d], overwritten; zero where nothing is observed.</param>
    /// <param name="importance">[observed]; empty: all count 1.</param>
    public (float Bias, double Loss) Solve(
        SparseRow observed, ReadOnlySpan<float> fixedPart, Span<float> x, ReadOnlySpan<float> importance = default)
    {
        int n = observed.Length;
        if (n == 0)
        {
            x.Clear();
            return (0, 0);
        }
        var (all, total, squares) = Collect(observed, fixedPart, importance);
        float shrink = 1 / (all + options.BiasRidge(n));
        Array.Clear(_sum);
        GatheredRows.AddSum(y, observed.Columns, _importance, _sum);
        _equations.Start(_sum, -shrink, (float)total, options.Ridge(n));
        _equations.Add(y, observed.Columns, _importance.AsSpan(0, n), _targets.AsSpan(0, n));
        double explained = _equations.Solve(x);
        float bias = (float)(shrink * (total - Kernels.Dot(_sum, x)));
        return (bias, squares - (shrink * total * total) - explained);
    }

    // Σ c, T and Σ c·t²
    private (float All, double Total, double Squares) Collect(
        SparseRow observed, ReadOnlySpan<float> fixedPart, ReadOnlySpan<float> importance)
    {
        int n = observed.Length;
        if (_targets.Length < n) (_importance, _targets) = (new float[2 * n], new float[2 * n]);
        if (importance.IsEmpty) _importance.AsSpan(0, n).Fill(1);
        else importance.CopyTo(_importance);
        var known = biases.Span;
        if (fixedPart.IsEmpty) Array.Clear(_targets, 0, n);
        else GatheredRows.Multiply(y, observed.Columns, 0, fixedPart, _targets.AsSpan(0, n));
        double all = 0, total = 0, squares = 0;
        for (int k = 0; k < n; k++)
        {
            float target = observed.Values[k] - mean - known[observed.Columns[k]] - _targets[k];
            float weighted = _importance[k] * target;
            _targets[k] = weighted;
            all += _importance[k];
            total += weighted;
            squares += (double)weighted * target;
        }
        return ((float)all, total, squares);
    }
}
