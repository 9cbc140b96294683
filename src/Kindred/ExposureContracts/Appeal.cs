using Kindred.Numerics.Distributions;

namespace Kindred.ExposureContracts;

/// <summary>
/// What is known of an item's appeal, the chance that a user who examines it clicks it: a Beta distribution.
/// </summary>
/// <remarks>
/// A click at a position p has the chance examination(p) · appeal, the position-based model (M. Richardson, E. Dominowska, R. Ragno, WWW
/// 2007; N. Craswell, O. Zoeter, M. Taylor, B. Ramsey, WSDM 2008), so that an impression at p counts as examination(p) impressions:
///   Beta(m·r + clicks, m·(1 − r) + examined − clicks), prior rate r of strength m, examined = Σ over the impressions: examination(p)
/// P. Lagrée, C. Vernade, O. Cappé, "Multiple-Play Bandits in the Position-Based Model", NIPS 2016, estimate a rate by clicks / examined
/// as well. Luck may bring more clicks than examined impressions: failures are never below those of the prior.
/// </remarks>
/// <param name="Clicks">First parameter, above 0.</param>
/// <param name="Skips">Second parameter, above 0.</param>
internal readonly record struct Appeal(double Clicks, double Skips)
{
    /// <summary>Expected.</summary>
    public double Mean => Clicks / (Clicks + Skips);

    /// <param name="clicks">Impressions that were clicked.</param>
    /// <param name="examined">Σ <see cref="Examination.At"/> over all impressions.</param>
    public static Appeal From(AppealPrior prior, double clicks, double examined) => new(
        (prior.Strength * prior.Rate) + clicks, (prior.Strength * (1 - prior.Rate)) + Math.Max(0, examined - clicks));

    /// <returns>P(appeal > rate).</returns>
    public double ChanceAbove(double rate) => 1 - Beta.Below(rate, Clicks, Skips);
}

/// <summary>What is expected of an item before it was shown.</summary>
/// <param name="Rate">Above 0 and below 1.</param>
/// <param name="Strength">So many examined impressions would say as much.</param>
public readonly record struct AppealPrior(double Rate, double Strength);

/// <summary>How likely a user looks at a position.</summary>
internal static class Examination
{
    /// <returns>1 / log₂(position + 2): 1 for the first place, .43 for the fourth, .29 for the tenth.</returns>
    /// <param name="position">From 0.</param>
    /// <remarks>An assumption, the discount of DCG: K. Järvelin, J. Kekäläinen, TOIS 2002. It is the same for all items.</remarks>
    public static double At(int position) => 1 / Math.Log2(position + 2);
}
