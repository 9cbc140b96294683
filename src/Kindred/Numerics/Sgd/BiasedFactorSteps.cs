using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Numerics.Sgd;

/// <summary>
/// Entries of a matrix, one run a row: run n is of row <c>Rows[n]</c> and has the entries <c>[Starts[n], Starts[n + 1])</c>.
/// </summary>
/// <param name="rows">[runs], rows of X.</param>
/// <param name="starts">[runs + 1]</param>
/// <param name="columns">[entries], rows of Y.</param>
/// <param name="values">[entries], less the mean.</param>
internal readonly ref struct EntryRuns(
    ReadOnlySpan<int> rows, ReadOnlySpan<int> starts, ReadOnlySpan<int> columns, ReadOnlySpan<float> values)
{
    public ReadOnlySpan<int> Rows { get; } = rows;

    public ReadOnlySpan<int> Starts { get; } = starts;

    public ReadOnlySpan<int> Columns { get; } = columns;

    public ReadOnlySpan<float> Values { get; } = values;
}

/// <summary>Steps of stochastic gradients on squared error with biases: the inner loop of a factorization of observed entries.</summary>
/// <remarks>
///   e = value − b(r) − b(c) − x·y
///   x ← x + rate·(e·y − λ·f(r)·x),  y ← y + rate·(e·x − λ·f(c)·y),  b ← b + rate·(e − λ′·f·b)
/// with what was before a step on its right sides. A row of X stays in the first-level cache for all of its run; what is read from further
/// away is the row of Y, and the processor asks for those of the steps to come while it computes. Cost of a step: 8·d flops.
/// </remarks>
internal static unsafe class BiasedFactorSteps
{
    /// <summary>Columns of factors are a multiple of this.</summary>
    public const int Padding = 16;

    /// <param name="Rate">The learning rate.</param>
    /// <param name="Penalty">λ</param>
    /// <param name="BiasPenalty">λ′</param>
    internal readonly record struct Step(float Rate, float Penalty, float BiasPenalty);

    /// <param name="x">[rows, d]; d a multiple of <see cref="Padding"/>.</param>
    /// <param name="xSides">[rows, 2]: b(r), f(r)</param>
    /// <param name="y">[columns, d]</param>
    /// <param name="ySides">[columns, 2]: b(c), f(c)</param>
    /// <returns>Σ e²</returns>
    public static double Learn(in EntryRuns runs, Matrix x, Matrix xSides, Matrix y, Matrix ySides, Step step)
    {
        if (x.Columns % Padding != 0 || y.Columns != x.Columns)
            throw new ArgumentException(
                $"Factors need the same multiple of {Padding} columns, but have {x.Columns} and {y.Columns}.", nameof(y));
        fixed (int* rows = runs.Rows, starts = runs.Starts, columns = runs.Columns)
        fixed (float* values = runs.Values, xs = x.Values.Span, ys = y.Values.Span, sides = xSides.Values.Span,
            others = ySides.Values.Span)
        {
            double loss = 0;
            for (int n = 0; n < runs.Rows.Length; n++)
            {
                if (n + 1 < runs.Rows.Length) Prefetch(xs + ((long)rows[n + 1] * x.Columns), x.Columns);
                float* row = xs + ((long)rows[n] * x.Columns), side = sides + (2L * rows[n]);
                int first = starts[n], count = starts[n + 1] - first;
                loss += Vector512.IsHardwareAccelerated
                    ? Run<Simd512>(row, side, columns + first, values + first, count, ys, others, x.Columns, step)
                    : Run<SimdNative>(row, side, columns + first, values + first, count, ys, others, x.Columns, step);
            }
            return loss;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double Run<T>(float* x, float* side, int* columns, float* values, int count, float* ys, float* others, int d, Step step)
        where T : struct, ISimd<T>
    {
        float bias = side[0], keepBias = 1 - (step.Rate * step.BiasPenalty * side[1]);
        T keepX = T.Broadcast(1 - (step.Rate * step.Penalty * side[1]));
        double loss = 0;
        for (int n = 0; n < count; n++)
        {
            float* y = ys + ((long)columns[n] * d), other = others + (2L * columns[n]);
            float error = values[n] - bias - other[0] - Dot<T>(x, y, d), along = step.Rate * error;
            loss += error * error;
            Move(x, y, d, keepX, T.Broadcast(1 - (step.Rate * step.Penalty * other[1])), T.Broadcast(along));
            bias = (keepBias * bias) + along;
            other[0] = ((1 - (step.Rate * step.BiasPenalty * other[1])) * other[0]) + along;
        }
        side[0] = bias;
        return loss;
    }

    // four sums: the latency of one multiply-add is hidden behind the others
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot<T>(float* x, float* y, int d) where T : struct, ISimd<T>
    {
        T s0 = default, s1 = default, s2 = default, s3 = default, one = T.Broadcast(1);
        int c = 0;
        for (; c + (4 * T.Count) <= d; c += 4 * T.Count)
        {
            s0 = s0.Plus(T.Load(x + c), T.Load(y + c));
            s1 = s1.Plus(T.Load(x + c + T.Count), T.Load(y + c + T.Count));
            s2 = s2.Plus(T.Load(x + c + (2 * T.Count)), T.Load(y + c + (2 * T.Count)));
            s3 = s3.Plus(T.Load(x + c + (3 * T.Count)), T.Load(y + c + (3 * T.Count)));
        }
        for (; c < d; c += T.Count) s0 = s0.Plus(T.Load(x + c), T.Load(y + c));
        return s0.Plus(one, s1).Plus(one, s2.Plus(one, s3)).Sum();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move<T>(float* x, float* y, int d, T keepX, T keepY, T along) where T : struct, ISimd<T>
    {
        int c = 0;
        for (; c + (4 * T.Count) <= d; c += 4 * T.Count)
        {
            Move(x + c, y + c, keepX, keepY, along);
            Move(x + c + T.Count, y + c + T.Count, keepX, keepY, along);
            Move(x + c + (2 * T.Count), y + c + (2 * T.Count), keepX, keepY, along);
            Move(x + c + (3 * T.Count), y + c + (3 * T.Count), keepX, keepY, along);
        }
        for (; c < d; c += T.Count) Move(x + c, y + c, keepX, keepY, along);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move<T>(float* x, float* y, T keepX, T keepY, T along) where T : struct, ISimd<T>
    {
        T a = T.Load(x), b = T.Load(y);
        a.Times(keepX).Plus(along, b).Store(x);
        b.Times(keepY).Plus(along, a).Store(y);
    }

    private static void Prefetch(float* row, int d)
    {
        if (!Sse.IsSupported) return;
        for (int c = 0; c < d; c += AlignedMemory.Alignment / sizeof(float)) Sse.Prefetch0(row + c);
    }
}
