using System.Runtime.CompilerServices;

namespace Kindred.Numerics.Sgd;

/// <summary>
/// The exact minimum of a squared error along one coordinate of a factorization machine, or a draw around it, in two passes over the rows
/// that hold it.
/// </summary>
/// <remarks>
/// The score is linear in each coordinate: its slope in a row is h = x for a weight, h = x·(q − x·θ) for a factor, q = Σ x·v of that factor
/// over the row. So θ* = (θ·Σh² − Σe·h) / (Σh² + λ) + z / √(Σh² + λ), and e and q move along. e and q of a row lie side by side: one
/// line of the cache. Where a column has the same value in all rows it is left out.
/// </remarks>
internal static unsafe class CoordinateSteps
{
    /// <returns>θ*; errors have moved to it.</returns>
    /// <param name="pairs">[all rows, 2]: e, the error; q.</param>
    /// <param name="rows">[n], those that hold the column.</param>
    /// <param name="values">[n], x; empty: all are 1.</param>
    public static float Weight(Span<float> pairs, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, float theta, in CoordinatePrior prior)
    {
        double errors = 0, squares = 0;
        for (int n = 0; n < rows.Length; n++)
        {
            float x = values.IsEmpty ? 1 : values[n];
            errors += pairs[2 * rows[n]] * x;
            squares += x * x;
        }
        float next = Next(theta, errors, squares, prior), step = next - theta;
        for (int n = 0; n < rows.Length; n++) pairs[2 * rows[n]] += step * (values.IsEmpty ? 1 : values[n]);
        return next;
    }

    /// <returns>θ*; errors and q have moved to it.</returns>
    public static float Factor(Span<float> pairs, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, float theta, in CoordinatePrior prior)
    {
        fixed (float* pair = pairs, x = values)
        fixed (int* row = rows)
            return values.IsEmpty ? Ones(pair, row, rows.Length, theta, prior) : Any(pair, row, x, rows.Length, theta, prior);
    }

    // four sums each, so that they do not wait for each other
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Ones(float* pairs, int* rows, int count, float theta, in CoordinatePrior prior)
    {
        float e0 = 0, e1 = 0, e2 = 0, e3 = 0, s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int n = 0;
        for (; n + 4 <= count; n += 4)
        {
            float* p0 = pairs + (2L * rows[n]), p1 = pairs + (2L * rows[n + 1]), p2 = pairs + (2L * rows[n + 2]), p3 = pairs
                + (2L * rows[n + 3]);
            float h0 = p0[1] - theta, h1 = p1[1] - theta, h2 = p2[1] - theta, h3 = p3[1] - theta;
            e0 += p0[0] * h0;
            e1 += p1[0] * h1;
            e2 += p2[0] * h2;
            e3 += p3[0] * h3;
            s0 += h0 * h0;
            s1 += h1 * h1;
            s2 += h2 * h2;
            s3 += h3 * h3;
        }
        for (; n < count; n++)
        {
            float* p = pairs + (2L * rows[n]);
            float h = p[1] - theta;
            e0 += p[0] * h;
            s0 += h * h;
        }
        float next = Next(theta, (double)(e0 + e1) + (e2 + e3), (double)(s0 + s1) + (s2 + s3), prior), step = next - theta;
        for (n = 0; n < count; n++)
        {
            float* p = pairs + (2L * rows[n]);
            p[0] += step * (p[1] - theta);
            p[1] += step;
        }
        return next;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Any(float* pairs, int* rows, float* x, int count, float theta, in CoordinatePrior prior)
    {
        float e0 = 0, e1 = 0, s0 = 0, s1 = 0;
        int n = 0;
        for (; n + 2 <= count; n += 2)
        {
            float* p0 = pairs + (2L * rows[n]), p1 = pairs + (2L * rows[n + 1]);
            float h0 = x[n] * (p0[1] - (x[n] * theta)), h1 = x[n + 1] * (p1[1] - (x[n + 1] * theta));
            e0 += p0[0] * h0;
            e1 += p1[0] * h1;
            s0 += h0 * h0;
            s1 += h1 * h1;
        }
        if (n < count)
        {
            float* p = pairs + (2L * rows[n]);
            float h = x[n] * (p[1] - (x[n] * theta));
            e0 += p[0] * h;
            s0 += h * h;
        }
        float next = Next(theta, (double)e0 + e1, (double)s0 + s1, prior), step = next - theta;
        for (n = 0; n < count; n++)
        {
            float* p = pairs + (2L * rows[n]);
            p[0] += step * x[n] * (p[1] - (x[n] * theta));
            p[1] += step * x[n];
        }
        return next;
    }

    /// <returns>θ*, by the sums over the rows; a column that changes no score stays where it is, unless it is penalized.</returns>
    public static float Next(float theta, double errors, double squares, in CoordinatePrior prior)
    {
        double precision = squares + prior.Penalty;
        if (!(precision > 0)) return theta;
        return (float)((((theta * squares) - errors) / precision) + (prior.Noise / Math.Sqrt(precision)));
    }
}

/// <summary>What is known of a coordinate before any row.</summary>
/// <param name="Penalty">λ, in units of the rows' precision.</param>
/// <param name="Noise">z, how far it is drawn from the minimum, in standard deviations of a row's error; 0: the minimum itself.</param>
internal readonly record struct CoordinatePrior(float Penalty, float Noise = 0);
