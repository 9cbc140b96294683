using Kindred.Numerics;
using Kindred.Numerics.Sgd;

namespace Kindred.Models.Features;

/// <summary>
/// Learns a factorization machine of squared errors by coordinate descent, each coordinate solved exactly: never to a larger loss.
/// S. Rendle, "Factorization Machines with libFM", TIST 2012, §3.2 (its "ALS").
/// </summary>
/// <remarks>
///   minimize  ½·Σ rows (score − target)² + ½·λ0·w0² + ½·Σ columns penalty·(λw·w² + λv·|v|²)
/// </remarks>
/// <param name="penalties">[columns]: what λ of the column is multiplied by.</param>
internal sealed class FactorizationDescent(
    FactorizationMachine options, FactorizationColumns columns, FactorizationTable table, float[] penalties)
    : IFactorizationSolver, IFactorizationPriors
{
    public IReadOnlyList<FactorizationDraw> Machines => [new(table, null)];

    /// <returns>The loss after the epoch, a row.</returns>
    public double Run(int epoch, TrainingContext context)
    {
        columns.Sweep(this, context);
        return Loss() / Math.Max(1, columns.Rows);
    }

    public CoordinatePrior OfIntercept(double squaredErrors) => new(options.InterceptRegularization);

    public CoordinatePrior OfWeight(int column) => new(options.LinearRegularization * penalties[column]);

    public CoordinatePrior OfFactor(int column) => new(options.Regularization * penalties[column]);

    public void BeginWeights(TrainingContext context)
    {
    }

    public void BeginFactor(int factor, ReadOnlySpan<float> values, TrainingContext context)
    {
    }

    private double Loss()
    {
        double penalty = options.InterceptRegularization * table.Intercept * table.Intercept;
        for (int column = 0; column < table.Columns; column++)
        {
            double w = table.W(column), v = Kernels.Dot(table.V.Row(column), table.V.Row(column));
            penalty += penalties[column] * ((options.LinearRegularization * w * w) + (options.Regularization * v));
        }
        return (columns.SquaredErrors() + penalty) / 2;
    }
}
