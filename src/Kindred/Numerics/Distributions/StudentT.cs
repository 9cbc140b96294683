namespace Kindred.Numerics.Distributions;

/// <summary>The distribution of a mean that is divided by its own standard error: how rarely it lies so far from 0 by chance.</summary>
/// <remarks>Student, "The Probable Error of a Mean", Biometrika 1908.</remarks>
internal static class StudentT
{
    /// <summary>From so many degrees on it differs from the normal distribution by less than it is computed to.</summary>
    private const double Normal = 1e13;

    /// <returns>P(|T| ≥ |t|) = I(ν / (ν + t²); ν/2, 1/2), the regularized incomplete beta function; 1 where t is NaN.</returns>
    /// <param name="degrees">ν ≥ 1: degrees of freedom, which need not be whole; ∞: the normal distribution.</param>
    /// <remarks>Relative error: about 1e-12.</remarks>
    public static double PValue(double t, double degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        if (double.IsNaN(t)) return 1;
        if (degrees > Normal) return 2 * Distributions.Normal.Survival(Math.Abs(t));
        double a = degrees / 2.0, ratio = t * t / degrees;
        if (double.IsInfinity(ratio)) return 0;
        double x = 1 / (1 + ratio), y = ratio / (1 + ratio);
        // x^a·y^½ / B(a, ½), where 1 / B(a, ½) = Γ(a + ½) / (Γ(a)·√π)
        double front = Math.Exp(-a * double.LogP1(ratio)) * Math.Sqrt(y / Math.PI) * Gamma.HalfStepRatio(a);
        return x < (a + 1) / (a + 2.5) ? front * Beta.Fraction(a, .5, x) / a : 1 - (front * Beta.Fraction(.5, a, y) / .5);
    }

    /// <returns>The t that is exceeded with the chance <paramref name="tail"/>.</returns>
    /// <param name="tail">Above 0, at most ½: quantiles below the middle are the negative ones.</param>
    /// <remarks>Bisection on a bracket that doubles, from the normal quantile: no start is too bad for it.</remarks>
    public static double UpperQuantile(double tail, double degrees)
    {
        double low = 0, high = Math.Max(1, Distributions.Normal.UpperQuantile(tail));
        while (PValue(high, degrees) > 2 * tail && high < 1e150) (low, high) = (high, 2 * high);
        for (int step = 0; step < 200; step++)
        {
            double middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high) break;
            if (PValue(middle, degrees) > 2 * tail) low = middle;
            else high = middle;
        }
        return high;
    }
}
