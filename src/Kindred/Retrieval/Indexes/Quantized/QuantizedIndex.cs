using Kindred.Numerics;
using Kindred.Numerics.Search;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Storage;

namespace Kindred.Retrieval.Indexes.Quantized;

/// <summary>
/// Every vector is looked at, in fewer bits: a quarter or half of the memory is read. The best of this first look, more than are wanted,
/// are scored again with the full vectors.
/// </summary>
/// <remarks>
/// Reading is what a scan costs, so that int8 takes about a quarter of the time of <see cref="FlatIndex"/>; it misses an item only when
/// rounding moves it down past all the others of the first look. Memory: 5 or 6 bytes for each number.
/// </remarks>
internal sealed class QuantizedIndex : IIndex
{
    private const double GatheredShare = 1 / 32.0;

    private const int BlockRows = 1024;

    // how much a score by the codes may be above the product of the lengths
    private const float RoundingShare = 1e-2f;

    private readonly IndexVectors _vectors;
    private readonly Int8Rows? _int8;
    private readonly Bfloat16Rows? _bfloat16; // one of the two
    private readonly ScratchPool<Scratch> _scratch;

    private QuantizedIndex(IndexVectors vectors, Int8Rows? int8, Bfloat16Rows? bfloat16) =>
        (_vectors, _int8, _bfloat16, _scratch) = (vectors, int8, bfloat16, new(() => new(this)));

    public IndexDescription Description => new(
        _int8 is null ? "bfloat16" : "int8", _vectors.Metric, _vectors.Dimensions, _vectors.Count,
        _vectors.Bytes
            + (_int8 is null ? _bfloat16!.Codes.Length * sizeof(ushort) : _int8.Codes.Length + (_int8.Scales.Length * sizeof(float))));

    public int Search(in IndexQuery query, Span<int> items, Span<float> scores)
    {
        if (!IndexVectors.TryScale(query.Vector, _vectors.Dimensions, _vectors.Metric, out float scale)) return 0;
        if (query.Allowed is { } allowed && allowed.Count < _vectors.Count * GatheredShare)
            return _vectors.BestOf(_vectors.AllowedRows(query), query.Vector, scale, items, scores);

        using var lease = _scratch.Take();
        return _vectors.BestOf(lease.Scratch.FirstLook(query, FirstLookOf(items.Length)), query.Vector, scale, items, scores);
    }

    public void Save(TensorWriter writer)
    {
        _vectors.Save(writer);
        if (_int8 is not null)
        {
            writer.Add("codes", _int8.Codes);
            writer.Add("scales", _int8.Scales);
        }
        else
        {
            writer.Add("codes", _bfloat16!.Codes);
        }
    }

    internal static QuantizedIndex Load(TensorFile file)
    {
        var vectors = IndexVectors.Load(file);
        return file.Contains("scales")
            ? new(vectors, new(vectors.Count, vectors.Dimensions, file.Array<sbyte>("codes"), file.Array<float>("scales")), null)
            : new(vectors, null, new(vectors.Count, vectors.Dimensions, file.Array<ushort>("codes")));
    }

    /// <summary>Twice as many and some: what rounding may move down past the last of k.</summary>
    private static int FirstLookOf(int k) => (2 * k) + 16;

    private sealed class Scratch(QuantizedIndex index)
    {
        private readonly Int8Rows.Query _int8 = new(index._vectors.Dimensions);
        private readonly float[] _bfloat16 = new float[Bfloat16Rows.StrideOf(index._vectors.Dimensions)];
        private readonly float[] _block = new float[BlockRows];
        private int[] _rows = [];
        private float[] _scores = [];

        /// <returns>The best rows by their codes, of those that may be found.</returns>
        public ReadOnlySpan<int> FirstLook(in IndexQuery query, int count)
        {
            if (_rows.Length < count) (_rows, _scores) = (new int[count], new float[count]);
            int rows = index._vectors.Count;
            _int8.Set(query.Vector);
            query.Vector.CopyTo(_bfloat16);
            int[] excluded = ExcludedRows(query.Excluded);
            var best = new TopK(_rows.AsSpan(0, count), _scores.AsSpan(0, count));
            float length = MathF.Sqrt(Kernels.Dot(query.Vector, query.Vector)) * (1 + RoundingShare);
            for (int first = 0, next = 0; first < rows; first += BlockRows)
            {
                // rows get shorter: no score is greater than the product of the lengths
                if (length * index._vectors.LengthOf(first) < best.Threshold) break;
                var block = _block.AsSpan(0, Math.Min(BlockRows, rows - first));
                if (index._int8 is { } int8) int8.Multiply(_int8, first, block);
                else index._bfloat16!.Multiply(_bfloat16, first, block);
                for (; next < excluded.Length && excluded[next] < first + block.Length; next++) block[excluded[next] - first] = float.NaN;
                if (query.Allowed is { } allowed) LeaveOthersOut(allowed, first, block);
                best.OfferAll(block, first);
            }
            return _rows.AsSpan(0, best.Count);
        }

        private void LeaveOthersOut(BitSet allowed, int first, Span<float> block)
        {
            var items = index._vectors.Items.Span.Slice(first, block.Length);
            for (int n = 0; n < block.Length; n++) if (!allowed.Contains(items[n])) block[n] = float.NaN;
        }

        private int[] ExcludedRows(ReadOnlySpan<int> items)
        {
            if (items.IsEmpty) return [];
            var rows = new List<int>(items.Length);
            foreach (int item in items) if (index._vectors.RowOf(item) is >= 0 and int row) rows.Add(row);
            rows.Sort();
            return [.. rows];
        }
    }

    /// <summary>The options of a <see cref="QuantizedIndex"/>.</summary>
    public sealed record Builder : IIndexBuilder
    {
        public IndexMetric Metric { get; init; }

        /// <summary>Of a number at the first look: 8, with a scale for each vector, or 16, the upper ones of a float.</summary>
        public int Bits { get; init; } = 8;

        public IIndex Build(Matrix vectors, IndexContext context)
        {
            if (Bits is not (8 or 16)) throw new InputException($"Bits must be 8 or 16, was {Bits}.");
            var own = IndexVectors.From(vectors, Metric);
            if (Bits == 16)
            {
                var bfloat16 = new Bfloat16Rows(own.Count, own.Dimensions);
                for (int row = 0; row < own.Count; row++) bfloat16.Set(row, own.Rows.Row(row));
                return new QuantizedIndex(own, null, bfloat16);
            }
            var int8 = new Int8Rows(own.Count, own.Dimensions);
            for (int row = 0; row < own.Count; row++) int8.Set(row, own.Rows.Row(row));
            return new QuantizedIndex(own, int8, null);
        }
    }
}
