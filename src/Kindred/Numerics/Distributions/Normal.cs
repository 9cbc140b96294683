namespace Kindred.Numerics.Distributions;

/// <summary>The standard normal distribution.</summary>
internal static class Normal
{
    private const double SeriesUpTo = 3;

    /// <returns>φ(x) = exp(−x²/2) / √(2π).</returns>
    public static double Density(double x) => Math.Exp(-.5 * x * x) / Math.Sqrt(2 * Math.PI);

    /// <returns>Φ(x) = P(X ≤ x).</returns>
    public static double Cdf(double x) => Survival(-x);

    /// <returns>P(X > x), accurate in the upper tail: relative error about 1e-13.</returns>
    /// <remarks>
    /// Near 0 the series x + x³/3 + x⁵/(3·5) + … (G. Marsaglia, "Evaluating the Normal Distribution", Journal of Statistical Software
    /// 2004), beyond 3 the continued fraction of Mills' ratio (M. Abramowitz, I. Stegun, 26.2.14), from its tail.
    /// </remarks>
    public static double Survival(double x)
    {
        if (double.IsNaN(x)) return double.NaN;
        if (x < -SeriesUpTo) return 1 - Survival(-x);
        if (x > SeriesUpTo)
        {
            double fraction = 0;
            for (int k = 120; k >= 1; k--) fraction = k / (x + fraction);
            return double.IsInfinity(x) ? 0 : Density(x) / (x + fraction);
        }
        double term = x, sum = x, square = x * x;
        for (int k = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); k += 2) sum += term *= square / k;
        return .5 - (sum * Density(x));
    }

    /// <returns>The x with Φ(x) = p: an approximation (Abramowitz and Stegun 26.2.23), then Newton's method on the smaller tail.</returns>
    /// <param name="p">From 0 to 1, whose quantiles are ∓∞.</param>
    public static double Quantile(double p)
    {
        if (p > .5) return UpperQuantile(1 - p);
        return -UpperQuantile(p);
    }

    /// <returns>The x with P(X > x) = tail. Accurate for the smallest tails.</returns>
    public static double UpperQuantile(double tail)
    {
        if (tail > .5) return -UpperQuantile(1 - tail);
        if (!(tail > 0)) return tail == 0 ? double.PositiveInfinity : double.NaN;
        double t = Math.Sqrt(-2 * Math.Log(tail));
        double x = t - ((2.515517 + (t * (.802853 + (t * .010328)))) / (1 + (t * (1.432788 + (t * (.189269 + (t * .001308)))))));
        for (int step = 0; step < 4; step++)
        {
            // Newton's step for log P(X > x), which is nearly straight far out
            double survival = Survival(x);
            x += Math.Log(survival / tail) * survival / Density(x);
        }
        return x;
    }
}
