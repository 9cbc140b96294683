using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics;

/// <summary>The inner products that a pairwise step of a factor model begins with.</summary>
/// <param name="Margin">x·(y − z)</param>
/// <param name="SquaredUser">|x|²</param>
/// <param name="SquaredDifference">|y − z|²</param>
internal readonly record struct PairDots(float Margin, float SquaredUser, float SquaredDifference);

/// <summary>Gradient steps on rows of a factor model, each in one pass over its rows.</summary>
internal static unsafe class GradientSteps
{
    /// <param name="x">[d]</param>
    /// <param name="y">[d]</param>
    /// <param name="z">[d]</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairDots Compare(float* x, float* y, float* z, int d) =>
        Vector512.IsHardwareAccelerated ? Compare<Simd512>(x, y, z, d) : Compare<SimdNative>(x, y, z, d);

    /// <summary>x ← keepX·x + stepX·(y − z), y ← keepY·y + stepY·x, z ← keepZ·z − stepZ·x, with the x, y, z from before on all right sides.</summary>
    /// <param name="x">[d]</param>
    /// <param name="y">[d]</param>
    /// <param name="z">[d]; not y.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pair(float* x, float* y, float* z, int d, Step forX, Step forY, Step forZ)
    {
        if (Vector512.IsHardwareAccelerated) Pair<Simd512>(x, y, z, d, forX, forY, forZ);
        else Pair<SimdNative>(x, y, z, d, forX, forY, forZ);
    }

    /// <summary>x ← keepX·x + stepX·y, y ← keepY·y + stepY·x, with the x and y from before on both right sides.</summary>
    /// <param name="x">[d]</param>
    /// <param name="y">[d]</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Point(float* x, float* y, int d, Step forX, Step forY)
    {
        if (Vector512.IsHardwareAccelerated) Point<Simd512>(x, y, d, forX, forY);
        else Point<SimdNative>(x, y, d, forX, forY);
    }

    /// <summary>How a row moves: row ← Keep·row + Along·direction.</summary>
    internal readonly record struct Step(float Keep, float Along);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static PairDots Compare<T>(float* x, float* y, float* z, int d) where T : struct, ISimd<T>
    {
        T margin = default, user = default, difference = default, minusOne = T.Broadcast(-1);
        int n = 0;
        for (; n + T.Count <= d; n += T.Count)
        {
            T a = T.Load(x + n), b = T.Load(y + n).Plus(minusOne, T.Load(z + n));
            margin = margin.Plus(a, b);
            user = user.Plus(a, a);
            difference = difference.Plus(b, b);
        }
        float m = margin.Sum(), u = user.Sum(), s = difference.Sum();
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
        T keepY = T.Broadcast(forY.Keep), alongY = T.Broadcast(forY.Along), keepZ = T.Broadcast(forZ.Keep), alongZ = T.Broadcast(-forZ.Along);
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
        T keepX = T.Broadcast(forX.Keep), alongX = T.Broadcast(forX.Along), keepY = T.Broadcast(forY.Keep), alongY = T.Broadcast(forY.Along);
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
