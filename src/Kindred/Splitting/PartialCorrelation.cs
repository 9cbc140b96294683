namespace Kindred.Splitting;

/// <summary>
/// Partial rank correlation: how far x goes with y among rows that are alike in z. C. Spearman, "The Proof and Measurement of Association
/// between Two Things", 1904; M. Kendall, "Partial Rank Correlation", Biometrika 1942, in the form for Spearman's ρ.
/// </summary>
/// <remarks>ρ(xy·z) = (ρ(xy) − ρ(xz)·ρ(yz)) / √((1 − ρ(xz)²)(1 − ρ(yz)²)). Equal values share the mean of their ranks.</remarks>
internal static class PartialCorrelation
{
    /// <summary>Below this, 1 − ρ² is rounding: x or y says the same as z, and nothing is left to correlate.</summary>
    private const double Nothing = 1e-9;

    /// <param name="x">[rows], as are <paramref name="y"/> and <paramref name="z"/>.</param>
    /// <returns>From −1 to 1; 0 where x or y does not vary, or not apart from z.</returns>
    public static double Of(double[] x, double[] y, double[] z)
    {
        double[] rx = Ranks(x), ry = Ranks(y), rz = Ranks(z);
        double xy = Pearson(rx, ry), xz = Pearson(rx, rz), yz = Pearson(ry, rz);
        double left = (1 - (xz * xz)) * (1 - (yz * yz));
        return left < Nothing ? 0 : (xy - (xz * yz)) / Math.Sqrt(left);
    }

    /// <returns>[rows], from 1; equal values share their mean.</returns>
    internal static double[] Ranks(double[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length).OrderBy(n => values[n])];
        var ranks = new double[values.Length];
        for (int first = 0, end; first < order.Length; first = end)
        {
            for (end = first + 1; end < order.Length && values[order[end]] == values[order[first]];) end++;
            for (int n = first; n < end; n++) ranks[order[n]] = (first + end + 1) / 2.0;
        }
        return ranks;
    }

    private static double Pearson(double[] a, double[] b)
    {
        double meanA = a.Average(), meanB = b.Average(), ab = 0, aa = 0, bb = 0;
        for (int n = 0; n < a.Length; n++)
        {
            ab += (a[n] - meanA) * (b[n] - meanB);
            aa += (a[n] - meanA) * (a[n] - meanA);
            bb += (b[n] - meanB) * (b[n] - meanB);
        }
        return aa == 0 || bb == 0 ? 0 : ab / Math.Sqrt(aa * bb);
    }
}
