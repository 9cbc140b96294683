using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval.Indexes;

namespace Kindred.Retrieval.Sources;

/// <summary>Proposes a model's best items by way of an index, see <see cref="IndexRecommender"/>.</summary>
/// <param name="index">Of the model's item embeddings, by the inner product.</param>
/// <param name="effort">Of every query, see <see cref="IndexQuery.Effort"/>; 0: the index's own.</param>
public sealed class IndexRetriever(IEmbeddingModel model, IIndex index, int effort = 0) : IRetriever
{
    private readonly IndexSearch _search = new(model, index, effort);

    public int Retrieve(in Query query, Span<int> items, Span<float> scores) => _search.Find(query, excludesHistory: false, items, scores);
}
