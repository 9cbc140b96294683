using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tuning;

/// <summary>
/// A density over option coordinates from points: a kernel around each, and one uniform component.
/// E. Parzen, "On Estimation of a Probability Density Function and Mode", Annals of Mathematical Statistics 1962.
/// </summary>
/// <remarks>
///   p(x) = (u(x) + Σ points n: Π options d: k(x[d], n[d])) / (points + 1), u: uniform
///   numbers: k is a normal distribution cut off at the bounds, of width h = max(1.059·s·n^(−1/(d + 4)), range / min(100, n + 1)), where
///   s = min(standard deviation, interquartile range / 1.34), D. Scott, "Multivariate Density Estimation", 1992
///   choices: k = 1 − b for the point's own value, b / (choices − 1) for each other, J. Aitchison, C. Aitken, "Multivariate Binary
///   Discrimination by the Kernel Method", Biometrika 1976
/// Whole numbers are measured at their coordinate, as if they were real. Cost: points·options for each x.
/// </remarks>
internal sealed class ParzenDensity
{
    /// <summary>b.</summary>
    internal const double Spread = .2;

    private readonly IReadOnlyList<OptionRange> _ranges;
    private readonly double[][] _points;
    private readonly double[] _widths;
    private readonly double[] _logCut; // [points]: log of the product of the shares that the bounds leave of the kernels

    /// <param name="points">[points][options]</param>
    public ParzenDensity(IReadOnlyList<OptionRange> ranges, double[][] points)
    {
        (_ranges, _points) = (ranges, points);
        _widths = [.. ranges.Select((range, d) => range.Choices > 0 ? 0 : WidthOf(range, [.. points.Select(p => p[d])], ranges.Count))];
        _logCut = [.. points.Select(point => Enumerable.Range(0, ranges.Count).Where(d => ranges[d].Choices == 0).Sum(d =>
            Math.Log(
                NormalShareBelow((ranges[d].High - point[d]) / _widths[d]) - NormalShareBelow((ranges[d].Low - point[d]) / _widths[d]))))];
    }

    /// <returns>The logarithm of the density at x [options]; of a choice it is a probability.</returns>
    public double LogAt(ReadOnlySpan<double> x)
    {
        Span<double> terms = new double[_points.Length + 1];
        for (int n = 0; n < _points.Length; n++)
        {
            double term = -_logCut[n];
            for (int d = 0; d < x.Length; d++) term += LogKernel(d, x[d], _points[n][d]);
            terms[n] = term;
        }
        foreach (var range in _ranges) terms[^1] -= Math.Log(range.Choices > 0 ? range.Choices : range.High - range.Low);

        double max = double.NegativeInfinity, sum = 0;
        foreach (double term in terms) max = Math.Max(max, term);
        foreach (double term in terms) sum += Math.Exp(term - max);
        return max + Math.Log(sum) - Math.Log(terms.Length);
    }

    /// <returns>[options]: a point of this density, moved to values that the ranges have.</returns>
    public double[] Draw(Rng rng)
    {
        int component = rng.NextInt(_points.Length + 1);
        return [.. _ranges.Select((range, d) =>
            component == _points.Length ? range.Draw(rng) : DrawNear(range, d, _points[component][d], rng))];
    }

    private double DrawNear(OptionRange range, int d, double center, Rng rng)
    {
        if (range.Choices > 0)
        {
            if (range.Choices == 1 || rng.NextDouble() >= Spread) return center;
            int other = rng.NextInt(range.Choices - 1);
            return other < (int)center ? other : other + 1;
        }
        // The center is within the bounds and no kernel is wider than the range, so a third or more of the draws are within.
        double x;
        do x = center + (_widths[d] * rng.NextNormal());
        while (x < range.Low || x > range.High);
        return range.Snap(x);
    }

    private double LogKernel(int d, double x, double center)
    {
        int choices = _ranges[d].Choices;
        if (choices == 1) return 0;
        if (choices > 1) return Math.Log(x == center ? 1 - Spread : Spread / (choices - 1));
        double z = (x - center) / _widths[d];
        return (-.5 * z * z) - Math.Log(_widths[d] * Math.Sqrt(2 * Math.PI));
    }

    private static double WidthOf(OptionRange range, double[] values, int options)
    {
        double least = (range.High - range.Low) / Math.Min(100, values.Length + 1);
        if (values.Length < 2) return least;
        Array.Sort(values);
        double mean = values.Average(), deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
        double quartiles = QuantileOf(values, .75) - QuantileOf(values, .25);
        return Math.Max(least, 1.059 * Math.Min(deviation, quartiles / 1.34) * Math.Pow(values.Length, -1.0 / (options + 4)));
    }

    private static double QuantileOf(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return below + 1 == sorted.Length ? sorted[below] : sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below]));
    }

    /// <summary>Φ, to 1.5e-7: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 1964, 7.1.26.</summary>
    internal static double NormalShareBelow(double z)
    {
        double x = Math.Abs(z) / Math.Sqrt(2), t = 1 / (1 + (.3275911 * x));
        double polynomial = t * (.254829592 + (t * (-.284496736 + (t * (1.421413741 + (t * (-1.453152027 + (t * 1.061405429))))))));
        double tail = .5 * polynomial * Math.Exp(-x * x);
        return z < 0 ? tail : 1 - tail;
    }
}
