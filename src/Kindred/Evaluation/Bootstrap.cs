using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Kindred.Numerics;

namespace Kindred.Evaluation;

/// <summary>
/// How far a mean over users would move if other users of the same kind had been asked: users are drawn with replacement, again and again.
/// B. Efron, "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 1979; intervals by percentiles.
/// </summary>
internal static class Bootstrap
{
    private const int BlockResamples = 8;

    /// <summary>The same draw of users serves every row, so rows stay paired.</summary>
    /// <param name="values">[rows][n], n ≥ 1; NaN: no value.</param>
    /// <returns>[rows][resamples], each row ascending: means over n values drawn with replacement; NaN where only missing ones were
    /// drawn.</returns>
    /// <remarks>Cost: resamples · n · (one random number + rows multiply-adds). Same seed, same bits, at any number of workers.</remarks>
    public static double[][] SortedMeans(double[][] values, int resamples, int seed, int workers, CancellationToken cancellation)
    {
        int n = values[0].Length;
        var means = new double[values.Length][];
        for (int row = 0; row < means.Length; row++) means[row] = new double[resamples];
        var rows = values.Select(Row.Of).ToArray();
        var root = new Rng((ulong)seed);
        Blocks.ForEach(resamples, BlockResamples, workers, () => new double[n], (_, first, end, counts) =>
        {
            for (int resample = first; resample < end; resample++)
            {
                var rng = root.Fork("bootstrap", resample);
                Array.Clear(counts);
                for (int draw = 0; draw < n; draw++) counts[rng.NextInt(n)]++;
                for (int row = 0; row < rows.Length; row++)
                    means[row][resample] = Dot(counts, rows[row].Values) / (rows[row].Present is { } present ? Dot(counts, present) : n);
            }
        }, cancellation);
        foreach (var row in means) Array.Sort(row);
        return means;
    }

    /// <param name="Values">[n], 0 for a missing one.</param>
    /// <param name="Present">[n], 1 for a value, 0 for a missing one; null: none is missing.</param>
    private readonly record struct Row(double[] Values, double[]? Present)
    {
        public static Row Of(double[] values) => Array.Exists(values, double.IsNaN)
            ? new([.. values.Select(v => double.IsNaN(v) ? 0 : v)], [.. values.Select(v => double.IsNaN(v) ? 0.0 : 1)])
            : new(values, null);
    }

    /// <returns>The interval that holds 95 % of the means.</returns>
    /// <param name="sorted">[resamples], ascending; NaN, which stands before all others, is left out.</param>
    public static (double Low, double High) Interval(double[] sorted)
    {
        var means = WithoutNaN(sorted);
        return (Quantile(means, .025), Quantile(means, .975));
    }

    /// <returns>What 95 % of the means are not below.</returns>
    /// <param name="sorted">As for <see cref="Interval"/>.</param>
    public static double OneSidedLow(double[] sorted) => Quantile(WithoutNaN(sorted), .05);

    private static ReadOnlySpan<double> WithoutNaN(double[] sorted)
    {
        int first = Array.FindIndex(sorted, mean => !double.IsNaN(mean));
        return first < 0 ? sorted : sorted.AsSpan(first);
    }

    /// <returns>Between two values in proportion (R. Hyndman, Y. Fan, "Sample Quantiles in Statistical Packages", 1996, type 7).</returns>
    private static double Quantile(ReadOnlySpan<double> sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }

    /// <remarks>Always four lanes and no fused operations: the same bits on every processor.</remarks>
    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ref double a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
        Vector256<double> s0 = default, s1 = default, s2 = default, s3 = default;
        int n = 0;
        for (; n + 16 <= x.Length; n += 16)
        {
            s0 += Vector256.LoadUnsafe(ref a, (nuint)n) * Vector256.LoadUnsafe(ref b, (nuint)n);
            s1 += Vector256.LoadUnsafe(ref a, (nuint)n + 4) * Vector256.LoadUnsafe(ref b, (nuint)n + 4);
            s2 += Vector256.LoadUnsafe(ref a, (nuint)n + 8) * Vector256.LoadUnsafe(ref b, (nuint)n + 8);
            s3 += Vector256.LoadUnsafe(ref a, (nuint)n + 12) * Vector256.LoadUnsafe(ref b, (nuint)n + 12);
        }
        var s = s0 + s1 + (s2 + s3);
        double sum = s[0] + s[1] + (s[2] + s[3]);
        for (; n < x.Length; n++) sum += x[n] * y[n];
        return sum;
    }
}
