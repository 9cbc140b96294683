using Kindred.Numerics;

namespace Kindred.ExposureContracts;

/// <summary>
/// Chooses the item that is best in one draw of all appeals. W. Thompson, "On the Likelihood That One Unknown Probability Exceeds Another",
/// Biometrika 1933.
/// </summary>
internal static class ThompsonChoice
{
    // Gauss and Legendre, 5 points on 0…1: exact for polynomials up to degree 9
    private static readonly double[] Points =
        [.04691007703066800, .23076534494715845, .5, .76923465505284155, .95308992296933200];

    private static readonly double[] Weights =
        [.11846344252809454, .23931433524968324, .28444444444444444, .23931433524968324, .11846344252809454];

    /// <param name="appeals">[items], at least one.</param>
    /// <returns>The item's place among them.</returns>
    public static int Choose(IReadOnlyList<AppealTable> appeals, Rng rng)
    {
        int best = 0;
        double highest = double.NegativeInfinity;
        for (int n = 0; n < appeals.Count; n++)
        {
            double drawn = appeals[n].Draw(rng);
            if (drawn > highest) (best, highest) = (n, drawn);
        }
        return best;
    }

    /// <returns>The chance that <see cref="Choose"/> chooses the item.</returns>
    /// <remarks>
    ///   Σ over the cells c: mass(c) · ∫₀¹ Π over the others j: P(j's draw ≤ u of the way through c) du
    /// The product is a polynomial of u of degree items − 1: exact for up to ten items. For more, what is left out is of the order of
    /// (mass of a cell)¹⁰. Cost: 640 · items multiplications, 20 µs for 50 items.
    /// </remarks>
    public static double ChanceOf(IReadOnlyList<AppealTable> appeals, int chosen)
    {
        double chance = 0;
        for (int cell = 0; cell < AppealTable.Cells; cell++)
        {
            double mass = appeals[chosen].Mass(cell), best = 0;
            if (mass == 0) continue;
            for (int point = 0; point < Points.Length; point++)
            {
                double product = Weights[point];
                for (int other = 0; other < appeals.Count && product > 0; other++)
                    if (other != chosen) product *= appeals[other].Below(cell) + (Points[point] * appeals[other].Mass(cell));
                best += product;
            }
            chance += mass * best;
        }
        return chance;
    }
}
