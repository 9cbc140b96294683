using System.Globalization;
using Kindred.Numerics;
using Kindred.Numerics.Search;
using Kindred.Storage;

namespace Kindred.Retrieval.Indexes.Ivf;

/// <summary>What an <see cref="IvfIndex"/> keeps of a vector for the first look.</summary>
internal enum IvfCodes
{
    /// <summary>4 bits for each two dimensions: read at several vectors a nanosecond, but rough, so that more are scored again.</summary>
    FourBits,

    /// <summary>8 bits a number.</summary>
    EightBits,
}

/// <summary>
/// An inverted file: vectors lie in lists of neighbours, and a query looks only into those lists that promise most. H. Jégou, M. Douze, C.
/// Schmid, "Product Quantization for Nearest Neighbor Search", TPAMI 2011. There it looks at codes; the best of this first look, more than
/// are wanted, are scored again with the full vectors.
/// </summary>
/// <remarks>
/// Effort is the number of lists. Where only some items are allowed more lists are looked into, the more the fewer they are; where very few
/// are, these are scored themselves. Cost of a query: lists·d multiply-adds for the choice, then the chosen lists' codes are read once.
/// Memory: 4·d + d/4 bytes a vector with 4 bits for two dimensions, 5·d with 8 for each.
/// </remarks>
internal sealed partial class IvfIndex : IIndex
{
    /// <summary>With fewer than this share of the items allowed, these are scored and no list is looked into.</summary>
    private const double GatheredShare = 1 / 64.0;

    private readonly IndexVectors _vectors;
    private readonly IvfLists _lists;
    private readonly IIvfCodes _codes;
    private readonly int _effort, _firstLook;
    private readonly ScratchPool<Scratch> _scratch;

    private IvfIndex(IndexVectors vectors, IvfLists lists, IIvfCodes codes, int effort, int firstLook) =>
        (_vectors, _lists, _codes, _effort, _firstLook, _scratch) = (vectors, lists, codes, effort, firstLook, new(() => new(this)));

    public IndexDescription Description => new(
        "ivf", _vectors.Metric, _vectors.Dimensions, _vectors.Count, _vectors.Bytes + _lists.Bytes + _codes.Bytes, _effort);

    public int Search(in IndexQuery query, Span<int> items, Span<float> scores)
    {
        if (!IndexVectors.TryScale(query.Vector, _vectors.Dimensions, _vectors.Metric, out float scale)) return 0;
        if (_vectors.Count == 0 || items.IsEmpty) return 0;
        if (query.Allowed is { } allowed && allowed.Count < _vectors.Count * GatheredShare)
            return _vectors.BestOf(_vectors.AllowedRows(query), query.Vector, scale, items, scores);

        using var lease = _scratch.Take();
        return _vectors.BestOf(lease.Scratch.FirstLook(query, items.Length), query.Vector, scale, items, scores);
    }

    public void Save(TensorWriter writer)
    {
        _vectors.Save(writer);
        _lists.Save(writer);
        _codes.Save(writer);
        writer.AddText("effort", _effort.ToString(CultureInfo.InvariantCulture));
        writer.AddText("first look", _firstLook.ToString(CultureInfo.InvariantCulture));
    }

    internal static IvfIndex Load(TensorFile file)
    {
        var vectors = IndexVectors.Load(file);
        var lists = IvfLists.Load(file, vectors.Dimensions);
        IIvfCodes codes = file.Contains("codewords") ? IvfProductCodes.Load(file, lists, vectors) : IvfInt8Codes.Load(file, lists, vectors);
        int Number(string name) => int.Parse(file.Text(name), CultureInfo.InvariantCulture);
        return new(vectors, lists, codes, Number("effort"), Number("first look"));
    }

    /// <returns>For each of the k best that all lists hold: how many lists promise at least as much as its own does.</returns>
    private IEnumerable<int> RanksOfBest(float[] query, int k)
    {
        var (items, scores) = (new int[k], new float[k]);
        int count = Search(new IndexQuery(query) { Effort = _lists.Count }, items, scores);
        var (products, promises) = (new float[_lists.Count], new float[_lists.Count]);
        var quantized = new Int8Rows.Query(query.Length);
        quantized.Set(query);
        _lists.Multiply(quantized, MathF.Sqrt(Kernels.Dot(query, query)), products, promises);
        return items.Take(count).Select(item => promises[_lists.ListOf(_vectors.RowOf(item))])
            .Select(own => promises.Count(promise => promise >= own));
    }

    /// <summary>What one search at a time needs.</summary>
    private sealed class Scratch(IvfIndex index)
    {
        private readonly Int8Rows.Query _query = new(index._vectors.Dimensions);
        private readonly IIvfScan _scan = index._codes.CreateScan();
        private readonly RowTopK _best = new(index._vectors.Items);
        private readonly float[] _products = new float[index._lists.Count];
        private readonly float[] _promises = new float[index._lists.Count];
        private readonly ulong[] _lists = new ulong[index._lists.Count]; // by promise; those that come next in front

        /// <returns>The best rows by their codes, of those that may be found.</returns>
        public ReadOnlySpan<int> FirstLook(in IndexQuery query, int k)
        {
            int wanted = Math.Min(k, index._vectors.Count);
            int most = (int)Math.Min(index._vectors.Count, ((long)k * index._firstLook) + Spare);
            int effort = Math.Min(_lists.Length, query.Effort > 0 ? query.Effort : index._effort);
            _query.Set(query.Vector);
            _scan.Set(query.Vector);
            index._lists.Multiply(_query, MathF.Sqrt(Kernels.Dot(query.Vector, query.Vector)), _products, _promises);
            _best.Begin(most, query.Allowed, query.Excluded);
            for (int list = 0; list < _lists.Length; list++) _lists[list] = SortKeys.Of(_promises[list], list);
            int chosen = Choose(0, effort);
            double looked = 0;
            for (int n = 0; n < _lists.Length && (looked < effort || _best.Count < wanted); n++)
            {
                if (n == chosen) chosen = Choose(n, n);
                if (n + 1 < chosen) _scan.Prefetch(SortKeys.NumberOf(_lists[n + 1]));
                int list = SortKeys.NumberOf(_lists[n]);
                if (query.Allowed is not { } allowed) looked++; // with a filter lists count from where as many are found as are wanted
                else if (_best.Count >= wanted) looked += Math.Sqrt(ShareOf(list, allowed));
                _scan.Offer(list, _products[list], _best);
            }
            return _best.End(query.Excluded);
        }

        // Brings the next lists to where they are due, roughly best first: that the bar rises early is all that their order is for.
        private int Choose(int first, int count)
        {
            const int Ratio = 4;
            var rest = _lists.AsSpan(first);
            int chosen = Math.Min(count, rest.Length);
            for (int most = chosen; most >= 1; most /= Ratio)
            {
                if (most < rest.Length) SortKeys.KeepGreatest(rest, most, most);
                rest = rest[..most];
            }
            return first + chosen;
        }

        // A list in which a share s is allowed counts √s. Where s is alike in all, 1/√s times as many are looked into; in proportion, 1/s,
        // would be more
        // than the recall needs. Those where none is allowed do not count. Taken from some of a list's rows: all would take longer than the
        // scan.
        private double ShareOf(int list, BitSet allowed)
        {
            const int Sampled = 32;
            int first = index._lists.Starts.Span[list], count = index._lists.SizeOf(list);
            int step = Math.Max(1, count / Sampled), seen = 0, within = 0;
            for (int n = 0; n < count; n += step, seen++) if (allowed.Contains(index._vectors.Items.Span[first + n])) within++;
            return seen == 0 ? 0 : within / (double)seen;
        }
    }
}
