using System.Collections.Concurrent;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Retrieval.Indexes;

namespace Kindred.Retrieval;

/// <summary>Asks an index what a model would be asked: the query embedded, filters inside the search. Safe to share between threads.</summary>
internal sealed class IndexSearch
{
    /// <summary>A longer history is taken out of what is allowed: an index looks at each excluded item by itself.</summary>
    private const int MostExcluded = 256;

    private readonly IEmbeddingModel _model;
    private readonly IIndex _index;
    private readonly int _effort;
    private readonly ConcurrentBag<float[]> _idle = []; // as many as there are threads

    /// <param name="effort">Of every query; 0: the index's own.</param>
    public IndexSearch(IEmbeddingModel model, IIndex index, int effort)
    {
        var description = index.Description;
        if (description.Metric != IndexMetric.InnerProduct)
            throw new ArgumentException($"A model's score is an inner product, this index is of {description.Metric}.", nameof(index));
        if (description.Dimensions != model.ItemEmbeddings.Columns)
            throw new ArgumentException($"The model has {model.ItemEmbeddings.Columns} dimensions, the index {description.Dimensions}.", nameof(index));
        ArgumentOutOfRangeException.ThrowIfNegative(effort);
        (_model, _index, _effort) = (model, index, effort);
    }

    /// <summary>The nearest items of <see cref="Query.Allowed"/>, best first; none when nothing is known.</summary>
    /// <param name="excludesHistory">What the user had is not looked for.</param>
    /// <param name="items">[count], the first ones overwritten.</param>
    /// <param name="scores">[count], parallel to <paramref name="items"/>.</param>
    /// <returns>How many there are.</returns>
    public int Find(in Query query, bool excludesHistory, Span<int> items, Span<float> scores)
    {
        int count = Math.Min(items.Length, _index.Description.Count);
        if (count == 0) return 0;
        if (!_idle.TryTake(out float[]? embedding)) embedding = new float[_model.ItemEmbeddings.Columns];
        int found = 0;
        if (_model.TryEmbed(query, embedding))
        {
            var excluded = excludesHistory ? query.History.Span : [];
            found = _index.Search(QueryOf(embedding, excluded, query.Allowed, _model.Items.Count, _effort), items[..count], scores[..count]);
        }
        _idle.Add(embedding);
        return found;
    }

    /// <param name="history">Items left out, any number.</param>
    /// <param name="items">How many items there are.</param>
    public static IndexQuery QueryOf(ReadOnlySpan<float> vector, ReadOnlySpan<int> history, BitSet? allowed, int items, int effort)
    {
        if (history.Length > MostExcluded)
        {
            allowed = (allowed ?? BitSet.All(items)).Except(BitSet.Of(items, history));
            history = [];
        }
        return new(vector) { Allowed = allowed, Excluded = history, Effort = effort };
    }
}
