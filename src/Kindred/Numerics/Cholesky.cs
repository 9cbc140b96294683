using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics;

/// <summary>
/// Solves A·x = b for a symmetric positive definite A by A = UᵀU.
/// G. H. Golub, C. F. Van Loan, "Matrix Computations", 4th ed. 2013, §4.2: left-looking by blocks of 8 rows.
/// </summary>
/// <remarks>
/// The block's update by all rows above it is one row of SYRK tiles with a minus sign, which is where the d³/3 multiply-adds go. The rest is
/// short chains of dependent operations, so they are kept short: the right-hand side is eliminated with the rows, rows are scaled after they
/// are eliminated, and the diagonal of U is stored as its reciprocal.
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
        for (int p = 0; p < d; p += Block)
        {
            Syrk.AddTileRow(a, p, d, p, a, T.Broadcast(-1));
            if (!TryFactorBlock<T>(a, d, p, b)) return false;
            TakeOut<T>(a, d, p, b);
        }
        BackSubstitute<T>(a, d, b, x);
        return true;
    }

    // Rows [p, p + 8) of A and b, which no row above p concerns any more: elimination first, so that the next pivot waits for one division
    // only; then the scaling, whose square roots do not wait for each other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryFactorBlock<T>(float* a, int d, int p, float* b) where T : struct, ISimd<T>
    {
        for (int j = p; j < p + Block; j++)
        {
            float* row = a + (j * d);
            float pivot = row[j];
            if (!(pivot > 0) || !float.IsFinite(pivot)) return false;
            float reciprocal = 1 / pivot;
            for (int i = j + 1; i < p + Block; i++)
            {
                float factor = row[i] * reciprocal;
                T factors = T.Broadcast(factor);
                float* below = a + (i * d);
                for (int c = i / T.Count * T.Count; c < d; c += T.Count) T.Load(below + c).Minus(factors, T.Load(row + c)).Store(below + c);
                b[i] -= factor * b[j];
            }
        }
        for (int j = p; j < p + Block; j++)
        {
            float* row = a + (j * d);
            float reciprocal = 1 / MathF.Sqrt(row[j]);
            T scale = T.Broadcast(reciprocal);
            for (int c = j / T.Count * T.Count; c < d; c += T.Count) T.Load(row + c).Times(scale).Store(row + c);
            row[j] = reciprocal;
            b[j] *= reciprocal;
            // back substitution multiplies these by zeros that stand for unknowns: they must be finite
            for (int c = p; c < j; c++) row[c] = 0;
        }
        return true;
    }

    // b[p + 8..] −= the solved block's rows, times its y
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TakeOut<T>(float* u, int d, int p, float* b) where T : struct, ISimd<T>
    {
        float* rows = u + (p * d);
        float* y = stackalloc float[Block];
        for (int t = 0; t < Block; t++) y[t] = b[p + t];
        for (int c = (p + Block) / T.Count * T.Count; c < d; c += T.Count)
        {
            T even = T.Load(b + c), odd = default;
            for (int t = 0; t < Block; t += 2)
            {
                even = even.Minus(T.Broadcast(y[t]), T.Load(rows + (t * d) + c));
                odd = odd.Minus(T.Broadcast(y[t + 1]), T.Load(rows + ((t + 1) * d) + c));
            }
            even.Plus(odd, T.Broadcast(1)).Store(b + c);
        }
        // a register may reach back into the block itself
        for (int t = 0; t < Block; t++) b[p + t] = y[t];
    }

    // U·x = y: what is not solved yet is zero in x
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackSubstitute<T>(float* u, int d, float* y, float* x) where T : struct, ISimd<T>
    {
        new Span<float>(x, d).Clear();
        float* rest = stackalloc float[Block];
        for (int p = d - Block; p >= 0; p -= Block)
        {
            SumKnown<T>(u + (p * d), d, (p + Block) / T.Count * T.Count, x, rest);
            for (int t = 0; t < Block; t++) rest[t] = y[p + t] - rest[t];
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
