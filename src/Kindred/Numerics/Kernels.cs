using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kindred.Numerics;

/// <summary>Vector kernels behind plain names. Each has a scalar twin in the tests.</summary>
public static class Kernels
{
    /// <returns>Σ xₙ yₙ</returns>
    /// <param name="x">[n]</param>
    /// <param name="y">[n]</param>
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        if (x.Length != y.Length) throw new ArgumentException($"Lengths differ: {x.Length} and {y.Length}.", nameof(y));
        int width = Vector<float>.Count, n = 0;
        ref float a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
        // four sums: the latency of one multiply-add is hidden behind the others
        Vector<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (; n + (4 * width) <= x.Length; n += 4 * width)
        {
            s0 = Vector.FusedMultiplyAdd(Load(ref a, n), Load(ref b, n), s0);
            s1 = Vector.FusedMultiplyAdd(Load(ref a, n + width), Load(ref b, n + width), s1);
            s2 = Vector.FusedMultiplyAdd(Load(ref a, n + (2 * width)), Load(ref b, n + (2 * width)), s2);
            s3 = Vector.FusedMultiplyAdd(Load(ref a, n + (3 * width)), Load(ref b, n + (3 * width)), s3);
        }
        for (; n + width <= x.Length; n += width) s0 = Vector.FusedMultiplyAdd(Load(ref a, n), Load(ref b, n), s0);
        float sum = Vector.Sum((s0 + s1) + (s2 + s3));
        for (; n < x.Length; n++) sum += x[n] * y[n];
        return sum;
    }

    /// <summary>y ← y + a·x</summary>
    /// <param name="x">[n]</param>
    /// <param name="y">[n]</param>
    public static void AddScaled(float a, ReadOnlySpan<float> x, Span<float> y)
    {
        if (x.Length != y.Length) throw new ArgumentException($"Lengths differ: {x.Length} and {y.Length}.", nameof(y));
        int width = Vector<float>.Count, n = 0;
        ref float from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y);
        var scale = new Vector<float>(a);
        for (; n + width <= x.Length; n += width)
            Vector.FusedMultiplyAdd(scale, Load(ref from, n), Load(ref to, n)).StoreUnsafe(ref to, (nuint)n);
        for (; n < x.Length; n++) y[n] += a * x[n];
    }

    /// <summary>y ← A·x</summary>
    /// <param name="a">[rows, columns]</param>
    /// <param name="x">[columns]</param>
    /// <param name="y">[rows], overwritten.</param>
    public static void Multiply(Matrix a, ReadOnlySpan<float> x, Span<float> y)
    {
        if (x.Length != a.Columns || y.Length != a.Rows)
            throw new ArgumentException($"A {a.Rows} x {a.Columns} matrix does not map {x.Length} values to {y.Length}.", nameof(x));
        var values = a.Values.Span;
        for (int r = 0; r < y.Length; r++) y[r] = Dot(values.Slice(r * a.Columns, a.Columns), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Load(ref float start, int offset) => Vector.LoadUnsafe(ref start, (nuint)offset);

    /// <summary>Writes another value wherever there is a zero.</summary>
    /// <param name="values">[any]</param>
    public static void ReplaceZeros(Span<float> values, float with)
    {
        int n = 0;
        var replacement = new System.Numerics.Vector<float>(with);
        for (; n + System.Numerics.Vector<float>.Count <= values.Length; n += System.Numerics.Vector<float>.Count)
        {
            var some = new System.Numerics.Vector<float>(values[n..]);
            System.Numerics.Vector.ConditionalSelect(System.Numerics.Vector.Equals(some, default), replacement, some).CopyTo(values[n..]);
        }
        for (; n < values.Length; n++) if (values[n] == 0) values[n] = with;
    }
}
