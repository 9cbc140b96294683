using System.Numerics;
using System.Runtime.Intrinsics;

namespace Kindred.Numerics.Search;

/// <summary>
/// Vectors in half of their memory: the upper 16 bits of each float, rounded to nearest even. A first look; what it finds is scored again
/// with floats.
/// </summary>
/// <remarks>Relative error of a value: at most 2⁻⁹. Rows are filled up with zeros to whole registers.</remarks>
internal sealed unsafe class Bfloat16Rows
{
    private const int Step = 32; // two of the widest registers that Vector has, or four, or eight

    private readonly Memory<ushort> _codes; // [rows, stride]

    /// <summary>Rows of zeros.</summary>
    public Bfloat16Rows(int rows, int dimensions)
        : this(rows, dimensions, AlignedMemory.Allocate<ushort>(checked(rows * StrideOf(dimensions)))) { }

    /// <summary>A view of memory owned elsewhere.</summary>
    /// <param name="codes">[rows, <see cref="StrideOf"/>]</param>
    public Bfloat16Rows(int rows, int dimensions, Memory<ushort> codes)
    {
        if (codes.Length != checked(rows * StrideOf(dimensions)))
            throw new ArgumentException($"{rows} rows of {dimensions} values do not have {codes.Length} codes.", nameof(codes));
        (Rows, Dimensions, Stride, _codes) = (rows, dimensions, StrideOf(dimensions), codes);
    }

    public int Rows { get; }

    public int Dimensions { get; }

    /// <summary>Codes from one row to the next; as many values must a query have.</summary>
    public int Stride { get; }

    public ReadOnlyMemory<ushort> Codes => _codes;

    public static int StrideOf(int dimensions) => (dimensions + Step - 1) / Step * Step;

    /// <summary>Overwrites a row.</summary>
    /// <param name="vector">[d]</param>
    public void Set(int row, ReadOnlySpan<float> vector)
    {
        var codes = _codes.Span.Slice(row * Stride, Stride);
        for (int k = 0; k < vector.Length; k++) codes[k] = CodeOf(vector[k]);
        codes[vector.Length..].Clear();
    }

    /// <summary>scores[n] ← ⟨query, row first + n⟩</summary>
    /// <param name="query">[<see cref="Stride"/>], zeros after the dimensions.</param>
    /// <param name="scores">[any], overwritten.</param>
    public void Multiply(ReadOnlySpan<float> query, int first, Span<float> scores)
    {
        if (query.Length != Stride) throw new ArgumentException($"A query has {Stride} values here, got {query.Length}.", nameof(query));
        fixed (ushort* codes = _codes.Span.Slice(first * Stride, scores.Length * Stride))
        fixed (float* q = query, to = scores)
        {
            int n = 0;
            for (; Vector512.IsHardwareAccelerated && n + 4 <= scores.Length; n += 4) Products512(q, codes + ((long)n * Stride), to + n);
            for (; n < scores.Length; n++) to[n] = Product(q, codes + ((long)n * Stride));
        }
    }

    private float Product(float* query, ushort* row)
    {
        Vector<float> even = default, odd = default;
        for (int k = 0; k < Stride; k += 2 * Vector<float>.Count)
        {
            Vector.Widen(Vector.Load(row + k), out var low, out var high);
            even = Vector.FusedMultiplyAdd(Vector.AsVectorSingle(low << 16), Vector.Load(query + k), even);
            odd = Vector.FusedMultiplyAdd(Vector.AsVectorSingle(high << 16), Vector.Load(query + k + Vector<float>.Count), odd);
        }
        return Vector.Sum(even + odd);
    }

    // four rows at a time: their sums are added up together
    private void Products512(float* query, ushort* row, float* products)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        for (int k = 0; k < Stride; k += Step)
        {
            Vector512<float> low = Vector512.Load(query + k), high = Vector512.Load(query + k + 16);
            Vector512<ushort> ca = Vector512.Load(row + k), cb = Vector512.Load(row + Stride + k);
            Vector512<ushort> cc = Vector512.Load(row + (2 * Stride) + k), cd = Vector512.Load(row + (3 * Stride) + k);
            a = Vector512.FusedMultiplyAdd((Vector512.WidenLower(ca) << 16).AsSingle(), low, a);
            b = Vector512.FusedMultiplyAdd((Vector512.WidenLower(cb) << 16).AsSingle(), low, b);
            c = Vector512.FusedMultiplyAdd((Vector512.WidenLower(cc) << 16).AsSingle(), low, c);
            d = Vector512.FusedMultiplyAdd((Vector512.WidenLower(cd) << 16).AsSingle(), low, d);
            a = Vector512.FusedMultiplyAdd((Vector512.WidenUpper(ca) << 16).AsSingle(), high, a);
            b = Vector512.FusedMultiplyAdd((Vector512.WidenUpper(cb) << 16).AsSingle(), high, b);
            c = Vector512.FusedMultiplyAdd((Vector512.WidenUpper(cc) << 16).AsSingle(), high, c);
            d = Vector512.FusedMultiplyAdd((Vector512.WidenUpper(cd) << 16).AsSingle(), high, d);
        }
        Simd512.StoreSums(new(a), new(b), new(c), new(d), products);
    }

    /// <summary>Rounds to nearest, ties to even.</summary>
    private static ushort CodeOf(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
