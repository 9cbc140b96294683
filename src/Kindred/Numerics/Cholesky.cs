using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics;

/// <summary>
/// A = UᵀU of a symmetric positive definite matrix, in place, and the solution of A·x = b.
/// G. H. Golub, C. F. Van Loan, "Matrix Computations", 4th ed. 2013, §4.2: left-looking by blocks of 8 rows.
/// </summary>
/// <remarks>
/// The block's update by all rows above it is one row of SYRK tiles with a minus sign, which is where the d³/3 multiply-adds go. The diagonal
/// of U is stored as its reciprocal, so that solving needs no division. Only the upper triangle of A is read; what stands below it is lost.
/// </remarks>
internal static unsafe class Cholesky
{
    private const int Block = Syrk.TileRows;

    /// <param name="a">[d, d], row-major, overwritten by U.</param>
    /// <param name="d">A multiple of <see cref="Syrk.Padding"/>.</param>
    /// <returns>False when a pivot is not positive: A is not positive definite, or not finite.</returns>
    public static bool TryFactor(float* a, int d)
    {
        Debug.Assert(d % Syrk.Padding == 0);
        return Vector512.IsHardwareAccelerated ? TryFactor<Simd512>(a, d) : TryFactor<SimdNative>(a, d);
    }

    /// <summary>Solves UᵀU·x = b.</summary>
    /// <param name="u">[d, d], from <see cref="TryFactor(float*, int)"/>.</param>
    /// <param name="b">[d], overwritten by y of Uᵀy = b.</param>
    /// <param name="x">[d], overwritten; may not overlap <paramref name="b"/>.</param>
    public static void Solve(float* u, int d, float* b, float* x)
    {
        if (Vector512.IsHardwareAccelerated) Solve<Simd512>(u, d, b, x);
        else Solve<SimdNative>(u, d, b, x);
    }

    private static bool TryFactor<T>(float* a, int d) where T : struct, ISimd<T>
    {
        for (int p = 0; p < d; p += Block)
        {
            Syrk.AddTileRow(a, p, d, p, a, T.Broadcast(-1));
            if (!TryFactorBlock<T>(a, d, p)) return false;
        }
        return true;
    }

    // Rows [p, p + 8), which no row above p concerns any more. Eliminated first and scaled afterwards: the next pivot waits for one division,
    // and the eight square roots do not wait for each other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryFactorBlock<T>(float* a, int d, int p) where T : struct, ISimd<T>
    {
        for (int j = p; j < p + Block; j++)
        {
            float* row = a + (j * d);
            float pivot = row[j];
            if (!(pivot > 0) || !float.IsFinite(pivot)) return false;
            float reciprocal = 1 / pivot;
            for (int i = j + 1; i < p + Block; i++)
            {
                float* below = a + (i * d);
                T factor = T.Broadcast(row[i] * reciprocal);
                for (int c = i / T.Count * T.Count; c < d; c += T.Count) T.Load(below + c).Minus(factor, T.Load(row + c)).Store(below + c);
            }
        }
        for (int j = p; j < p + Block; j++)
        {
            float* row = a + (j * d);
            float reciprocal = 1 / MathF.Sqrt(row[j]);
            T scale = T.Broadcast(reciprocal);
            for (int c = j / T.Count * T.Count; c < d; c += T.Count) T.Load(row + c).Times(scale).Store(row + c);
            row[j] = reciprocal;
            // back substitution multiplies these by zeros that stand for unknowns: they must be finite
            for (int c = p; c < j; c++) row[c] = 0;
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Solve<T>(float* u, int d, float* b, float* x) where T : struct, ISimd<T>
    {
        // Uᵀy = b, y into x: what is solved is taken out of the rest of b at once, so that the next unknown waits for one multiply-add
        for (int p = 0; p < d; p += Block)
        {
            for (int j = p; j < p + Block; j++)
            {
                float* row = u + (j * d);
                float y = b[j] * row[j];
                x[j] = y;
                for (int i = j + 1; i < p + Block; i++) b[i] -= row[i] * y;
            }
            float* rows = u + (p * d);
            for (int c = (p + Block) / T.Count * T.Count; c < d; c += T.Count)
            {
                T even = T.Load(b + c), odd = default;
                for (int t = 0; t < Block; t += 2)
                {
                    even = even.Minus(T.Broadcast(x[p + t]), T.Load(rows + (t * d) + c));
                    odd = odd.Minus(T.Broadcast(x[p + t + 1]), T.Load(rows + ((t + 1) * d) + c));
                }
                even.Plus(odd, T.Broadcast(1)).Store(b + c);
            }
        }
        // U·x = y, y in b: what is not solved yet is zero in x
        new Span<float>(x, d).CopyTo(new Span<float>(b, d));
        new Span<float>(x, d).Clear();
        float* rest = stackalloc float[Block];
        for (int p = d - Block; p >= 0; p -= Block)
        {
            SumKnown<T>(u + (p * d), d, (p + Block) / T.Count * T.Count, x, rest);
            for (int t = 0; t < Block; t++) rest[t] = b[p + t] - rest[t];
            for (int t = Block - 1; t >= 0; t--)
            {
                float* column = u + (p * d) + p + t;
                float value = rest[t] * column[t * d];
                x[p + t] = value;
                for (int i = 0; i < t; i++) rest[i] -= column[i * d] * value;
            }
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
        known[0] = s0.Sum();
        known[1] = s1.Sum();
        known[2] = s2.Sum();
        known[3] = s3.Sum();
        known[4] = s4.Sum();
        known[5] = s5.Sum();
        known[6] = s6.Sum();
        known[7] = s7.Sum();
    }
}
