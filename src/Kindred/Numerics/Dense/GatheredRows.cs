using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Numerics.Dense;

/// <summary>Products with chosen rows of a matrix, where they lie: nothing is copied.</summary>
/// <remarks>
/// A few rows at a time, as many as stay in the first-level cache between one product and the next. Only the first pass over the rows of a
/// large matrix asks for them ahead; to ask for what is in a cache already cost a third of the time.
/// </remarks>
internal static unsafe class GatheredRows
{
    private const int MaximumRows = 64, CachedFloats = 4096;

    // Rows asked for before they are used, where the matrix has more floats than a core's second-level cache and its share of the third.
    private const int RowsAhead = 16, ColdFloats = 4 << 20;

    /// <summary>products[n] ← y(n)·x</summary>
    /// <param name="y">[any, d]</param>
    /// <param name="rows">[n], which rows of <paramref name="y"/>.</param>
    /// <param name="first">The first column of <paramref name="y"/> that counts; as many as x has values.</param>
    /// <param name="x">[≤ d]</param>
    /// <param name="products">[n], overwritten.</param>
    public static void Multiply(Matrix y, ReadOnlySpan<int> rows, int first, ReadOnlySpan<float> x, Span<float> products)
    {
        float** sources = stackalloc float*[MaximumRows];
        int step = RowsAtATime(x.Length);
        fixed (float* from = y.Values.Span, vector = x, to = products[..rows.Length])
        {
            for (int n = 0; n < rows.Length; n += step)
            {
                int count = Gather(from + first, y.Columns, rows, n, step, sources);
                Multiply(sources, count, vector, x.Length, to + n);
            }
        }
    }

    /// <summary>
    /// sum ← sum + Σ w·(y·x)·y over the chosen rows y: the product with a matrix of normal equations that is never formed.
    /// </summary>
    /// <param name="weights">[n]</param>
    /// <param name="x">[d]</param>
    /// <param name="sum">[d]</param>
    public static void AddProduct(Matrix y, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, ReadOnlySpan<float> x, Span<float> sum)
    {
        float** sources = stackalloc float*[MaximumRows];
        float* factors = stackalloc float[MaximumRows];
        int d = x.Length, step = RowsAtATime(d);
        fixed (float* from = y.Values.Span, vector = x, to = sum[..d])
        {
            for (int n = 0; n < rows.Length; n += step)
            {
                int count = Gather(from, d, rows, n, step, sources);
                Multiply(sources, count, vector, d, factors);
                for (int k = 0; k < count; k++) factors[k] *= weights[n + k];
                Add(sources, factors, count, to, d);
            }
        }
    }

    /// <summary>The residual of normal equations: sum ← sum + Σ (t − w·(y·x))·y, and what x is worth.</summary>
    /// <param name="weights">[n], w.</param>
    /// <param name="targets">[n], t.</param>
    /// <param name="x">[d]</param>
    /// <param name="sum">[d]</param>
    /// <returns>Σ w·(y·x)² − 2·t·(y·x)</returns>
    public static double AddResidual(
        Matrix y, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, ReadOnlySpan<float> targets, ReadOnlySpan<float> x, Span<float> sum)
    {
        float** sources = stackalloc float*[MaximumRows];
        float* factors = stackalloc float[MaximumRows];
        int d = x.Length, step = RowsAtATime(d);
        bool cold = y.Values.Length > ColdFloats;
        double value = 0;
        fixed (float* from = y.Values.Span, vector = x, to = sum[..d])
        {
            for (int n = 0; n < rows.Length; n += step)
            {
                int count = Gather(from, d, rows, n, step, sources);
                if (cold) MultiplyAhead(from, rows[n..], sources, count, vector, d, factors);
                else Multiply(sources, count, vector, d, factors);
                for (int k = 0; k < count; k++)
                {
                    float product = factors[k], weighted = weights[n + k] * product;
                    value += product * ((double)weighted - (2 * targets[n + k]));
                    factors[k] = targets[n + k] - weighted;
                }
                Add(sources, factors, count, to, d);
            }
        }
        return value;
    }

    /// <summary>sum ← sum + Σ factor·y over the chosen rows y</summary>
    /// <param name="y">[any, ≥ d]</param>
    /// <param name="factors">[rows]</param>
    /// <param name="sum">[d]</param>
    public static void AddSum(Matrix y, ReadOnlySpan<int> rows, ReadOnlySpan<float> factors, Span<float> sum)
    {
        float** sources = stackalloc float*[MaximumRows];
        fixed (float* from = y.Values.Span, by = factors[..rows.Length], to = sum)
        {
            for (int n = 0; n < rows.Length; n += MaximumRows)
            {
                int count = Gather(from, y.Columns, rows, n, MaximumRows, sources);
                Add(sources, by + n, count, to, sum.Length);
            }
        }
    }

    /// <summary>sum ← sum + x·A</summary>
    /// <param name="a">[rows, d]</param>
    /// <param name="x">[rows]</param>
    /// <param name="sum">[d]</param>
    public static void AddRows(Matrix a, ReadOnlySpan<float> x, Span<float> sum)
    {
        float** sources = stackalloc float*[MaximumRows];
        fixed (float* from = a.Values.Span, factors = x[..a.Rows], to = sum[..a.Columns])
        {
            for (int n = 0; n < a.Rows; n += MaximumRows)
            {
                int count = Math.Min(MaximumRows, a.Rows - n);
                for (int k = 0; k < count; k++) sources[k] = from + ((long)(n + k) * a.Columns);
                Add(sources, factors + n, count, to, a.Columns);
            }
        }
    }

    private static int RowsAtATime(int length) => Math.Clamp(CachedFloats / Math.Max(1, length), 4, MaximumRows);

    // sources ← where rows [n, n + step) begin
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Gather(float* from, int stride, ReadOnlySpan<int> rows, int n, int step, float** sources)
    {
        int count = Math.Min(step, rows.Length - n);
        for (int k = 0; k < count; k++) sources[k] = from + ((long)rows[n + k] * stride);
        return count;
    }

    // Multiply, while the rows that come next are on their way
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAhead(float* from, ReadOnlySpan<int> rows, float** sources, int count, float* x, int d, float* products)
    {
        for (int k = 0; k < count; k += RowsAhead)
        {
            foreach (int row in rows[Math.Min(rows.Length, k + RowsAhead)..Math.Min(rows.Length, k + (2 * RowsAhead))])
                Prefetch(from + ((long)row * d), d);
            Multiply(sources + k, Math.Min(RowsAhead, count - k), x, d, products + k);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* row, int d)
    {
        if (!Sse.IsSupported) return;
        for (int c = 0; c < d; c += AlignedMemory.Alignment / sizeof(float)) Sse.Prefetch1(row + c);
    }

    private static void Multiply(float** sources, int count, float* x, int d, float* products)
    {
        if (Vector512.IsHardwareAccelerated) Multiply<Simd512>(sources, count, x, d, products);
        else Multiply<SimdNative>(sources, count, x, d, products);
    }

    private static void Add(float** sources, float* factors, int count, float* sum, int d)
    {
        if (Vector512.IsHardwareAccelerated) Add<Simd512>(sources, factors, count, sum, d);
        else Add<SimdNative>(sources, factors, count, sum, d);
    }

    // four rows at a time, so that x is loaded once for them and their sums do not wait for each other
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<T>(float** sources, int count, float* x, int d, float* products) where T : struct, ISimd<T>
    {
        int n = 0;
        for (; n + 4 <= count; n += 4)
        {
            float* y0 = sources[n], y1 = sources[n + 1], y2 = sources[n + 2], y3 = sources[n + 3];
            T s0 = default, s1 = default, s2 = default, s3 = default;
            int c = 0;
            for (; c + T.Count <= d; c += T.Count)
            {
                T v = T.Load(x + c);
                s0 = s0.Plus(T.Load(y0 + c), v);
                s1 = s1.Plus(T.Load(y1 + c), v);
                s2 = s2.Plus(T.Load(y2 + c), v);
                s3 = s3.Plus(T.Load(y3 + c), v);
            }
            T.StoreSums(s0, s1, s2, s3, products + n);
            for (; c < d; c++)
            {
                products[n] += y0[c] * x[c];
                products[n + 1] += y1[c] * x[c];
                products[n + 2] += y2[c] * x[c];
                products[n + 3] += y3[c] * x[c];
            }
        }
        for (; n < count; n++) products[n] = Kernels.Dot(new(sources[n], d), new(x, d));
    }

    // sum ← sum + Σ factors[n]·source[n]; four registers at a time, so that the sums stay in registers
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<T>(float** sources, float* factors, int count, float* sum, int d) where T : struct, ISimd<T>
    {
        int c = 0;
        for (; c + (4 * T.Count) <= d; c += 4 * T.Count)
        {
            T s0 = T.Load(sum + c), s1 = T.Load(sum + c + T.Count), s2 = T.Load(sum + c + (2 * T.Count)),
            s3 = T.Load(sum + c + (3 * T.Count));
            for (int n = 0; n < count; n++)
            {
                T factor = T.Broadcast(factors[n]);
                float* source = sources[n] + c;
                s0 = s0.Plus(factor, T.Load(source));
                s1 = s1.Plus(factor, T.Load(source + T.Count));
                s2 = s2.Plus(factor, T.Load(source + (2 * T.Count)));
                s3 = s3.Plus(factor, T.Load(source + (3 * T.Count)));
            }
            s0.Store(sum + c);
            s1.Store(sum + c + T.Count);
            s2.Store(sum + c + (2 * T.Count));
            s3.Store(sum + c + (3 * T.Count));
        }
        for (; c + T.Count <= d; c += T.Count)
        {
            T s = T.Load(sum + c);
            for (int n = 0; n < count; n++) s = s.Plus(T.Broadcast(factors[n]), T.Load(sources[n] + c));
            s.Store(sum + c);
        }
        for (; c < d; c++)
            for (int n = 0; n < count; n++) sum[c] += factors[n] * sources[n][c];
    }
}
