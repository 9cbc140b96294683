using Kindred.Numerics;
using Kindred.Numerics.Search;
using Kindred.Storage;

namespace Kindred.Retrieval.Indexes.Flat;

/// <summary>Every vector is looked at, in full: exact. What all other indices are measured against.</summary>
/// <remarks>
/// Cost of a query: items·d multiply-adds, or reading the vectors once, whichever takes longer. Memory: 8 bytes for each number.
/// </remarks>
internal sealed class FlatIndex : IIndex
{
    /// <summary>With fewer than this share of the items allowed, they are gathered; otherwise all are scanned.</summary>
    private const double GatheredShare = 1 / 16.0;

    private readonly IndexVectors _vectors;
    private readonly Lazy<RowPanel> _panel;
    private readonly ScratchPool<Scratch> _scratch;

    private FlatIndex(IndexVectors vectors)
    {
        _vectors = vectors;
        _panel = new(() => new(vectors.Rows, [.. Enumerable.Range(0, vectors.Count)]));
        _scratch = new(() => new(_vectors, _panel.Value));
    }

    public IndexDescription Description => new("flat", _vectors.Metric, _vectors.Dimensions, _vectors.Count, 2 * _vectors.Bytes);

    public int Search(in IndexQuery query, Span<int> items, Span<float> scores)
    {
        if (!IndexVectors.TryScale(query.Vector, _vectors.Dimensions, _vectors.Metric, out float scale) || _vectors.Count == 0) return 0;
        if (query.Allowed is { } allowed && allowed.Count < _vectors.Count * GatheredShare)
            return _vectors.BestOf(_vectors.AllowedRows(query), query.Vector, scale, items, scores);

        using var lease = _scratch.Take();
        int count = lease.Scratch.Find(query, items, scores);
        for (int n = 0; n < count; n++) scores[n] *= scale;
        return count;
    }

    public void Save(TensorWriter writer) => _vectors.Save(writer);

    internal static FlatIndex Load(TensorFile file) => new(IndexVectors.Load(file));

    private sealed class Scratch(IndexVectors vectors, RowPanel panel)
    {
        private readonly InnerProductTopK _search = new(panel);

        public int Find(in IndexQuery query, Span<int> items, Span<float> scores)
        {
            var rows = new int[query.Excluded.Length];
            int excluded = 0;
            foreach (int item in query.Excluded) if (vectors.RowOf(item) is >= 0 and int row) rows[excluded++] = row;
            _search.Clear();
            _search.Add(query.Vector, rows.AsSpan(0, excluded), RowsOf(query.Allowed));
            _search.Find(items.Length);
            int count = _search.Copy(0, items, scores);
            for (int n = 0; n < count; n++) items[n] = vectors.Items.Span[items[n]];
            return count;
        }

        private BitSet? RowsOf(BitSet? allowed) =>
            allowed is null ? null : BitSet.Where(vectors.Count, row => allowed.Contains(vectors.Items.Span[row]));
    }

    /// <summary>The options of a <see cref="FlatIndex"/>.</summary>
    public sealed record Builder : IIndexBuilder
    {
        public IndexMetric Metric { get; init; }

        public IIndex Build(Matrix vectors, IndexContext context) => new FlatIndex(IndexVectors.From(vectors, Metric));
    }
}
