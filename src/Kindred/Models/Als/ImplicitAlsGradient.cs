using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Models.Als;

/// <summary>
/// Each row of <see cref="ImplicitAls"/> by a few conjugate gradient steps from where it is: the loss falls, not to its minimum.
/// </summary>
/// <remarks>
/// A step reads all rows of y that the row has a pair with. Those of a long row do not stay in the cache until the next step, and reading
/// them from memory again and again costs more than one reading for the exact solution, unless there are very many dimensions: long rows
/// are solved exactly, which lowers the loss further as well.
/// </remarks>
/// <param name="y">[others, d], fixed.</param>
/// <param name="gram">[d, d]: a·YᵀY</param>
internal sealed class ImplicitAlsGradient(ImplicitAls options, Matrix y, Matrix gram) : IAlsSolver
{
    // Of y, 256 KB: what of a row's pairs stays in the cache beside everything else.
    private const int CachedFloats = 1 << 16;

    // Where reading the rows once for every step begins to cost less than their products, by the flops of both and the bytes of the rows.
    private const int ExactDimensionsAStep = 32;

    private readonly ConjugateGradient _descent = new(y.Columns);
    private readonly ImplicitAlsExact? _exact = y.Columns <= ExactDimensionsAStep * (options.ConjugateGradientSteps + 1)
        ? new(options, y, gram) : null;
    private float[] _weights = [], _targets = [];

    public double Solve(SparseMatrix observed, Matrix x, int first, int end)
    {
        double loss = 0;
        for (int n = first; n < end; n++)
        {
            var row = observed.Row(n);
            loss += _exact is not null && (long)row.Length * y.Columns > CachedFloats ? _exact.Solve(row, x.Row(n)) : Lower(row, x.Row(n));
        }
        return loss;
    }

    private double Lower(SparseRow row, Span<float> x)
    {
        if (row.Length == 0)
        {
            x.Clear();
            return 0;
        }
        if (_weights.Length < row.Length) (_weights, _targets) = (new float[2 * row.Length], new float[2 * row.Length]);
        return options.Weigh(row.Values, _weights, _targets)
            + _descent.Lower(
                gram, options.Ridge(row.Length, y.Rows), y, row.Columns, _weights, _targets, options.ConjugateGradientSteps, x);
    }
}
