using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval.Indexes;

namespace Kindred.Retrieval;

/// <summary>
/// A model of embeddings by way of an index: the same answers as scoring every item and leaving the history out, as far as the index finds them,
/// at the cost of one search. Filters are inside the search, so that a list is not shorter for them.
/// </summary>
/// <param name="index">Of the model's item embeddings, by the inner product.</param>
/// <param name="source">The name its candidates carry.</param>
/// <param name="effort">Of every query, see <see cref="IndexQuery.Effort"/>; 0: the index's own.</param>
public sealed class IndexRecommender(IEmbeddingModel model, IIndex index, string source = "model", int effort = 0) : IRecommender
{
    private readonly IndexSearch _search = new(model, index, effort);

    public IReadOnlyList<Candidate> Recommend(in Query query, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var (items, scores) = (new int[Math.Min(count, model.Items.Count)], new float[Math.Min(count, model.Items.Count)]);
        var candidates = new Candidate[_search.Find(query, excludesHistory: true, items, scores)];
        for (int n = 0; n < candidates.Length; n++) candidates[n] = new(items[n], scores[n], source);
        return candidates;
    }
}
