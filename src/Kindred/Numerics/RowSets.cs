using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics;

/// <summary>Sends 64 rows down a binary tree together: a node knows as 64 bits which of them come to it.</summary>
internal static unsafe class RowSets
{
    /// <summary>Rows that go together.</summary>
    public const int Rows = 64;

    /// <summary>From each node to its two children, in an order in which parents come before children.</summary>
    /// <param name="inner">[count], the nodes that have children.</param>
    /// <param name="firsts">[nodes], by node: the child of the rows whose value is above the threshold or NaN; the child of the others
    /// follows it.</param>
    /// <param name="columns">[nodes], which value is compared.</param>
    /// <param name="thresholds">[nodes]; NaN: above it is everything.</param>
    /// <param name="values">[columns, 64]</param>
    /// <param name="sets">[nodes], those of the root given, those of its children and theirs overwritten.</param>
    public static void Spread(
        ReadOnlySpan<int> inner, ReadOnlySpan<int> firsts, ReadOnlySpan<int> columns, ReadOnlySpan<float> thresholds,
        ReadOnlySpan<float> values, Span<ulong> sets)
    {
        fixed (int* i = inner, f = firsts, c = columns)
        fixed (float* t = thresholds, x = values)
        fixed (ulong* s = sets)
        {
            if (Vector512.IsHardwareAccelerated) Spread<Simd512>(i, inner.Length, f, c, t, x, s);
            else Spread<SimdNative>(i, inner.Length, f, c, t, x, s);
        }
    }

    /// <summary>Adds a value to each of the rows of a set.</summary>
    /// <param name="sums">[64]</param>
    public static void Add(ulong set, double value, Span<double> sums)
    {
        for (; set != 0; set &= set - 1) sums[BitOperations.TrailingZeroCount(set)] += value;
    }

    private static void Spread<T>(int* inner, int count, int* firsts, int* columns, float* thresholds, float* values, ulong* sets)
        where T : struct, ISimd<T>
    {
        for (int n = 0; n < count; n++)
        {
            int node = inner[n];
            ulong below = AtMost<T>(values + (columns[node] * Rows), thresholds[node]), here = sets[node];
            int first = firsts[node];
            sets[first] = here & ~below;
            sets[first + 1] = here & below;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AtMost<T>(float* values, float threshold) where T : struct, ISimd<T>
    {
        var bar = T.Broadcast(threshold);
        ulong set = 0;
        for (int n = 0; n < Rows; n += 2 * T.Count)
        {
            set |= (ulong)bar.AtLeast(T.Load(values + n)) << n;
            set |= (ulong)bar.AtLeast(T.Load(values + n + T.Count)) << (n + T.Count);
        }
        return set;
    }
}
