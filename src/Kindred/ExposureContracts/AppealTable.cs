using Kindred.Numerics;
using Kindred.Numerics.Distributions;

namespace Kindred.ExposureContracts;

/// <summary>
/// An <see cref="Appeal"/> in cells of equal density, so that drawing from it is fast and the chance to be the best of several draws has a
/// formula. Immutable.
/// </summary>
/// <remarks>
/// Cell c of 128 reaches from (c / 128)³ to ((c + 1) / 128)³: small rates need small cells. Within a cell a draw is uniform, which is what
/// is drawn from: propensities are those of what happens, not of the Beta distribution that it stands for. Memory: 1 kB.
/// </remarks>
internal sealed class AppealTable
{
    public const int Cells = 128;

    private readonly double[] _below = new double[Cells + 1]; // P(draw ≤ edge)

    public AppealTable(Appeal appeal)
    {
        Appeal = appeal;
        for (int cell = 1; cell < Cells; cell++)
            _below[cell] = Math.Max(_below[cell - 1], Beta.Below(Edge(cell), appeal.Clicks, appeal.Skips));
        _below[Cells] = 1;
    }

    public Appeal Appeal { get; }

    /// <returns>P(draw ≤ lower edge of the cell).</returns>
    public double Below(int cell) => _below[cell];

    /// <returns>P(draw within the cell).</returns>
    public double Mass(int cell) => _below[cell + 1] - _below[cell];

    /// <returns>One draw of the appeal.</returns>
    public double Draw(Rng rng)
    {
        double chance = rng.NextDouble();
        int found = Array.BinarySearch(_below, chance);
        int cell = found < 0 ? ~found - 1 : found; // the last edge below
        while (Mass(cell) == 0) cell++; // an edge that is equal to the next one
        return Edge(cell) + ((Edge(cell + 1) - Edge(cell)) * (chance - _below[cell]) / Mass(cell));
    }

    private static double Edge(int cell) => Math.Pow((double)cell / Cells, 3);
}
