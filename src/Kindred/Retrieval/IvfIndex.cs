using System.Collections.Concurrent;
using System.Globalization;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Retrieval;

/// <summary>What an <see cref="IvfIndex"/> keeps of a vector for the first look.</summary>
public enum IvfCodes
{
    /// <summary>4 bits for each two dimensions: read at several vectors a nanosecond, but rough, so that more are scored again.</summary>
    Product4,

    /// <summary>8 bits a number.</summary>
    Int8,
}

/// <summary>
/// An inverted file: vectors lie in lists of neighbours, and a query looks only into those lists that promise most. H. Jégou, M. Douze, C. Schmid,
/// "Product Quantization for Nearest Neighbor Search", TPAMI 2011. There it looks at codes; the best of this first look, more than are wanted, are scored again
/// with the full vectors.
/// </summary>
/// <remarks>
/// Effort is the number of lists. Where only some items are allowed more lists are looked into, the more the fewer they are; where very few are, these are
/// scored themselves. Cost of a query: lists·d for the choice, then the vectors of the chosen lists, about
/// effort/lists of all. Memory: 4·d + d/4 bytes a vector with 4 bits, 5·d with 8.
/// </remarks>
public sealed partial class IvfIndex : IIndex
{
    /// <summary>With fewer than this share of the items allowed, these are scored and no list is looked into.</summary>
    private const double GatheredShare = 1 / 64.0;

    private readonly IndexVectors _vectors;
    private readonly IvfLists _lists;
    private readonly IIvfCodes _codes;
    private readonly int _effort, _firstLook;
    private readonly ConcurrentBag<Scratch> _idle = []; // as many as there are threads

    private IvfIndex(IndexVectors vectors, IvfLists lists, IIvfCodes codes, int effort, int firstLook) =>
        (_vectors, _lists, _codes, _effort, _firstLook) = (vectors, lists, codes, effort, firstLook);

    public IndexDescription Description => new(
        "ivf", _vectors.Metric, _vectors.Dimensions, _vectors.Count, _vectors.Bytes + _lists.Bytes + _codes.Bytes, _effort);

    public int Search(in IndexQuery query, Span<int> items, Span<float> scores)
    {
        if (!IndexVectors.TryScale(query.Vector, _vectors.Dimensions, _vectors.Metric, out float scale)) return 0;
        if (_vectors.Count == 0 || items.IsEmpty) return 0;
        if (query.Allowed is { } allowed && allowed.Count < _vectors.Count * GatheredShare)
            return _vectors.BestOf(_vectors.AllowedRows(query), query.Vector, scale, items, scores);

        if (!_idle.TryTake(out var scratch)) scratch = new(this);
        int count = _vectors.BestOf(scratch.FirstLook(query, items.Length), query.Vector, scale, items, scores);
        _idle.Add(scratch);
        return count;
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

    /// <summary>What one search at a time needs.</summary>
    private sealed class Scratch(IvfIndex index)
    {
        private readonly Int8Rows.Query _query = new(index._vectors.Dimensions);
        private readonly IIvfScan _scan = index._codes.CreateScan();
        private readonly BestRows _best = new(index._vectors.Items);
        private readonly float[] _products = new float[index._lists.Count];
        private readonly float[] _promises = new float[index._lists.Count];
        private readonly ulong[] _lists = new ulong[index._lists.Count]; // by promise; those that come next in front

        /// <returns>The best rows by their codes, of those that may be found.</returns>
        public ReadOnlySpan<int> FirstLook(in IndexQuery query, int k)
        {
            int wanted = Math.Min(k, index._vectors.Count), most = (int)Math.Min(index._vectors.Count, ((long)k * index._firstLook) + Spare);
            int effort = EffortOf(query);
            _query.Set(query.Vector);
            _scan.Set(query.Vector);
            index._lists.Multiply(_query, MathF.Sqrt(Kernels.Dot(query.Vector, query.Vector)), _products, _promises);
            _best.Begin(most, query.Allowed, query.Excluded);
            for (int list = 0; list < _lists.Length; list++) _lists[list] = RankKeys.Of(_promises[list], list);
            int chosen = Choose(0, effort), looked = 0;
            for (int n = 0; n < _lists.Length && (looked < effort || _best.Count < wanted); n++)
            {
                if (n == chosen) chosen = Choose(n, n);
                if (n + 1 < chosen) _scan.Prefetch(RankKeys.ItemOf(_lists[n + 1]));
                // where some are left out, lists count from where as many have been found as are scored again
                if (query.Allowed is null || _best.Count >= most) looked++;
                int list = RankKeys.ItemOf(_lists[n]);
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
                if (most < rest.Length) RankKeys.KeepGreatest(rest, most, most);
                rest = rest[..most];
            }
            return first + chosen;
        }

        // The best of a share s of the items stand as far down among all as 1/s times as many do.
        private int EffortOf(in IndexQuery query)
        {
            double effort = query.Effort > 0 ? query.Effort : index._effort;
            if (query.Allowed is { } allowed) effort *= Math.Sqrt(index._vectors.Count / (double)Math.Max(1, allowed.Count));
            return (int)Math.Min(_lists.Length, Math.Ceiling(effort));
        }
    }
}
