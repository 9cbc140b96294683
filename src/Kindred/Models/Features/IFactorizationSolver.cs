using Kindred.Numerics.Sgd;

namespace Kindred.Models.Features;

/// <summary>Learns a factorization machine epoch by epoch.</summary>
internal interface IFactorizationSolver
{
    /// <summary>Those whose mean score is the model's, as they are now.</summary>
    IReadOnlyList<FactorizationDraw> Machines { get; }

    /// <param name="epoch">From 1.</param>
    /// <returns>The mean loss of a row, or of a pair.</returns>
    double Run(int epoch, TrainingContext context);
}

/// <summary>A machine that was learned, or drawn from the posterior.</summary>
/// <param name="UserPenalties">[d + 1], of a user who is folded in, factors and weight, as it was drawn; null: that of the options.</param>
internal sealed record FactorizationDraw(FactorizationTable Table, double[]? UserPenalties)
{
    public FactorizationDraw Copy() => this with { Table = Table.Copy() };
}
