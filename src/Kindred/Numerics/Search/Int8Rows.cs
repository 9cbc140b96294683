using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Numerics.Search;

/// <summary>
/// Vectors in a quarter of their memory: row r is about Scales[r]·Codes[r], each code one of −127…127. Inner products with a query that is
/// kept in 16 bits are exact in integers, so that they are the same on every machine. A first look; what it finds is scored again with
/// floats.
/// </summary>
/// <remarks>Rows are filled up with zeros to whole registers. Error of a score: at most ‖q‖₁·Scales[r] / 2, mostly far less.</remarks>
internal sealed unsafe class Int8Rows
{
    /// <summary>Codes that are read at a time.</summary>
    private const int Step = 32;

    private const int Largest = 127;

    private readonly Memory<sbyte> _codes; // [rows, stride]
    private readonly Memory<float> _scales; // [rows]
    private readonly sbyte* _firstCode;
    private readonly float* _firstScale;

    /// <summary>Rows of zeros.</summary>
    public Int8Rows(int rows, int dimensions)
        : this(rows, dimensions, AlignedMemory.Allocate<sbyte>(checked(rows * StrideOf(dimensions))),
            AlignedMemory.Allocate<float>(rows)) { }

    /// <summary>A view of memory owned elsewhere that does not move: of <see cref="AlignedMemory"/>, or a mapped file.</summary>
    /// <param name="codes">[rows, <see cref="StrideOf"/>]</param>
    /// <param name="scales">[rows]</param>
    public Int8Rows(int rows, int dimensions, Memory<sbyte> codes, Memory<float> scales)
    {
        if (codes.Length != checked(rows * StrideOf(dimensions)) || scales.Length != rows)
            throw new ArgumentException(
                $"{rows} rows of {dimensions} values do not have {codes.Length} codes and {scales.Length} scales.", nameof(codes));
        (Rows, Dimensions, Stride, _codes, _scales) = (rows, dimensions, StrideOf(dimensions), codes, scales);
        fixed (sbyte* first = codes.Span) _firstCode = first;
        fixed (float* first = scales.Span) _firstScale = first;
    }

    public int Rows { get; }

    public int Dimensions { get; }

    /// <summary>Codes from one row to the next.</summary>
    public int Stride { get; }

    public ReadOnlyMemory<sbyte> Codes => _codes;

    public ReadOnlyMemory<float> Scales => _scales;

    public static int StrideOf(int dimensions) => (dimensions + Step - 1) / Step * Step;

    /// <summary>Overwrites a row.</summary>
    /// <param name="vector">[d]</param>
    public void Set(int row, ReadOnlySpan<float> vector)
    {
        float largest = 0;
        foreach (float value in vector) largest = Math.Max(largest, Math.Abs(value));
        float scale = largest / Largest, inverse = largest == 0 ? 0 : Largest / largest;
        var codes = _codes.Span.Slice(row * Stride, Stride);
        for (int k = 0; k < vector.Length; k++) codes[k] = (sbyte)Math.Clamp(MathF.Round(vector[k] * inverse), -Largest, Largest);
        codes[vector.Length..].Clear();
        _scales.Span[row] = scale;
    }

    /// <summary>Copies rows of the same shape into this one, from row 0 on.</summary>
    public void CopyFrom(Int8Rows other)
    {
        other._codes.CopyTo(_codes);
        other._scales.CopyTo(_scales);
    }

    /// <summary>scores[n] ← ⟨query, row first + n⟩</summary>
    /// <param name="scores">[any], overwritten.</param>
    public void Multiply(Query query, int first, Span<float> scores)
    {
        Check(query);
        if (first < 0 || scores.Length > Rows - first)
            throw new ArgumentOutOfRangeException(nameof(first), first, $"There are {Rows} rows.");
        fixed (float* to = scores)
        fixed (short* q = query.Values)
        {
            int n = 0;
            sbyte* row = _firstCode + ((long)first * Stride);
            for (; n + 4 <= scores.Length; n += 4, row += 4 * Stride)
            {
                var products = Products(q, row, row + Stride, row + (2 * Stride), row + (3 * Stride), Stride);
                (Vector128.ConvertToSingle(products) * (Vector128.Load(_firstScale + first + n) * query.Scale)).Store(to + n);
            }
            for (; n < scores.Length; n++, row += Stride) to[n] = Product(q, row, Stride) * (_firstScale[first + n] * query.Scale);
        }
        GC.KeepAlive(this);
    }

    /// <summary>
    /// scores[n] ← ⟨query, row rows[n]⟩. Those far apart in memory should have been asked for by <see cref="Prefetch"/> before.
    /// </summary>
    /// <param name="rows">[any], each 0…<see cref="Rows"/>; not checked.</param>
    /// <param name="scores">[rows], overwritten.</param>
    public void MultiplyAt(Query query, ReadOnlySpan<int> rows, Span<float> scores)
    {
        Check(query);
        fixed (int* at = rows)
        fixed (float* to = scores[..rows.Length])
        fixed (short* q = query.Values)
        {
            int n = 0;
            for (; n + 4 <= rows.Length; n += 4)
            {
                int a = at[n], b = at[n + 1], c = at[n + 2], d = at[n + 3];
                var products = Products(
                    q, _firstCode + ((long)a * Stride), _firstCode + ((long)b * Stride), _firstCode + ((long)c * Stride), _firstCode
                        + ((long)d * Stride), Stride);
                var scales = Vector128.Create(_firstScale[a], _firstScale[b], _firstScale[c], _firstScale[d]);
                (Vector128.ConvertToSingle(products) * (scales * query.Scale)).Store(to + n);
            }
            for (; n < rows.Length; n++)
                to[n] = Product(q, _firstCode + ((long)at[n] * Stride), Stride) * (_firstScale[at[n]] * query.Scale);
        }
        GC.KeepAlive(this);
    }

    /// <summary>Asks the memory for a row that will be multiplied soon.</summary>
    /// <param name="row">Not checked: to ask for what is not there does nothing.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int row)
    {
        if (!Sse.IsSupported) return;
        sbyte* codes = _firstCode + ((long)row * Stride);
        for (int k = 0; k < Stride; k += AlignedMemory.Alignment) Sse.Prefetch0(codes + k);
        Sse.Prefetch0(_firstScale + row);
    }

    private void Check(Query query)
    {
        if (query.Values.Length != Stride) throw new ArgumentException($"A query has {Dimensions} dimensions here.", nameof(query));
    }

    private static int Product(short* q, sbyte* row, int stride)
    {
        int sum = 0;
        for (int k = 0; k < stride; k += Step)
        {
            if (Avx512BW.IsSupported)
                sum += Vector512.Sum(Avx512BW.MultiplyAddAdjacent(Vector512.Load(q + k),
                    Avx512BW.ConvertToVector512Int16(Vector256.Load(row + k))));
            else for (int n = k; n < k + Step; n++) sum += q[n] * row[n];
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Products(short* q, sbyte* a, sbyte* b, sbyte* c, sbyte* d, int stride)
    {
        if (Avx512BW.IsSupported) return Products512(q, a, b, c, d, stride);
        if (Avx2.IsSupported) return Products256(q, a, b, c, d, stride);
        return Vector128.Create(Product(q, a, stride), Product(q, b, stride), Product(q, c, stride), Product(q, d, stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Products512(short* q, sbyte* a, sbyte* b, sbyte* c, sbyte* d, int stride)
    {
        Vector512<int> sa = default, sb = default, sc = default, sd = default;
        for (int k = 0; k < stride; k += Step)
        {
            var x = Vector512.Load(q + k);
            sa += Avx512BW.MultiplyAddAdjacent(x, Avx512BW.ConvertToVector512Int16(Vector256.Load(a + k)));
            sb += Avx512BW.MultiplyAddAdjacent(x, Avx512BW.ConvertToVector512Int16(Vector256.Load(b + k)));
            sc += Avx512BW.MultiplyAddAdjacent(x, Avx512BW.ConvertToVector512Int16(Vector256.Load(c + k)));
            sd += Avx512BW.MultiplyAddAdjacent(x, Avx512BW.ConvertToVector512Int16(Vector256.Load(d + k)));
        }
        // a transposition of 4 by 4 in each quarter of the registers, added up on the way
        var ab = (Avx512F.UnpackLow(sa, sb) + Avx512F.UnpackHigh(sa, sb)).AsInt64();
        var cd = (Avx512F.UnpackLow(sc, sd) + Avx512F.UnpackHigh(sc, sd)).AsInt64();
        var quarters = Avx512F.UnpackLow(ab, cd).AsInt32() + Avx512F.UnpackHigh(ab, cd).AsInt32();
        var halves = quarters.GetLower() + quarters.GetUpper();
        return halves.GetLower() + halves.GetUpper();
    }

    private static Vector128<int> Products256(short* q, sbyte* a, sbyte* b, sbyte* c, sbyte* d, int stride)
    {
        Vector256<int> sa = default, sb = default, sc = default, sd = default;
        for (int k = 0; k < stride; k += Step / 2)
        {
            var x = Vector256.Load(q + k);
            sa += Avx2.MultiplyAddAdjacent(x, Avx2.ConvertToVector256Int16(Vector128.Load(a + k)));
            sb += Avx2.MultiplyAddAdjacent(x, Avx2.ConvertToVector256Int16(Vector128.Load(b + k)));
            sc += Avx2.MultiplyAddAdjacent(x, Avx2.ConvertToVector256Int16(Vector128.Load(c + k)));
            sd += Avx2.MultiplyAddAdjacent(x, Avx2.ConvertToVector256Int16(Vector128.Load(d + k)));
        }
        var sums = Avx2.HorizontalAdd(Avx2.HorizontalAdd(sa, sb), Avx2.HorizontalAdd(sc, sd));
        return sums.GetLower() + sums.GetUpper();
    }

    /// <summary>A query in 16 bits a value, fewer where a sum of many could not be held. Its memory is used again.</summary>
    public sealed class Query(int dimensions)
    {
        private readonly short[] _values = GC.AllocateArray<short>(StrideOf(dimensions), pinned: true);

        /// <summary>[stride]</summary>
        public ReadOnlySpan<short> Values => _values;

        /// <summary>The query is about Scale·Values.</summary>
        public float Scale { get; private set; }

        /// <param name="vector">[d], finite.</param>
        public void Set(ReadOnlySpan<float> vector)
        {
            if (vector.Length != dimensions)
                throw new ArgumentException($"A query has {dimensions} dimensions here, got {vector.Length}.", nameof(vector));
            float largest = 0;
            foreach (float value in vector) largest = Math.Max(largest, Math.Abs(value));
            int most = Math.Min(short.MaxValue, int.MaxValue / (Largest * _values.Length));
            Scale = largest / most;
            float inverse = largest == 0 ? 0 : most / largest;
            for (int k = 0; k < vector.Length; k++) _values[k] = (short)Math.Clamp(MathF.Round(vector[k] * inverse), -most, most);
        }

        /// <summary>A row in the place of a query: what is compared are its codes.</summary>
        public void Set(Int8Rows rows, int row)
        {
            var codes = rows._codes.Span.Slice(row * rows.Stride, rows.Stride);
            for (int k = 0; k < codes.Length; k++) _values[k] = codes[k];
            Scale = rows._scales.Span[row];
        }
    }
}
