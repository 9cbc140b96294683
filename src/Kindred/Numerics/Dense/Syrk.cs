using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics.Dense;

/// <summary>
/// The symmetric rank-k update A ← A + WᵀW, upper triangle: where alternating least squares spends its time.
/// </summary>
/// <remarks>
/// W is a packed panel of rows. A is cut into tiles of 8 rows by up to 3 registers; a tile's 24 sums stay in registers while all rows of W
/// stream past, so that each row of W costs 11 loads for 24 multiply-adds. With 16 registers (AVX2) a tile is 8 by 1. Tiles on the diagonal
/// compute a few entries below it as well: what stands below the diagonal is unspecified.
/// </remarks>
internal static unsafe class Syrk
{
    /// <summary>Dimensions are padded to a multiple of this: the widest register.</summary>
    public const int Padding = 16;

    /// <summary>Rows of A that are computed together.</summary>
    public const int TileRows = 8;

    /// <summary>Memory for W and A of one thread.</summary>
    /// <remarks>
    /// They begin half a page apart: a processor takes a load for one of what was just stored where the lower 12 bits of both addresses
    /// agree, and waits; a tenth of the speed at 64 dimensions.
    /// </remarks>
    /// <returns>[rows, d] and [d, d], zeros.</returns>
    public static (Memory<float> W, Memory<float> A) Allocate(int rows, int d)
    {
        const int Page = 4096 / sizeof(float);
        int apart = (rows * d) + ((Page + (Page / 2) - (rows * d % Page)) % Page);
        var memory = AlignedMemory.Allocate<float>(apart + (d * d));
        return (memory[..(rows * d)], memory[apart..]);
    }

    /// <summary>upper(A) += WᵀW</summary>
    /// <param name="w">[rows, d]</param>
    /// <param name="d">A multiple of <see cref="Padding"/>.</param>
    /// <param name="a">[d, d], row-major.</param>
    public static void Add(float* w, int rows, int d, float* a)
    {
        for (int r = 0; r < d; r += TileRows) AddTileRow(w, rows, d, r, a);
    }

    /// <summary>The part of <see cref="Add"/> that concerns rows [r, r + 8) of A.</summary>
    /// <param name="r">A multiple of <see cref="TileRows"/>.</param>
    public static void AddTileRow(float* w, int rows, int d, int r, float* a)
    {
        Debug.Assert(d % Padding == 0 && r % TileRows == 0);
        if (Vector512.IsHardwareAccelerated) AddTileRow(w, rows, d, r, a, Simd512.Broadcast(1));
        else AddTileRow(w, rows, d, r, a, SimdNative.Broadcast(1));
    }

    /// <summary>Rows [r, r + 8) of A += sign·WᵀW, from the register that holds the diagonal to the end.</summary>
    /// <param name="r">A multiple of <see cref="TileRows"/>.</param>
    internal static void AddTileRow<T>(float* w, int rows, int d, int r, float* a, T sign) where T : struct, ISimd<T>
    {
        int c = r / T.Count * T.Count;
        int registers = (d - c) / T.Count;
        float* target = a + (r * d);
        if (T.Count == Simd512.Count)
        {
            // three at a time, but never leave one alone if it can be two and two
            for (; registers == 3 || registers > 4; registers -= 3, c += 3 * T.Count) Tile3(w + r, w + c, rows, d, target + c, sign);
            for (; registers >= 2; registers -= 2, c += 2 * T.Count) Tile2(w + r, w + c, rows, d, target + c, sign);
        }
        for (; registers > 0; registers--, c += T.Count) Tile1(w + r, w + c, rows, d, target + c, sign);
    }

    // a[8, 3 registers] += Σ over rows of left[8]ᵀ right[3 registers]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile3<T>(float* left, float* right, int rows, int d, float* a, T sign) where T : struct, ISimd<T>
    {
        T a00 = default, a01 = default, a02 = default;
        T a10 = default, a11 = default, a12 = default;
        T a20 = default, a21 = default, a22 = default;
        T a30 = default, a31 = default, a32 = default;
        T a40 = default, a41 = default, a42 = default;
        T a50 = default, a51 = default, a52 = default;
        T a60 = default, a61 = default, a62 = default;
        T a70 = default, a71 = default, a72 = default;
        for (int k = 0; k < rows; k++, left += d, right += d)
        {
            T r0 = T.Load(right), r1 = T.Load(right + T.Count), r2 = T.Load(right + (2 * T.Count));
            T l = T.Broadcast(left[0]);
            a00 = a00.Plus(l, r0); a01 = a01.Plus(l, r1); a02 = a02.Plus(l, r2);
            l = T.Broadcast(left[1]);
            a10 = a10.Plus(l, r0); a11 = a11.Plus(l, r1); a12 = a12.Plus(l, r2);
            l = T.Broadcast(left[2]);
            a20 = a20.Plus(l, r0); a21 = a21.Plus(l, r1); a22 = a22.Plus(l, r2);
            l = T.Broadcast(left[3]);
            a30 = a30.Plus(l, r0); a31 = a31.Plus(l, r1); a32 = a32.Plus(l, r2);
            l = T.Broadcast(left[4]);
            a40 = a40.Plus(l, r0); a41 = a41.Plus(l, r1); a42 = a42.Plus(l, r2);
            l = T.Broadcast(left[5]);
            a50 = a50.Plus(l, r0); a51 = a51.Plus(l, r1); a52 = a52.Plus(l, r2);
            l = T.Broadcast(left[6]);
            a60 = a60.Plus(l, r0); a61 = a61.Plus(l, r1); a62 = a62.Plus(l, r2);
            l = T.Broadcast(left[7]);
            a70 = a70.Plus(l, r0); a71 = a71.Plus(l, r1); a72 = a72.Plus(l, r2);
        }
        AddTo(a, sign, a00, a01, a02);
        AddTo(a + d, sign, a10, a11, a12);
        AddTo(a + (2 * d), sign, a20, a21, a22);
        AddTo(a + (3 * d), sign, a30, a31, a32);
        AddTo(a + (4 * d), sign, a40, a41, a42);
        AddTo(a + (5 * d), sign, a50, a51, a52);
        AddTo(a + (6 * d), sign, a60, a61, a62);
        AddTo(a + (7 * d), sign, a70, a71, a72);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile2<T>(float* left, float* right, int rows, int d, float* a, T sign) where T : struct, ISimd<T>
    {
        T a00 = default, a01 = default, a10 = default, a11 = default;
        T a20 = default, a21 = default, a30 = default, a31 = default;
        T a40 = default, a41 = default, a50 = default, a51 = default;
        T a60 = default, a61 = default, a70 = default, a71 = default;
        for (int k = 0; k < rows; k++, left += d, right += d)
        {
            T r0 = T.Load(right), r1 = T.Load(right + T.Count);
            T l = T.Broadcast(left[0]);
            a00 = a00.Plus(l, r0); a01 = a01.Plus(l, r1);
            l = T.Broadcast(left[1]);
            a10 = a10.Plus(l, r0); a11 = a11.Plus(l, r1);
            l = T.Broadcast(left[2]);
            a20 = a20.Plus(l, r0); a21 = a21.Plus(l, r1);
            l = T.Broadcast(left[3]);
            a30 = a30.Plus(l, r0); a31 = a31.Plus(l, r1);
            l = T.Broadcast(left[4]);
            a40 = a40.Plus(l, r0); a41 = a41.Plus(l, r1);
            l = T.Broadcast(left[5]);
            a50 = a50.Plus(l, r0); a51 = a51.Plus(l, r1);
            l = T.Broadcast(left[6]);
            a60 = a60.Plus(l, r0); a61 = a61.Plus(l, r1);
            l = T.Broadcast(left[7]);
            a70 = a70.Plus(l, r0); a71 = a71.Plus(l, r1);
        }
        AddTo(a, sign, a00, a01);
        AddTo(a + d, sign, a10, a11);
        AddTo(a + (2 * d), sign, a20, a21);
        AddTo(a + (3 * d), sign, a30, a31);
        AddTo(a + (4 * d), sign, a40, a41);
        AddTo(a + (5 * d), sign, a50, a51);
        AddTo(a + (6 * d), sign, a60, a61);
        AddTo(a + (7 * d), sign, a70, a71);
    }

    // eight sums would wait for each other: the rows of W at even and at odd places have sums of their own
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile1<T>(float* left, float* right, int rows, int d, float* a, T sign) where T : struct, ISimd<T>
    {
        T a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        T b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        int k = 0;
        for (; k + 2 <= rows; k += 2, left += 2 * d, right += 2 * d)
        {
            T even = T.Load(right), odd = T.Load(right + d);
            a0 = a0.Plus(T.Broadcast(left[0]), even); b0 = b0.Plus(T.Broadcast(left[d]), odd);
            a1 = a1.Plus(T.Broadcast(left[1]), even); b1 = b1.Plus(T.Broadcast(left[d + 1]), odd);
            a2 = a2.Plus(T.Broadcast(left[2]), even); b2 = b2.Plus(T.Broadcast(left[d + 2]), odd);
            a3 = a3.Plus(T.Broadcast(left[3]), even); b3 = b3.Plus(T.Broadcast(left[d + 3]), odd);
            a4 = a4.Plus(T.Broadcast(left[4]), even); b4 = b4.Plus(T.Broadcast(left[d + 4]), odd);
            a5 = a5.Plus(T.Broadcast(left[5]), even); b5 = b5.Plus(T.Broadcast(left[d + 5]), odd);
            a6 = a6.Plus(T.Broadcast(left[6]), even); b6 = b6.Plus(T.Broadcast(left[d + 6]), odd);
            a7 = a7.Plus(T.Broadcast(left[7]), even); b7 = b7.Plus(T.Broadcast(left[d + 7]), odd);
        }
        if (k < rows)
        {
            T last = T.Load(right);
            a0 = a0.Plus(T.Broadcast(left[0]), last); a1 = a1.Plus(T.Broadcast(left[1]), last);
            a2 = a2.Plus(T.Broadcast(left[2]), last); a3 = a3.Plus(T.Broadcast(left[3]), last);
            a4 = a4.Plus(T.Broadcast(left[4]), last); a5 = a5.Plus(T.Broadcast(left[5]), last);
            a6 = a6.Plus(T.Broadcast(left[6]), last); a7 = a7.Plus(T.Broadcast(left[7]), last);
        }
        AddBoth(a, sign, a0, b0);
        AddBoth(a + d, sign, a1, b1);
        AddBoth(a + (2 * d), sign, a2, b2);
        AddBoth(a + (3 * d), sign, a3, b3);
        AddBoth(a + (4 * d), sign, a4, b4);
        AddBoth(a + (5 * d), sign, a5, b5);
        AddBoth(a + (6 * d), sign, a6, b6);
        AddBoth(a + (7 * d), sign, a7, b7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddBoth<T>(float* a, T sign, T even, T odd) where T : struct, ISimd<T> =>
        T.Load(a).Plus(even, sign).Plus(odd, sign).Store(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo<T>(float* a, T sign, T first) where T : struct, ISimd<T> => T.Load(a).Plus(first, sign).Store(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo<T>(float* a, T sign, T first, T second) where T : struct, ISimd<T>
    {
        AddTo(a, sign, first);
        AddTo(a + T.Count, sign, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo<T>(float* a, T sign, T first, T second, T third) where T : struct, ISimd<T>
    {
        AddTo(a, sign, first, second);
        AddTo(a + (2 * T.Count), sign, third);
    }
}
