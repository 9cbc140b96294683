using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics.Search;

/// <summary>
/// The inner products of 8 queries with 3 registers of rows: the tile that all exact scoring is made of.
/// </summary>
/// <remarks>
/// Queries are packed [d, 8] and rows [d, 3 registers], so that one dimension costs 11 loads for 24 multiply-adds whose sums stay in
/// registers. With 16 registers (AVX2) a tile is done in two halves of 4 queries. Every score is one chain of fused multiply-adds over the
/// dimensions in order: its bits depend neither on its place in a tile nor on the width of a register.
/// </remarks>
internal static unsafe class InnerProductTile
{
    /// <summary>Queries in a tile.</summary>
    public const int Queries = 8;

    /// <summary>Rows in a tile: 3 registers of the widest kind that this machine has.</summary>
    public static int Rows => 3 * (Vector512.IsHardwareAccelerated ? Simd512.Count : SimdNative.Count);

    /// <param name="queries">[d, 8]</param>
    /// <param name="used">How many of the queries are there; the scores of the others are unspecified.</param>
    /// <param name="rows">[d, 3 registers]</param>
    /// <param name="scores">[8, 3 registers], overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<T>(float* queries, int used, float* rows, int d, float* scores) where T : struct, ISimd<T>
    {
        if (T.Count == Simd512.Count && used > 4)
        {
            Tile8<T>(queries, rows, d, scores);
            return;
        }
        Tile4<T>(queries, rows, d, scores);
        if (used > 4) Tile4<T>(queries + 4, rows, d, scores + (4 * 3 * T.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile8<T>(float* queries, float* rows, int d, float* scores) where T : struct, ISimd<T>
    {
        T a00 = default, a01 = default, a02 = default;
        T a10 = default, a11 = default, a12 = default;
        T a20 = default, a21 = default, a22 = default;
        T a30 = default, a31 = default, a32 = default;
        T a40 = default, a41 = default, a42 = default;
        T a50 = default, a51 = default, a52 = default;
        T a60 = default, a61 = default, a62 = default;
        T a70 = default, a71 = default, a72 = default;
        for (int k = 0; k < d; k++, queries += Queries, rows += 3 * T.Count)
        {
            T i0 = T.Load(rows), i1 = T.Load(rows + T.Count), i2 = T.Load(rows + (2 * T.Count));
            T u = T.Broadcast(queries[0]);
            a00 = a00.Plus(u, i0); a01 = a01.Plus(u, i1); a02 = a02.Plus(u, i2);
            u = T.Broadcast(queries[1]);
            a10 = a10.Plus(u, i0); a11 = a11.Plus(u, i1); a12 = a12.Plus(u, i2);
            u = T.Broadcast(queries[2]);
            a20 = a20.Plus(u, i0); a21 = a21.Plus(u, i1); a22 = a22.Plus(u, i2);
            u = T.Broadcast(queries[3]);
            a30 = a30.Plus(u, i0); a31 = a31.Plus(u, i1); a32 = a32.Plus(u, i2);
            u = T.Broadcast(queries[4]);
            a40 = a40.Plus(u, i0); a41 = a41.Plus(u, i1); a42 = a42.Plus(u, i2);
            u = T.Broadcast(queries[5]);
            a50 = a50.Plus(u, i0); a51 = a51.Plus(u, i1); a52 = a52.Plus(u, i2);
            u = T.Broadcast(queries[6]);
            a60 = a60.Plus(u, i0); a61 = a61.Plus(u, i1); a62 = a62.Plus(u, i2);
            u = T.Broadcast(queries[7]);
            a70 = a70.Plus(u, i0); a71 = a71.Plus(u, i1); a72 = a72.Plus(u, i2);
        }
        Store(scores, 0, a00, a01, a02);
        Store(scores, 1, a10, a11, a12);
        Store(scores, 2, a20, a21, a22);
        Store(scores, 3, a30, a31, a32);
        Store(scores, 4, a40, a41, a42);
        Store(scores, 5, a50, a51, a52);
        Store(scores, 6, a60, a61, a62);
        Store(scores, 7, a70, a71, a72);
    }

    // the first 4 of the 8 queries that are packed together
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile4<T>(float* queries, float* rows, int d, float* scores) where T : struct, ISimd<T>
    {
        T a00 = default, a01 = default, a02 = default;
        T a10 = default, a11 = default, a12 = default;
        T a20 = default, a21 = default, a22 = default;
        T a30 = default, a31 = default, a32 = default;
        for (int k = 0; k < d; k++, queries += Queries, rows += 3 * T.Count)
        {
            T i0 = T.Load(rows), i1 = T.Load(rows + T.Count), i2 = T.Load(rows + (2 * T.Count));
            T u = T.Broadcast(queries[0]);
            a00 = a00.Plus(u, i0); a01 = a01.Plus(u, i1); a02 = a02.Plus(u, i2);
            u = T.Broadcast(queries[1]);
            a10 = a10.Plus(u, i0); a11 = a11.Plus(u, i1); a12 = a12.Plus(u, i2);
            u = T.Broadcast(queries[2]);
            a20 = a20.Plus(u, i0); a21 = a21.Plus(u, i1); a22 = a22.Plus(u, i2);
            u = T.Broadcast(queries[3]);
            a30 = a30.Plus(u, i0); a31 = a31.Plus(u, i1); a32 = a32.Plus(u, i2);
        }
        Store(scores, 0, a00, a01, a02);
        Store(scores, 1, a10, a11, a12);
        Store(scores, 2, a20, a21, a22);
        Store(scores, 3, a30, a31, a32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(float* scores, int query, T first, T second, T third) where T : struct, ISimd<T>
    {
        scores += query * 3 * T.Count;
        first.Store(scores);
        second.Store(scores + T.Count);
        third.Store(scores + (2 * T.Count));
    }
}
