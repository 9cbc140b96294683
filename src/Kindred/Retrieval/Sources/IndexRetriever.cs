using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval.Indexes;

namespace Kindred.Retrieval.Sources;

/// <summary>
/// Proposes a model's best items by way of an index: the same as scoring every item, as far as the index finds them, at the cost of one
/// search. What is allowed, and the history that is left out, are inside the search, so that a list is not shorter for them.
/// </summary>
internal sealed class IndexRetriever : IRetriever
{
    private readonly IEmbeddingModel _model;
    private readonly IIndex _index;
    private readonly int _effort;
    private readonly ScratchPool<float[]> _embeddings;

    /// <param name="index">Of the model's item embeddings, by the inner product.</param>
    /// <param name="effort">Of every query, see <see cref="IndexQuery.Effort"/>; 0: the index's own.</param>
    public IndexRetriever(IEmbeddingModel model, IIndex index, int effort = 0)
    {
        var description = index.Description;
        if (description.Metric != IndexMetric.InnerProduct)
            throw new ArgumentException($"A model's score is an inner product, this index is of {description.Metric}.", nameof(index));
        if (description.Dimensions != model.ItemEmbeddings.Columns)
            throw new ArgumentException(
                $"The model has {model.ItemEmbeddings.Columns} dimensions, the index {description.Dimensions}.", nameof(index));
        ArgumentOutOfRangeException.ThrowIfNegative(effort);
        (_model, _index, _effort) = (model, index, effort);
        _embeddings = new(() => new float[model.ItemEmbeddings.Columns]);
    }

    public bool CanExcludeHistory => true;

    public IModel? Model => _model;

    public int ItemCount => _model.Items.Count;

    public IRetriever? Exhaustive => new ModelRetriever(_model);

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        int count = Math.Min(items.Length, _index.Description.Count);
        if (count == 0) return 0;
        using var lease = _embeddings.Take();
        if (!_model.TryEmbed(query, lease.Scratch)) return 0;
        var excluded = query.ExcludesHistory ? query.History.Span : [];
        return _index.Search(
            IndexQuery.Of(lease.Scratch, excluded, query.Allowed, _model.Items.Count, _effort), items[..count], scores[..count]);
    }
}
