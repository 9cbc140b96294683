using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Models.Als;

/// <summary>Each row of <see cref="ImplicitAls"/> to its minimum, by normal equations.</summary>
/// <param name="y">[others, d], fixed.</param>
/// <param name="gram">[d, d]: a·YᵀY</param>
internal sealed class ImplicitAlsExact(ImplicitAls options, Matrix y, Matrix gram) : IAlsSolver
{
    private readonly NormalEquations _equations = new(y.Columns);
    private float[] _weights = [], _targets = [];

    public double Solve(SparseMatrix observed, Matrix x, int first, int end)
    {
        double loss = 0;
        for (int row = first; row < end; row++) loss += Solve(observed.Row(row), x.Row(row));
        return loss;
    }

    /// <returns>The row's loss, which costs nothing here: at its minimum it is Σ c − x·(Σ c·y).</returns>
    public double Solve(SparseRow observed, Span<float> x)
    {
        if (observed.Length == 0)
        {
            x.Clear();
            return 0;
        }
        double confidence = Collect(observed);
        _equations.Add(y, observed.Columns, _weights.AsSpan(0, observed.Length), _targets.AsSpan(0, observed.Length));
        return confidence - _equations.Solve(x);
    }

    /// <summary>
    /// z ← A⁻¹·y(item), where A is the matrix of the history's equations: score(item) = Σ history c·(y · z), Hu et al. §5.
    /// </summary>
    public void SolveForItem(SparseRow history, int item, Span<float> z)
    {
        Collect(history);
        Array.Clear(_targets);
        _equations.Add(y, history.Columns, _weights.AsSpan(0, history.Length), _targets.AsSpan(0, history.Length));
        _equations.Add(y, [item], [0], [1]);
        _equations.Solve(z);
    }

    // Σ c
    private double Collect(SparseRow observed)
    {
        if (_weights.Length < observed.Length) (_weights, _targets) = (new float[2 * observed.Length], new float[2 * observed.Length]);
        _equations.Start(gram, options.Ridge(observed.Length, y.Rows));
        return options.Weigh(observed.Values, _weights, _targets);
    }
}
