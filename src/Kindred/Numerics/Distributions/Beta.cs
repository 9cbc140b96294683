namespace Kindred.Numerics.Distributions;

/// <summary>The distribution of a rate after some successes and failures.</summary>
internal static class Beta
{
    /// <returns>P(X ≤ x) = I(x; a, b), the regularized incomplete beta function.</returns>
    /// <param name="a">Above 0: successes, with those of the prior.</param>
    /// <param name="b">Above 0: failures, likewise.</param>
    /// <remarks>Relative error of the smaller tail: about 1e-12. Cost: some hundred additions and multiplications.</remarks>
    public static double Below(double x, double a, double b)
    {
        if (!(a > 0)) throw new ArgumentOutOfRangeException(nameof(a), a, "must be above 0");
        if (!(b > 0)) throw new ArgumentOutOfRangeException(nameof(b), b, "must be above 0");
        if (!(x > 0)) return 0;
        if (x >= 1) return 1;
        double front = Math.Exp((a * Math.Log(x)) + (b * double.LogP1(-x)) + Gamma.Log(a + b) - Gamma.Log(a) - Gamma.Log(b));
        return x < (a + 1) / (a + b + 2) ? front * Fraction(a, b, x) / a : 1 - (front * Fraction(b, a, 1 - x) / b);
    }

    /// <summary>The incomplete beta function's continued fraction, by Lentz's method: "Numerical Recipes", 3rd ed. 2007, §6.4.</summary>
    public static double Fraction(double a, double b, double x)
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
