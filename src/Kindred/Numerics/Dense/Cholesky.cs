using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics.Dense;

/// <summary>
/// Solves A·x = b for a symmetric positive definite A by A = UᵀU.
/// G. H. Golub, C. F. Van Loan, "Matrix Computations", 4th ed. 2013, §4.2: left-looking by blocks of 8 rows.
/// </summary>
/// <remarks>
/// The block's update by all rows above it is one row of SYRK tiles with a minus sign, which is where the d³/3 multiply-adds go. The rest
/// is short chains of dependent operations, so they are kept short: the 8 by 8 on the diagonal is eliminated in registers, where a pivot
/// waits for one division and one multiply-add; what it does to the columns behind it, to the right-hand side and to the unit matrix waits
/// for nothing but its factors. In place of U's own 8 by 8 its inverse is kept, so that back substitution is products only.
/// </remarks>
internal static unsafe class Cholesky
{
    private const int Block = Syrk.TileRows;

    /// <param name="a">[d, d], row-major, upper triangle; overwritten.</param>
    /// <param name="d">A multiple of <see cref="Syrk.Padding"/>.</param>
    /// <param name="b">[d], overwritten by y of Uᵀy = b, so that afterwards b·x = y·y.</param>
    /// <param name="x">[d], overwritten; may not overlap <paramref name="b"/>.</param>
    /// <returns>False when a pivot is not positive: A is not positive definite, or not finite.</returns>
    public static bool TrySolve(float* a, int d, float* b, float* x)
    {
        Debug.Assert(d % Syrk.Padding == 0);
        return Vector512.IsHardwareAccelerated ? TrySolve<Simd512>(a, d, b, x) : TrySolve<SimdNative>(a, d, b, x);
    }

    private static bool TrySolve<T>(float* a, int d, float* b, float* x) where T : struct, ISimd<T>
    {
        float* factors = stackalloc float[Block * Block], scales = stackalloc float[Block];
        float* inverse = stackalloc float[Block * Block], rest = stackalloc float[Block];
        for (int p = 0; p < d; p += Block)
        {
            Syrk.AddTileRow(a, p, d, p, a, T.Broadcast(-1));
            float* rows = a + (p * d);
            var y = Eliminate(rows + p, d, Vector256.Load(b + p), factors, scales, out bool isPositive);
            if (!isPositive) return false;
            y.Store(b + p);
            // the widest register reaches back into the block itself, and into y
            int first = (p + Block) / T.Count * T.Count;
            TakeOut<T>(rows + first, d, d - first, factors, scales, b + p, b + first);
            y.Store(b + p);
            for (int t = 0; t < Block; t++) (Vector256<float>.One & Only(t)).Store(inverse + (t * Block));
            TakeOut<SimdNative>(inverse, Block, Block, factors, scales, b + p, rest);
            for (int t = 0; t < Block; t++) Vector256.Load(inverse + (t * Block)).Store(rows + (t * d) + p);
        }
        BackSubstitute<T>(a, d, b, x);
        return true;
    }

    // Gaussian elimination of the 8 by 8 on the diagonal and of its right-hand side: row i ← row i − f[j, i]·row j, f[j, i] = a[j, i] /
    // a[j, j].
    // Only the upper triangle is read; scales are 1 / √pivot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector256<float> Eliminate(float* block, int d, Vector256<float> b, float* factors, float* scales, out bool isPositive)
    {
        var a0 = Vector256.Load(block);
        var a1 = Vector256.Load(block + d);
        var a2 = Vector256.Load(block + (2 * d));
        var a3 = Vector256.Load(block + (3 * d));
        var a4 = Vector256.Load(block + (4 * d));
        var a5 = Vector256.Load(block + (5 * d));
        var a6 = Vector256.Load(block + (6 * d));
        var a7 = Vector256.Load(block + (7 * d));

        var pivots = a0;
        var reciprocal = Vector256<float>.One / Lane(a0, 0);
        b = TakeOut(b, 0, Keep(factors, 0, a0 * reciprocal));
        a1 = Less(
            a1, a0, 1, reciprocal); a2 = Less(a2, a0, 2, reciprocal); a3 = Less(a3, a0, 3, reciprocal); a4 = Less(a4, a0, 4, reciprocal);
        a5 = Less(a5, a0, 5, reciprocal); a6 = Less(a6, a0, 6, reciprocal); a7 = Less(a7, a0, 7, reciprocal);

        reciprocal = Vector256<float>.One / Lane(a1, 1);
        b = TakeOut(b, 1, Keep(factors, 1, a1 * reciprocal));
        a2 = Less(a2, a1, 2, reciprocal); a3 = Less(a3, a1, 3, reciprocal); a4 = Less(a4, a1, 4, reciprocal);
        a5 = Less(a5, a1, 5, reciprocal); a6 = Less(a6, a1, 6, reciprocal); a7 = Less(a7, a1, 7, reciprocal);

        reciprocal = Vector256<float>.One / Lane(a2, 2);
        b = TakeOut(b, 2, Keep(factors, 2, a2 * reciprocal));
        a3 = Less(a3, a2, 3, reciprocal); a4 = Less(a4, a2, 4, reciprocal); a5 = Less(a5, a2, 5, reciprocal);
        a6 = Less(a6, a2, 6, reciprocal); a7 = Less(a7, a2, 7, reciprocal);

        reciprocal = Vector256<float>.One / Lane(a3, 3);
        b = TakeOut(b, 3, Keep(factors, 3, a3 * reciprocal));
        a4 = Less(
            a4, a3, 4, reciprocal); a5 = Less(a5, a3, 5, reciprocal); a6 = Less(a6, a3, 6, reciprocal); a7 = Less(a7, a3, 7, reciprocal);

        reciprocal = Vector256<float>.One / Lane(a4, 4);
        b = TakeOut(b, 4, Keep(factors, 4, a4 * reciprocal));
        a5 = Less(a5, a4, 5, reciprocal); a6 = Less(a6, a4, 6, reciprocal); a7 = Less(a7, a4, 7, reciprocal);

        reciprocal = Vector256<float>.One / Lane(a5, 5);
        b = TakeOut(b, 5, Keep(factors, 5, a5 * reciprocal));
        a6 = Less(a6, a5, 6, reciprocal); a7 = Less(a7, a5, 7, reciprocal);

        reciprocal = Vector256<float>.One / Lane(a6, 6);
        b = TakeOut(b, 6, Keep(factors, 6, a6 * reciprocal));
        a7 = Less(a7, a6, 7, reciprocal);

        pivots = Vector256.ConditionalSelect(From(1), a1, pivots);
        pivots = Vector256.ConditionalSelect(From(2), a2, pivots);
        pivots = Vector256.ConditionalSelect(From(3), a3, pivots);
        pivots = Vector256.ConditionalSelect(From(4), a4, pivots);
        pivots = Vector256.ConditionalSelect(From(5), a5, pivots);
        pivots = Vector256.ConditionalSelect(From(6), a6, pivots);
        pivots = Vector256.ConditionalSelect(From(7), a7, pivots);
        isPositive = Vector256.GreaterThanAll(pivots, Vector256<float>.Zero)
            && Vector256.LessThanAll(pivots, Vector256.Create(float.PositiveInfinity));
        var scale = Vector256<float>.One / Vector256.Sqrt(pivots);
        scale.Store(scales);
        return b * scale;
    }

    // The same elimination of 8 other columns or more, scaled: behind the block, rows of U; of the unit matrix, row t is column t of the
    // inverse
    // of U's own 8 by 8. rest −= these rows, times their y.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TakeOut<T>(float* rows, int d, int columns, float* factors, float* scales, float* y, float* rest)
        where T : struct, ISimd<T>
    {
        T y0 = T.Broadcast(y[0]), y1 = T.Broadcast(y[1]), y2 = T.Broadcast(y[2]), y3 = T.Broadcast(y[3]);
        T y4 = T.Broadcast(y[4]), y5 = T.Broadcast(y[5]), y6 = T.Broadcast(y[6]), y7 = T.Broadcast(y[7]);
        for (int c = 0; c < columns; c += T.Count)
        {
            float* at = rows + c, f = factors;
            T u0 = T.Load(at), u1 = T.Load(at + d), u2 = T.Load(at + (2 * d)), u3 = T.Load(at + (3 * d));
            T u4 = T.Load(at + (4 * d)), u5 = T.Load(at + (5 * d)), u6 = T.Load(at + (6 * d)), u7 = T.Load(at + (7 * d));
            u1 = u1.Minus(T.Broadcast(f[1]), u0); u2 = u2.Minus(T.Broadcast(f[2]), u0); u3 = u3.Minus(T.Broadcast(f[3]), u0);
            u4 = u4.Minus(T.Broadcast(f[4]), u0); u5 = u5.Minus(
                T.Broadcast(f[5]), u0); u6 = u6.Minus(T.Broadcast(f[6]), u0); u7 = u7.Minus(T.Broadcast(f[7]), u0);
            f += Block;
            u2 = u2.Minus(T.Broadcast(f[2]), u1); u3 = u3.Minus(T.Broadcast(f[3]), u1); u4 = u4.Minus(T.Broadcast(f[4]), u1);
            u5 = u5.Minus(T.Broadcast(f[5]), u1); u6 = u6.Minus(T.Broadcast(f[6]), u1); u7 = u7.Minus(T.Broadcast(f[7]), u1);
            f += Block;
            u3 = u3.Minus(T.Broadcast(f[3]), u2); u4 = u4.Minus(T.Broadcast(f[4]), u2); u5 = u5.Minus(T.Broadcast(f[5]), u2);
            u6 = u6.Minus(T.Broadcast(f[6]), u2); u7 = u7.Minus(T.Broadcast(f[7]), u2);
            f += Block;
            u4 = u4.Minus(T.Broadcast(f[4]), u3); u5 = u5.Minus(
                T.Broadcast(f[5]), u3); u6 = u6.Minus(T.Broadcast(f[6]), u3); u7 = u7.Minus(T.Broadcast(f[7]), u3);
            f += Block;
            u5 = u5.Minus(T.Broadcast(f[5]), u4); u6 = u6.Minus(T.Broadcast(f[6]), u4); u7 = u7.Minus(T.Broadcast(f[7]), u4);
            f += Block;
            u6 = u6.Minus(T.Broadcast(f[6]), u5); u7 = u7.Minus(T.Broadcast(f[7]), u5);
            f += Block;
            u7 = u7.Minus(T.Broadcast(f[7]), u6);

            u0 = u0.Times(T.Broadcast(scales[0])); u1 =
                u1.Times(T.Broadcast(scales[1])); u2 = u2.Times(T.Broadcast(scales[2])); u3 = u3.Times(T.Broadcast(scales[3]));
            u4 = u4.Times(T.Broadcast(scales[4])); u5 =
                u5.Times(T.Broadcast(scales[5])); u6 = u6.Times(T.Broadcast(scales[6])); u7 = u7.Times(T.Broadcast(scales[7]));
            u0.Store(at); u1.Store(at + d); u2.Store(at + (2 * d)); u3.Store(at + (3 * d));
            u4.Store(at + (4 * d)); u5.Store(at + (5 * d)); u6.Store(at + (6 * d)); u7.Store(at + (7 * d));
            T even = T.Load(rest + c).Minus(y0, u0).Minus(y2, u2).Minus(y4, u4).Minus(y6, u6);
            T odd = default(T).Minus(y1, u1).Minus(y3, u3).Minus(y5, u5).Minus(y7, u7);
            even.Plus(odd, T.Broadcast(1)).Store(rest + c);
        }
    }

    // U·x = y: what is not solved yet is zero in x
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackSubstitute<T>(float* u, int d, float* y, float* x) where T : struct, ISimd<T>
    {
        new Span<float>(x, d).Clear();
        float* known = stackalloc float[Block];
        for (int p = d - Block; p >= 0; p -= Block)
        {
            SumKnown<T>(u + (p * d), d, (p + Block) / T.Count * T.Count, x, known);
            var rest = Vector256.Load(y + p) - Vector256.Create(Vector128.Load(known), Vector128.Load(known + 4));
            float* inverse = u + (p * d) + p;
            var even = Lane(rest, 0) * Vector256.Load(inverse);
            var odd = Lane(rest, 1) * Vector256.Load(inverse + d);
            even = Vector256.FusedMultiplyAdd(Lane(rest, 2), Vector256.Load(inverse + (2 * d)), even);
            odd = Vector256.FusedMultiplyAdd(Lane(rest, 3), Vector256.Load(inverse + (3 * d)), odd);
            even = Vector256.FusedMultiplyAdd(Lane(rest, 4), Vector256.Load(inverse + (4 * d)), even);
            odd = Vector256.FusedMultiplyAdd(Lane(rest, 5), Vector256.Load(inverse + (5 * d)), odd);
            even = Vector256.FusedMultiplyAdd(Lane(rest, 6), Vector256.Load(inverse + (6 * d)), even);
            odd = Vector256.FusedMultiplyAdd(Lane(rest, 7), Vector256.Load(inverse + (7 * d)), odd);
            (even + odd).Store(x + p);
        }
    }

    // known[8] = rows[8, first..d] · x[first..d]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumKnown<T>(float* rows, int d, int first, float* x, float* known) where T : struct, ISimd<T>
    {
        T s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (int c = first; c < d; c += T.Count)
        {
            T v = T.Load(x + c);
            float* at = rows + c;
            s0 = s0.Plus(T.Load(at), v);
            s1 = s1.Plus(T.Load(at + d), v);
            s2 = s2.Plus(T.Load(at + (2 * d)), v);
            s3 = s3.Plus(T.Load(at + (3 * d)), v);
            s4 = s4.Plus(T.Load(at + (4 * d)), v);
            s5 = s5.Plus(T.Load(at + (5 * d)), v);
            s6 = s6.Plus(T.Load(at + (6 * d)), v);
            s7 = s7.Plus(T.Load(at + (7 * d)), v);
        }
        T.StoreSums(s0, s1, s2, s3, known);
        T.StoreSums(s4, s5, s6, s7, known + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Lane(Vector256<float> v, int lane) => Vector256.Shuffle(v, Vector256.Create(lane));

    // row − row[lane of pivotRow]·pivotRow / pivot; the product does not wait for the division
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Less(Vector256<float> row, Vector256<float> pivotRow, int lane, Vector256<float> reciprocal) =>
        Vector256.FusedMultiplyAdd(-(Lane(pivotRow, lane) * pivotRow), reciprocal, row);

    // b[i] − f[i]·b[lane] for i > lane
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TakeOut(Vector256<float> b, int lane, Vector256<float> f) =>
        Vector256.FusedMultiplyAdd(-Lane(b, lane), f & From(lane + 1), b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Keep(float* factors, int row, Vector256<float> f)
    {
        f.Store(factors + (row * Block));
        return f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Only(int lane) => Vector256.Equals(Vector256<int>.Indices, Vector256.Create(lane)).AsSingle();

    // all bits set from a lane on
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> From(int lane) =>
        Vector256.GreaterThanOrEqual(Vector256<int>.Indices, Vector256.Create(lane)).AsSingle();
}
