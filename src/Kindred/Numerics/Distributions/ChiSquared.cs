namespace Kindred.Numerics.Distributions;

/// <summary>The distribution of a sum of squares of independent standard normal variables.</summary>
internal static class ChiSquared
{
    private const double Tolerance = 1e-15;
    private const int MostTerms = 100_000;

    /// <returns>P(X > x) = Q(ν/2, x/2), the regularized incomplete gamma function.</returns>
    /// <param name="degrees">ν ≥ 1.</param>
    /// <remarks>
    /// Its series below the mean, its continued fraction above: "Numerical Recipes", 3rd ed. 2007, §6.2. Relative error about 1e-12.
    /// </remarks>
    public static double Survival(double x, int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        if (!(x > 0)) return double.IsNaN(x) ? double.NaN : 1;
        if (double.IsInfinity(x)) return 0;
        double a = degrees / 2.0, half = x / 2;
        double front = Math.Exp((a * Math.Log(half)) - half - Gamma.Log(a));
        return half < a + 1 ? 1 - (front * Series(a, half)) : front * Fraction(a, half);
    }

    private static double Series(double a, double x)
    {
        double term = 1 / a, sum = term;
        for (int n = 1; n < MostTerms && term > Tolerance * sum; n++) sum += term *= x / (a + n);
        return sum;
    }

    private static double Fraction(double a, double x)
    {
        double b = x + 1 - a, c = 1e300, d = 1 / b, value = d;
        for (int n = 1; n < MostTerms; n++)
        {
            double an = -n * (n - a);
            b += 2;
            d = 1 / ((an * d) + b);
            c = b + (an / c);
            value *= d * c;
            if (Math.Abs((d * c) - 1) < Tolerance) break;
        }
        return value;
    }
}
