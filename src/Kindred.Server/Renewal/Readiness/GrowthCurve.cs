using Kindred.Numerics;

namespace Kindred.Server.Renewal.Readiness;

/// <summary>What a model gained over popularity when there were fewer events.</summary>
/// <param name="Events">That it was trained on.</param>
/// <param name="Gain">Mean difference of NDCG@10; <paramref name="Low"/> and <paramref name="High"/>: of its 95 % interval.</param>
internal sealed record GrowthPoint(int Events, double Gain, double Low, double High, int Users);

/// <summary>
/// How a gain grows with the events n: a − b·n^−c, a power law towards what can be had at most. T. Viering, M. Loog, "The Shape of Learning
/// Curves: a Review", TPAMI 2023.
/// </summary>
/// <param name="B">At least 0: more events do no harm.</param>
internal readonly record struct GrowthCurve(double A, double B, double C)
{
    private const int Resamples = 400;

    /// <summary>In standard errors, from one end of a 95 % interval to the other.</summary>
    private const double Width = 2 * 1.959964;

    public double At(double events) => A - (B * Math.Pow(events, -C));

    /// <summary>The best in the sense of least squares, over a grid of C.</summary>
    /// <param name="points">Two or more.</param>
    public static GrowthCurve Fit(IReadOnlyList<(double Events, double Gain)> points)
    {
        double mean = points.Average(point => point.Gain);
        var best = new GrowthCurve(mean, 0, 1);
        double least = points.Sum(point => Square(point.Gain - mean));
        for (int step = 1; step <= 40; step++)
        {
            double c = .05 * step;
            // gain = A − B·x, a straight line in x = n^−c
            double[] x = [.. points.Select(point => Math.Pow(point.Events, -c))];
            double middle = x.Average(), spread = x.Sum(value => Square(value - middle));
            if (!(spread > 0)) continue;
            double slope = x.Zip(points).Sum(pair => (pair.First - middle) * (pair.Second.Gain - mean)) / spread;
            if (slope > 0) continue;
            var curve = new GrowthCurve(mean - (slope * middle), -slope, c);
            double error = points.Sum(point => Square(point.Gain - curve.At(point.Events)));
            if (error < least) (best, least) = (curve, error);
        }
        return best;
    }

    /// <summary>Fits again and again to gains that may as well have been measured.</summary>
    /// <returns>A curve for each; the same for the same seed.</returns>
    public static IReadOnlyList<GrowthCurve> Resampled(IReadOnlyList<GrowthPoint> points, int seed)
    {
        var root = new Rng((ulong)seed);
        return
        [
            .. Enumerable.Range(0, Resamples).Select(n =>
            {
                var rng = root.Fork("growth", n);
                return Fit([.. points.Select(point =>
                    ((double)point.Events, point.Gain + ((point.High - point.Low) / Width * rng.NextNormal())))]);
            }),
        ];
    }

    private static double Square(double value) => value * value;
}
