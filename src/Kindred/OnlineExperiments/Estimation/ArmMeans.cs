using Kindred.OnlineExperiments.Metrics;

namespace Kindred.OnlineExperiments.Estimation;

/// <summary>The means of an arm's four numbers, and how sure they are.</summary>
/// <param name="Means">[4]</param>
/// <param name="Covariance">[4, 4] of the means, not of units.</param>
internal sealed record ArmMeans(long Count, double[] Means, double[,] Covariance)
{
    private const int Width = UnitSums.Width;

    /// <summary>Sums of squares of units that are all alike leave a smaller part of what they are made of.</summary>
    private const double Rounding = 1e-12;

    public static ArmMeans Of(UnitSums sums, bool isSample)
    {
        var means = new double[Width];
        var covariance = new double[Width, Width];
        for (int a = 0; a < Width; a++)
        {
            means[a] = sums.Mean(a);
            for (int b = 0; b < Width; b++) covariance[a, b] = sums.Covariance(a, b, isSample) / sums.Count;
        }
        return new(sums.Count, means, covariance);
    }

    /// <summary>Means as if the arm had each stratum in the given share.</summary>
    /// <param name="strata">Of one arm.</param>
    /// <param name="shares">Of both arms together.</param>
    public static ArmMeans Of(IReadOnlyList<ArmMeans> strata, IReadOnlyList<double> shares)
    {
        var means = new double[Width];
        var covariance = new double[Width, Width];
        for (int s = 0; s < strata.Count; s++)
            for (int a = 0; a < Width; a++)
            {
                means[a] += shares[s] * strata[s].Means[a];
                for (int b = 0; b < Width; b++) covariance[a, b] += shares[s] * shares[s] * strata[s].Covariance[a, b];
            }
        return new(strata.Sum(s => s.Count), means, covariance);
    }

    /// <summary>What is measured: numerator by denominator.</summary>
    public double Value => Means[0] / Means[1];

    /// <summary>The same, before the first exposure.</summary>
    public double Before => Means[2] / Means[3];

    /// <returns>Derivatives of a·<see cref="Value"/> + b·<see cref="Before"/> by the four means; a term whose factor is 0 is
    /// none.</returns>
    public double[] Gradient(double a, double b) =>
    [
        a / Means[1], -a * Means[0] / (Means[1] * Means[1]),
        b == 0 ? 0 : b / Means[3], b == 0 ? 0 : -b * Means[2] / (Means[3] * Means[3]),
    ];

    /// <returns>The covariance of two linear functions of the means.</returns>
    public double Covary(double[] first, double[] second)
    {
        double sum = 0;
        for (int a = 0; a < Width; a++)
            for (int b = 0; b < Width; b++) sum += first[a] * Covariance[a, b] * second[b];
        return sum;
    }

    /// <returns>0 where units are all alike, up to rounding.</returns>
    public double Variance(double[] gradient)
    {
        double variance = Covary(gradient, gradient), size = 0;
        for (int a = 0; a < Width; a++)
            for (int b = 0; b < Width; b++)
                size += Math.Abs(gradient[a] * gradient[b]) * (Math.Abs(Covariance[a, b]) + (Math.Abs(Means[a] * Means[b]) / Count));
        return Math.Abs(variance) <= Rounding * size ? 0 : variance;
    }
}
