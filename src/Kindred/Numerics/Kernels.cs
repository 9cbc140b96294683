using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Numerics;

/// <summary>Vector kernels behind plain names. Each has a scalar twin in the tests.</summary>
internal static class Kernels
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

    /// <summary>sum ← sum + x∘y</summary>
    /// <param name="x">[n]</param>
    /// <param name="y">[n]</param>
    /// <param name="sum">[n]</param>
    public static void AddProducts(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> sum)
    {
        if (x.Length != y.Length || x.Length != sum.Length)
            throw new ArgumentException($"Lengths differ: {x.Length}, {y.Length} and {sum.Length}.", nameof(sum));
        int width = Vector<float>.Count, n = 0;
        ref float a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y), to = ref MemoryMarshal.GetReference(sum);
        for (; n + width <= x.Length; n += width)
            Vector.FusedMultiplyAdd(Load(ref a, n), Load(ref b, n), Load(ref to, n)).StoreUnsafe(ref to, (nuint)n);
        for (; n < x.Length; n++) sum[n] += x[n] * y[n];
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

    /// <summary>y[places[n]] ← y[places[n]] + a·x[n]</summary>
    /// <param name="places">[n], within y.</param>
    /// <param name="x">[n]</param>
    public static void AddScaledAt(float a, ReadOnlySpan<int> places, ReadOnlySpan<float> x, Span<float> y)
    {
        if (x.Length != places.Length) throw new ArgumentException($"Lengths differ: {places.Length} and {x.Length}.", nameof(x));
        int n = 0;
        for (; n + 4 <= places.Length; n += 4)
        {
            y[places[n]] += a * x[n];
            y[places[n + 1]] += a * x[n + 1];
            y[places[n + 2]] += a * x[n + 2];
            y[places[n + 3]] += a * x[n + 3];
        }
        for (; n < places.Length; n++) y[places[n]] += a * x[n];
    }

    /// <summary>Asks the memory for values that will be read soon.</summary>
    internal static unsafe void Prefetch<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        if (!Sse.IsSupported) return;
        int line = AlignedMemory.Alignment / sizeof(T);
        fixed (T* first = values)
            for (int n = 0; n < values.Length; n += line) Sse.Prefetch0(first + n);
    }

    /// <summary>Writes another value wherever there is a zero.</summary>
    /// <param name="values">[any]</param>
    public static void ReplaceZeros(Span<float> values, float with)
    {
        int n = 0;
        var replacement = new Vector<float>(with);
        for (; n + Vector<float>.Count <= values.Length; n += Vector<float>.Count)
        {
            var some = new Vector<float>(values[n..]);
            Vector.ConditionalSelect(Vector.Equals(some, default), replacement, some).CopyTo(values[n..]);
        }
        for (; n < values.Length; n++) if (values[n] == 0) values[n] = with;
    }
}
