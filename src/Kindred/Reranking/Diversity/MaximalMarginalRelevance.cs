using System.ComponentModel;
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
[Description("Maximal marginal relevance: pick what is relevant and unlike everything above it.")]
internal sealed record MaximalMarginalRelevance : DiversityReranker
{
    private protected override IStage BindTo(IItemSimilarity similarity) => new Bound(this, similarity);

    /// <param name="options">λ = RelevanceShare.</param>
    private sealed class Bound(MaximalMarginalRelevance options, IItemSimilarity similarity) : IStage
    {
        public void Apply(in Query query, Candidates candidates)
        {
            int count = candidates.Count, length = Math.Min(options.Count, count);
            float[] relevance = Relevance.Of(candidates.Scores), similarities = new float[count], nearest = new float[count];
            var gains = new double[count];
            var list = new GreedySelection(count);
            while (list.Count < length)
            {
                for (int place = 0; place < gains.Length; place++)
                    gains[place] = (options.RelevanceShare * relevance[place]) - ((1 - options.RelevanceShare) * nearest[place]);
                int next = list.Best(gains);
                list.Take(next);
                similarity.Compare(candidates.Items[next], candidates.Items, similarities);
                for (int place = 0; place < nearest.Length; place++)
                    nearest[place] = list.Count == 1 ? similarities[place] : Math.Max(nearest[place], similarities[place]);
            }
            candidates.Reorder(list.WithRest());
        }
    }
}
