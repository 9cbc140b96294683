using Kindred.Numerics;

namespace Kindred.Models;

/// <summary>Each row of <see cref="ImplicitAls"/> by a few conjugate gradient steps from where it is: the loss falls, not to its minimum.</summary>
/// <param name="y">[others, d], fixed.</param>
/// <param name="gram">[d, d]: a·YᵀY</param>
internal sealed class ImplicitAlsGradient(ImplicitAls options, Matrix y, Matrix gram) : IAlsSolver
{
    private readonly ConjugateGradient _descent = new(y.Columns);
    private float[] _weights = [], _targets = [];

    public double Solve(SparseMatrix observed, Matrix x, int first, int end)
    {
        double loss = 0;
        for (int n = first; n < end; n++)
        {
            var row = observed.Row(n);
            if (row.Length == 0)
            {
                x.Row(n).Clear();
                continue;
            }
            if (_weights.Length < row.Length) (_weights, _targets) = (new float[2 * row.Length], new float[2 * row.Length]);
            loss += options.Weigh(row.Values, _weights, _targets)
                + _descent.Lower(gram, options.Ridge(row.Length, y.Rows), y, row.Columns, _weights, _targets, options.ConjugateGradientSteps, x.Row(n));
        }
        return loss;
    }
}
