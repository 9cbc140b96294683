namespace Kindred.Evaluation;

/// <summary>How rarely a mean lies so many standard errors from 0 by chance.</summary>
/// <remarks>Student, "The Probable Error of a Mean", Biometrika 1908.</remarks>
internal static class StudentT
{
    /// <returns>P(|T| ≥ |t|) = I(ν / (ν + t²); ν/2, 1/2), the regularized incomplete beta function; 1 where t is NaN.</returns>
    /// <param name="degrees">ν ≥ 1: degrees of freedom.</param>
    /// <remarks>Relative error: about 1e-12 up to a million degrees. Cost: a multiplication for each degree.</remarks>
    public static double PValue(double t, int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        if (double.IsNaN(t)) return 1;
        double a = degrees / 2.0, ratio = t * t / degrees;
        if (double.IsInfinity(ratio)) return 0;
        double x = 1 / (1 + ratio), y = ratio / (1 + ratio);
        // x^a·y^½ / B(a, ½), where 1 / B(a, ½) = Γ(a + ½) / (Γ(a)·√π)
        double front = Math.Exp(-a * double.LogP1(ratio)) * Math.Sqrt(y / Math.PI) * GammaRatio(degrees);
        return x < (a + 1) / (a + 2.5) ? front * Fraction(a, .5, x) / a : 1 - (front * Fraction(.5, a, y) / .5);
    }

    /// <returns>Γ((ν + 1) / 2) / Γ(ν / 2), from one degree to the next.</returns>
    private static double GammaRatio(int degrees)
    {
        double ratio = 1 / Math.Sqrt(Math.PI);
        for (int n = 1; n < degrees; n++) ratio = n / 2.0 / ratio;
        return ratio;
    }

    /// <summary>The incomplete beta function's continued fraction, by Lentz's method: "Numerical Recipes", 3rd ed. 2007, §6.4.</summary>
    private static double Fraction(double a, double b, double x)
    {
        const double Tiny = 1e-300, Tolerance = 1e-15;
        const int MostTerms = 10_000;
        static double Nonzero(double value) => Math.Abs(value) < Tiny ? Tiny : value;

        double c = 1, d = 1 / Nonzero(1 - ((a + b) * x / (a + 1))), value = d;
        for (int m = 1; m <= MostTerms; m++)
        {
            double even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            double odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / Nonzero(1 + (even * d));
            c = Nonzero(1 + (even / c));
            value *= d * c;
            d = 1 / Nonzero(1 + (odd * d));
            c = Nonzero(1 + (odd / c));
            value *= d * c;
            if (Math.Abs((d * c) - 1) < Tolerance) break;
        }
        return value;
    }
}
