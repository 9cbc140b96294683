using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Numerics.Search;

/// <summary>
/// Vectors in 4 bits for each of their sub-spaces: the number of one of 16 codewords. A score is a sum of look-ups, one for each sub-space,
/// in tables that fit registers and are read by byte shuffles, 64 at a time.
/// F. André, A.-M. Kermarrec, N. Le Scouarnec, "Cache Locality Is Not Enough: High-Performance Nearest Neighbor Search with Product
/// Quantization Fast Scan", VLDB 2015; with 16 codewords as in R. Guo et al., "Accelerating Large-Scale Inference with Anisotropic Vector
/// Quantization", ICML 2020.
/// </summary>
/// <remarks>
/// Rows lie in blocks of 32, sub-spaces in groups of 4, so that a group of a block is 64 bytes. Sub-spaces 0 and 1 of the group are the low
/// and the high nibbles of the first 32 bytes, 2 and 3 those of the others; byte 2n belongs to row n, byte 2n + 1 to row 16 + n. Sums are
/// integers and the same on every machine. Sub-spaces that fill up the last group have tables of zeros.
/// </remarks>
internal sealed unsafe class Int4Rows
{
    /// <summary>Rows that are looked at together.</summary>
    public const int BlockRows = 32;

    /// <summary>Of a sub-space.</summary>
    public const int Codewords = 16;

    private const int GroupSubspaces = 4, GroupBytes = 64, HalfBytes = GroupBytes / 2, TableBytes = 2 * GroupBytes;

    private readonly Memory<byte> _codes; // [blocks, groups, 64]

    /// <summary>Rows of zeros.</summary>
    public Int4Rows(int blocks, int subspaces)
        : this(blocks, subspaces, AlignedMemory.Allocate<byte>(checked(blocks * BlockBytesOf(subspaces)))) { }

    /// <summary>A view of memory owned elsewhere.</summary>
    /// <param name="codes">[blocks, ⌈subspaces / 4⌉, 64]</param>
    public Int4Rows(int blocks, int subspaces, Memory<byte> codes)
    {
        if (codes.Length != checked(blocks * BlockBytesOf(subspaces)))
            throw new ArgumentException($"{blocks} blocks of {subspaces} sub-spaces do not have {codes.Length} bytes.", nameof(codes));
        (Blocks, Subspaces, _codes) = (blocks, subspaces, codes);
    }

    public int Blocks { get; }

    public int Subspaces { get; }

    public ReadOnlyMemory<byte> Codes => _codes;

    private int BlockBytes => BlockBytesOf(Subspaces);

    /// <summary>Overwrites a row.</summary>
    /// <param name="lane">Which row of the block.</param>
    /// <param name="codes">[subspaces], each 0…15.</param>
    public void Set(int block, int lane, ReadOnlySpan<byte> codes)
    {
        var bytes = _codes.Span.Slice(block * BlockBytes, BlockBytes);
        int own = (2 * (lane % (BlockRows / 2))) + (lane / (BlockRows / 2));
        for (int s = 0; s < codes.Length; s++)
        {
            ref byte both = ref bytes[(s / 2 * HalfBytes) + own];
            both = (byte)(s % 2 == 0 ? (both & 0xF0) | codes[s] : (both & 0x0F) | (codes[s] << 4));
        }
    }

    /// <summary>The sums of blocks first, first + 1, …, and which of them reach the block's bar.</summary>
    /// <param name="bars">[blocks]; a block whose bar is above <see cref="Tables.Most"/> is passed over, its sums left as they are.</param>
    /// <param name="sums">[blocks, 32], overwritten.</param>
    /// <param name="passed">[blocks], overwritten: bit n is set where sums[n] ≥ the bar.</param>
    public void Sum(Tables tables, int first, ReadOnlySpan<int> bars, Span<ushort> sums, Span<uint> passed)
    {
        if (tables.Subspaces != Subspaces) throw new ArgumentException($"There are {Subspaces} sub-spaces here.", nameof(tables));
        if (first < 0 || bars.Length > Blocks - first)
            throw new ArgumentOutOfRangeException(nameof(first), first, $"There are {Blocks} blocks.");
        fixed (byte* codes = _codes.Span, table = tables.Bytes)
        fixed (ushort* to = sums[..(bars.Length * BlockRows)])
        fixed (uint* mask = passed[..bars.Length])
        {
            byte* block = codes + ((long)first * BlockBytes);
            int groups = BlockBytes / GroupBytes;
            for (int n = 0; n < bars.Length; n++, block += BlockBytes)
            {
                if (bars[n] > tables.Most) mask[n] = 0;
                else if (Avx512BW.IsSupported) mask[n] = Sum512(block, table, groups, (ushort)Math.Max(0, bars[n]), to + (n * BlockRows));
                else if (Avx2.IsSupported) mask[n] = Sum256(block, table, groups, (ushort)Math.Max(0, bars[n]), to + (n * BlockRows));
                else mask[n] = SumPlain(block, table, groups, bars[n], to + (n * BlockRows));
            }
        }
    }

    /// <summary>Asks the memory for the beginning of a block that will be summed soon.</summary>
    public void Prefetch(int block) => Kernels.Prefetch<byte>(_codes.Span.Slice(block * BlockBytes, BlockBytes));

    // Two look-ups add up in a byte. Bytes of even rows add up in the sums together with 256 times those of odd rows, which are summed
    // apart as well.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Sum512(byte* codes, byte* table, int groups, ushort bar, ushort* sums)
    {
        var nibble = Vector512.Create((byte)0x0F);
        Vector512<ushort> both = default, odd = default;
        for (int g = 0; g < groups; g++, codes += GroupBytes, table += TableBytes)
        {
            var code = Vector512.Load(codes);
            var low = Avx512BW.Shuffle(Vector512.Load(table), code & nibble);
            var high = Avx512BW.Shuffle(Vector512.Load(table + GroupBytes), (code.AsUInt16() >>> 4).AsByte() & nibble);
            var pair = (low + high).AsUInt16();
            both += pair;
            odd += pair >>> 8;
        }
        var even = both - (odd << 8);
        var all = Vector512.Create(even.GetLower() + even.GetUpper(), odd.GetLower() + odd.GetUpper());
        all.Store(sums);
        return (uint)Vector512.GreaterThanOrEqual(all, Vector512.Create(bar)).ExtractMostSignificantBits();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Sum256(byte* codes, byte* table, int groups, ushort bar, ushort* sums)
    {
        var nibble = Vector256.Create((byte)0x0F);
        Vector256<ushort> both = default, odd = default;
        for (int g = 0; g < 2 * groups; g++, codes += HalfBytes)
        {
            byte* own = table + (g / 2 * TableBytes) + (g % 2 * HalfBytes);
            var code = Vector256.Load(codes);
            var low = Avx2.Shuffle(Vector256.Load(own), code & nibble);
            var high = Avx2.Shuffle(Vector256.Load(own + GroupBytes), (code.AsUInt16() >>> 4).AsByte() & nibble);
            var pair = (low + high).AsUInt16();
            both += pair;
            odd += pair >>> 8;
        }
        var even = both - (odd << 8);
        even.Store(sums);
        odd.Store(sums + (BlockRows / 2));
        var least = Vector256.Create(bar); // at least it where the greater of the two is the sum itself
        var passed = Avx2.PackSignedSaturate(
            Vector256.Equals(Vector256.Max(even, least), even).AsInt16(), Vector256.Equals(Vector256.Max(odd, least), odd).AsInt16());
        return Avx2.Permute4x64(passed.AsInt64(), 0b11_01_10_00).AsByte().ExtractMostSignificantBits();
    }

    private static uint SumPlain(byte* codes, byte* table, int groups, int bar, ushort* sums)
    {
        uint passed = 0;
        for (int row = 0; row < BlockRows; row++)
        {
            int own = (2 * (row % (BlockRows / 2))) + (row / (BlockRows / 2)), sum = 0;
            for (int g = 0; g < 2 * groups; g++)
            {
                int code = codes[(g * HalfBytes) + own];
                byte* tables = table + (g / 2 * TableBytes) + (g % 2 * HalfBytes);
                sum += tables[code & 0x0F] + tables[GroupBytes + (code >> 4)];
            }
            sums[row] = (ushort)sum;
            if (sum >= bar) passed |= 1u << row;
        }
        return passed;
    }

    private static int BlockBytesOf(int subspaces) => (subspaces + GroupSubspaces - 1) / GroupSubspaces * GroupBytes;

    /// <summary>
    /// The look-up tables of a query, in 7 bits an entry, fewer where a sum of many could not be held. Their memory is used again.
    /// </summary>
    public sealed class Tables(int subspaces)
    {
        // [groups, low or high nibble, half, twice, 16]
        private readonly Memory<byte> _bytes = AlignedMemory.Allocate<byte>(BlockBytesOf(subspaces) * 2);
        private readonly float[] _least = new float[subspaces];
        private readonly int _largest = Math.Min(sbyte.MaxValue, ushort.MaxValue / (BlockBytesOf(subspaces) / GroupBytes * GroupSubspaces));

        public int Subspaces => subspaces;

        /// <summary>What a score is for a sum of zero.</summary>
        public float Offset { get; private set; }

        /// <summary>What one in a sum is worth: a score is about Offset + Step·sum.</summary>
        public float Step { get; private set; }

        /// <summary>No sum is greater.</summary>
        public int Most => subspaces * _largest;

        internal ReadOnlySpan<byte> Bytes => _bytes.Span;

        /// <param name="products">[subspaces, 16]: what each codeword adds to a score; finite.</param>
        public void Set(ReadOnlySpan<float> products)
        {
            if (products.Length != subspaces * Codewords)
                throw new ArgumentException($"{subspaces} sub-spaces have no {products.Length} codewords.", nameof(products));
            Offset = 0;
            float range = 0;
            for (int s = 0; s < subspaces; s++)
            {
                _least[s] = Range(products.Slice(s * Codewords, Codewords), out float own);
                Offset += _least[s];
                range = Math.Max(range, own);
            }
            Step = range > 0 ? range / _largest : 1;
            for (int s = 0; s < subspaces; s++) Put(s, products.Slice(s * Codewords, Codewords), range > 0 ? _largest / range : 0);
        }

        // returns the least
        private static float Range(ReadOnlySpan<float> products, out float range)
        {
            Vector128<float> low = Vector128.Create(products), high = low;
            for (int n = Vector128<float>.Count; n < Codewords; n += Vector128<float>.Count)
            {
                var some = Vector128.Create(products[n..]);
                (low, high) = (Vector128.Min(low, some), Vector128.Max(high, some));
            }
            low = Vector128.Min(low, Vector128.Shuffle(low, Vector128.Create(2, 3, 0, 1)));
            high = Vector128.Max(high, Vector128.Shuffle(high, Vector128.Create(2, 3, 0, 1)));
            float least = Math.Min(low[0], low[1]);
            range = Math.Max(high[0], high[1]) - least;
            return least;
        }

        private void Put(int s, ReadOnlySpan<float> products, float inverse)
        {
            var (group, within) = Math.DivRem(s, GroupSubspaces);
            var least = Vector128.Create(_least[s]);
            Vector128<int> Entries(ReadOnlySpan<float> some) =>
                Vector128.ConvertToInt32(((Vector128.Create(some) - least) * inverse) + Vector128.Create(0.5f));
            var entries = Vector128.Narrow(
                Vector128.Narrow(Entries(products), Entries(products[4..])),
                Vector128.Narrow(Entries(products[8..]), Entries(products[12..]))).AsByte();
            entries = Vector128.Min(entries, Vector128.Create((byte)_largest)); // rounding may end one above
            var bytes = _bytes.Span.Slice((group * TableBytes) + (within % 2 * GroupBytes) + (within / 2 * HalfBytes), HalfBytes);
            entries.CopyTo(bytes);
            entries.CopyTo(bytes[Codewords..]);
        }
    }
}
