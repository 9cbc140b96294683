using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Reranking.Diversity;

/// <summary>
/// Puts next what is relevant and unlike everything above it.
/// J. Carbonell, J. Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing Summaries", SIGIR 1998.
/// </summary>
/// <remarks>
///   next = argmax over i not listed: λ·relevance(i) − (1 − λ)·max over j listed: similarity(i, j)
/// Deviation: the paper compares two similarities; here relevance is the score, scaled to 0…1 among the candidates of the request.
/// Scores stay as they are; candidates that are not chosen follow in their order.
/// Cost: Count · candidates similarities: the maxima are kept, not computed again.
/// </remarks>
public sealed class MaximalMarginalRelevance(IItemSimilarity similarity) : IStage
{
    /// <summary>How many are chosen.</summary>
    public int Count { get; init => field = OptionCheck.AtLeast(1, value, nameof(Count)); } = 20;

    /// <summary>λ: 1 keeps the order, 0 looks at similarity alone.</summary>
    public float RelevanceShare { get; init => field = OptionCheck.Between(0, 1, value, nameof(RelevanceShare)); } = .7f;

    public void Apply(in Query query, Candidates candidates)
    {
        float[] relevance = Relevance.Of(candidates.Scores), similarities = new float[candidates.Count], nearest = new float[candidates.Count];
        var gains = new double[candidates.Count];
        var list = new GreedySelection(candidates.Count);
        while (list.Count < Math.Min(Count, candidates.Count))
        {
            for (int place = 0; place < gains.Length; place++)
                gains[place] = (RelevanceShare * relevance[place]) - ((1 - RelevanceShare) * nearest[place]);
            int next = list.Best(gains);
            list.Take(next);
            similarity.Compare(candidates.Items[next], candidates.Items, similarities);
            for (int place = 0; place < nearest.Length; place++)
                nearest[place] = list.Count == 1 ? similarities[place] : Math.Max(nearest[place], similarities[place]);
        }
        candidates.Reorder(list.WithRest());
    }
}
