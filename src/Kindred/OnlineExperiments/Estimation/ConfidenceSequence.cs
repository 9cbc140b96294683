namespace Kindred.OnlineExperiments.Estimation;

/// <summary>
/// Intervals that hold at all looks together, so that anyone may look at any time and stop when they like: I. Waudby-Smith, D. Arbour,
/// R. Sinha, E. H. Kennedy, A. Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", Annals of Statistics 2024
/// (arXiv 2103.06476).
/// </summary>
/// <remarks>They cost width: at the number of units they are tuned for about 1.55 times that of one look.</remarks>
public static class ConfidenceSequence
{
    /// <param name="units">n of both arms.</param>
    /// <param name="tuning">The number of units at which the sequence is tightest.</param>
    public static ConfidenceInterval Interval(
        double estimate, double error, long units, double alpha, double tuning, TestSides sides = TestSides.Both)
    {
        if (sides == TestSides.Both) return Interval(estimate, error, (double)units, alpha, tuning);
        double half = error * OneSidedWidth(units, alpha, tuning);
        return sides == TestSides.Greater
            ? new(estimate - half, double.PositiveInfinity, OneSidedPValue(estimate / error, units, alpha, tuning))
            : new(double.NegativeInfinity, estimate + half, OneSidedPValue(-estimate / error, units, alpha, tuning));
    }

    /// <param name="information">What the error shrinks by, in units.</param>
    internal static ConfidenceInterval Interval(double estimate, double error, double information, double alpha, double tuning)
    {
        double both = error * HalfWidth(information, alpha, tuning);
        return new(estimate - both, estimate + both, PValue(estimate, error, information, alpha, tuning));
    }

    /// <returns>In standard errors: √(2(nρ² + 1) / (nρ²) · ln(√(nρ² + 1) / α)), eq. 9.</returns>
    public static double HalfWidth(long units, double alpha, double tuning) => HalfWidth((double)units, alpha, tuning);

    private static double HalfWidth(double units, double alpha, double tuning)
    {
        double n = units * Rho2(alpha, tuning);
        return Math.Sqrt(2 * (n + 1) / n * Math.Log(Math.Sqrt(n + 1) / alpha));
    }

    /// <returns>In standard errors: √(2(nρ² + 1) / (nρ²) · ln(1 + √(nρ² + 1) / (2α))), eq. 134.</returns>
    public static double OneSidedWidth(long units, double alpha, double tuning)
    {
        double n = units * Rho2(2 * alpha, tuning);
        return Math.Sqrt(2 * (n + 1) / n * Math.Log(1 + (Math.Sqrt(n + 1) / (2 * alpha))));
    }

    /// <returns>1 / e-value, at most 1; the e-value is exp(nρ²z² / (2(nρ² + 1))) / √(nρ² + 1), eq. 155.</returns>
    private static double PValue(double estimate, double error, double units, double alpha, double tuning)
    {
        double n = units * Rho2(alpha, tuning), z = estimate / error;
        return Math.Min(1, Math.Sqrt(n + 1) * Math.Exp(-n * z * z / (2 * (n + 1))));
    }

    /// <returns>The level at which the one-sided bound touches 0 with the same ρ, at most ½.</returns>
    private static double OneSidedPValue(double z, long units, double alpha, double tuning)
    {
        if (!(z > 0)) return .5;
        double n = units * Rho2(2 * alpha, tuning);
        return Math.Min(.5, Math.Sqrt(n + 1) / (2 * (Math.Exp(n * z * z / (2 * (n + 1))) - 1)));
    }

    /// <returns>ρ² = (−2 ln α + ln(−2 ln α + 1)) / N, eq. 161.</returns>
    private static double Rho2(double alpha, double tuning)
    {
        double log = -2 * Math.Log(alpha);
        return (log + Math.Log(log + 1)) / tuning;
    }
}
