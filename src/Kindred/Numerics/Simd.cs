using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Numerics;

/// <summary>A register of floats. Kernels are written once over it; the JIT makes one version of machine code for each width.</summary>
internal unsafe interface ISimd<TSelf> where TSelf : struct, ISimd<TSelf>
{
    /// <summary>Floats in a register.</summary>
    static abstract int Count { get; }

    static abstract TSelf Load(float* source);

    static abstract TSelf Broadcast(float value);

    void Store(float* target);

    /// <returns>this + a·b, rounded once.</returns>
    TSelf Plus(TSelf a, TSelf b);

    /// <returns>this − a·b, rounded once.</returns>
    TSelf Minus(TSelf a, TSelf b);

    TSelf Times(TSelf other);

    float Sum();

    /// <summary>Four registers' sums, which together cost little more than one.</summary>
    /// <param name="target">[4], overwritten.</param>
    static abstract void StoreSums(TSelf a, TSelf b, TSelf c, TSelf d, float* target);

    /// <returns>Bit n is set where lane n is ≥ that of <paramref name="other"/>; never where one of them is NaN.</returns>
    uint AtLeast(TSelf other);
}

/// <summary>AVX-512: 16 floats, 32 registers.</summary>
internal readonly unsafe struct Simd512(Vector512<float> v) : ISimd<Simd512>
{
    private readonly Vector512<float> _v = v;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => _v.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Simd512 Plus(Simd512 a, Simd512 b) => new(Vector512.FusedMultiplyAdd(a._v, b._v, _v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Simd512 Minus(Simd512 a, Simd512 b) => new(Vector512.FusedMultiplyAdd(-a._v, b._v, _v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Simd512 Times(Simd512 other) => new(_v * other._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Sum() => Vector512.Sum(_v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(Simd512 a, Simd512 b, Simd512 c, Simd512 d, float* target)
    {
        if (!Avx512F.IsSupported)
        {
            (target[0], target[1], target[2], target[3]) = (a.Sum(), b.Sum(), c.Sum(), d.Sum());
            return;
        }
        // a transposition of 4 by 4 in each quarter of the registers, added up on the way
        var ab = (Avx512F.UnpackLow(a._v, b._v) + Avx512F.UnpackHigh(a._v, b._v)).AsDouble();
        var cd = (Avx512F.UnpackLow(c._v, d._v) + Avx512F.UnpackHigh(c._v, d._v)).AsDouble();
        var quarters = Avx512F.UnpackLow(ab, cd).AsSingle() + Avx512F.UnpackHigh(ab, cd).AsSingle();
        var halves = quarters.GetLower() + quarters.GetUpper();
        (halves.GetLower() + halves.GetUpper()).Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint AtLeast(Simd512 other) => (uint)Vector512.GreaterThanOrEqual(_v, other._v).ExtractMostSignificantBits();
}

/// <summary>What the machine has below that: 8 floats with AVX2, 4 with SSE or NEON, plain code without any.</summary>
internal readonly unsafe struct SimdNative(Vector<float> v) : ISimd<SimdNative>
{
    private readonly Vector<float> _v = v;

    public static int Count => Vector<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdNative Load(float* source) => new(Vector.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdNative Broadcast(float value) => new(new Vector<float>(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => Vector.Store(_v, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SimdNative Plus(SimdNative a, SimdNative b) => new(Vector.FusedMultiplyAdd(a._v, b._v, _v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SimdNative Minus(SimdNative a, SimdNative b) => new(Vector.FusedMultiplyAdd(-a._v, b._v, _v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SimdNative Times(SimdNative other) => new(_v * other._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Sum() => Vector.Sum(_v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(SimdNative a, SimdNative b, SimdNative c, SimdNative d, float* target) =>
        (target[0], target[1], target[2], target[3]) = (a.Sum(), b.Sum(), c.Sum(), d.Sum());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint AtLeast(SimdNative other)
    {
        var mask = Vector.GreaterThanOrEqual(_v, other._v);
        return Count == Vector256<float>.Count ? mask.AsVector256().ExtractMostSignificantBits() : mask.AsVector128()
            .ExtractMostSignificantBits();
    }
}
