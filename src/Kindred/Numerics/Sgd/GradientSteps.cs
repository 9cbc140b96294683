using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics.Sgd;

/// <summary>The inner products that a pairwise step of a factor model begins with.</summary>
/// <param name="Margin">x·(y − z)</param>
/// <param name="SquaredX">|x|²</param>
/// <param name="SquaredDifference">|y − z|²</param>
internal readonly record struct PairDots(float Margin, float SquaredX, float SquaredDifference);

/// <summary>Gradient steps on rows of a factor model, each in one pass over its rows.</summary>
internal static unsafe class GradientSteps
{
    /// <param name="x">[d]</param>
    /// <param name="y">[d]</param>
    /// <param name="z">[d]</param>
    public static PairDots Compare(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> z)
    {
        Check(x, y);
        Check(x, z);
        fixed (float* a = x, b = y, c = z)
            return Vector512.IsHardwareAccelerated ? Compare<Simd512>(a, b, c, x.Length) : Compare<SimdNative>(a, b, c, x.Length);
    }

    /// <summary>
    /// x ← keep·x + along·(y − z), y ← keep·y + along·x, z ← keep·z − along·x, with the x, y, z from before on all right sides.
    /// </summary>
    /// <param name="x">[d]</param>
    /// <param name="y">[d]</param>
    /// <param name="z">[d]; not y.</param>
    public static void Pair(Span<float> x, Span<float> y, Span<float> z, Step forX, Step forY, Step forZ)
    {
        Check(x, y);
        Check(x, z);
        fixed (float* a = x, b = y, c = z)
        {
            if (Vector512.IsHardwareAccelerated) Pair<Simd512>(a, b, c, x.Length, forX, forY, forZ);
            else Pair<SimdNative>(a, b, c, x.Length, forX, forY, forZ);
        }
    }

    /// <summary>x ← keep·x + along·y, y ← keep·y + along·x, with the x and y from before on both right sides.</summary>
    /// <param name="x">[d]</param>
    /// <param name="y">[d]</param>
    public static void Point(Span<float> x, Span<float> y, Step forX, Step forY)
    {
        Check(x, y);
        fixed (float* a = x, b = y)
        {
            if (Vector512.IsHardwareAccelerated) Point<Simd512>(a, b, x.Length, forX, forY);
            else Point<SimdNative>(a, b, x.Length, forX, forY);
        }
    }

    private static void Check(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        if (x.Length != y.Length) throw new ArgumentException($"Lengths differ: {x.Length} and {y.Length}.", nameof(y));
    }

    /// <summary>How a row moves: row ← Keep·row + Along·direction.</summary>
    internal readonly record struct Step(float Keep, float Along);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static PairDots Compare<T>(float* x, float* y, float* z, int d) where T : struct, ISimd<T>
    {
        T margin = default, square = default, difference = default, minusOne = T.Broadcast(-1);
        int n = 0;
        for (; n + T.Count <= d; n += T.Count)
        {
            T a = T.Load(x + n), b = T.Load(y + n).Plus(minusOne, T.Load(z + n));
            margin = margin.Plus(a, b);
            square = square.Plus(a, a);
            difference = difference.Plus(b, b);
        }
        float m = margin.Sum(), u = square.Sum(), s = difference.Sum();
        for (; n < d; n++)
        {
            float b = y[n] - z[n];
            m += x[n] * b;
            u += x[n] * x[n];
            s += b * b;
        }
        return new(m, u, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Pair<T>(float* x, float* y, float* z, int d, Step forX, Step forY, Step forZ) where T : struct, ISimd<T>
    {
        T keepX = T.Broadcast(forX.Keep), alongX = T.Broadcast(forX.Along), minusOne = T.Broadcast(-1);
        T keepY = T.Broadcast(forY.Keep), alongY = T.Broadcast(forY.Along), keepZ = T.Broadcast(forZ.Keep),
            alongZ = T.Broadcast(-forZ.Along);
        int n = 0;
        for (; n + T.Count <= d; n += T.Count)
        {
            T a = T.Load(x + n), b = T.Load(y + n), c = T.Load(z + n);
            a.Times(keepX).Plus(alongX, b.Plus(minusOne, c)).Store(x + n);
            b.Times(keepY).Plus(alongY, a).Store(y + n);
            c.Times(keepZ).Plus(alongZ, a).Store(z + n);
        }
        for (; n < d; n++)
        {
            float a = x[n], b = y[n], c = z[n];
            x[n] = (a * forX.Keep) + (forX.Along * (b - c));
            y[n] = (b * forY.Keep) + (forY.Along * a);
            z[n] = (c * forZ.Keep) - (forZ.Along * a);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Point<T>(float* x, float* y, int d, Step forX, Step forY) where T : struct, ISimd<T>
    {
        T keepX = T.Broadcast(forX.Keep), alongX = T.Broadcast(forX.Along), keepY = T.Broadcast(forY.Keep),
        alongY = T.Broadcast(forY.Along);
        int n = 0;
        for (; n + T.Count <= d; n += T.Count)
        {
            T a = T.Load(x + n), b = T.Load(y + n);
            a.Times(keepX).Plus(alongX, b).Store(x + n);
            b.Times(keepY).Plus(alongY, a).Store(y + n);
        }
        for (; n < d; n++)
        {
            float a = x[n], b = y[n];
            x[n] = (a * forX.Keep) + (forX.Along * b);
            y[n] = (b * forY.Keep) + (forY.Along * a);
        }
    }
}
