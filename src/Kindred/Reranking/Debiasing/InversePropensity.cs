using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Reranking.Debiasing;

/// <summary>
/// Divides scores by the chance that an item had to be seen, which popular ones had more of.
/// T. Schnabel, A. Swaminathan, A. Singh, N. Chandak, T. Joachims, "Recommendations as Treatments", ICML 2016; the chance as in L. Yang et
/// al.,
/// "Unbiased Offline Recommender Evaluation for Missing-Not-At-Random Implicit Feedback", RecSys 2018, §3.3: a power of popularity.
/// </summary>
/// <remarks>
///   score ← relevance / p, p = max(floor, (users of the item / users of the most popular item)^Power)
/// Relevance is the score scaled to 0…1 among the candidates, so that none is negative; an item without users counts as one with one.
/// The list is sorted. It is much rougher than <see cref="PopularityPenalty"/>: begin with a small power. Cost: a power a candidate.
/// </remarks>
[Description("Divide the score by the item's chance to be seen.")]
internal sealed record InversePropensity : Reranker
{
    [Description("Exponent of popularity in the chance to be seen. 0: no change; 1: in proportion to popularity."), Range(0.0, 2.0)]
    public float Power { get; set; } = .25f;

    [Description("Smallest chance to be seen: no score is multiplied by more than 1 / floor."), Range(1e-6, 1.0)]
    public float Floor { get; set; } = .01f;

    private protected override IStage BindTo(RerankingInputs inputs) => new Bound(this, inputs.Data.CountUsersOfItems());

    private sealed class Bound(InversePropensity options, int[] users) : IStage
    {
        private readonly double _most = Math.Max(1, users.DefaultIfEmpty().Max());

        public void Apply(in Query query, Candidates candidates)
        {
            float[] relevance = Relevance.Of(candidates.Scores);
            for (int place = 0; place < relevance.Length; place++)
            {
                int item = candidates.Items[place], count = (uint)item < (uint)users.Length ? users[item] : 0;
                candidates.Scores[place] =
                    (float)(relevance[place] / Math.Max(options.Floor, Math.Pow(Math.Max(1, count) / _most, options.Power)));
            }
            candidates.Sort();
        }
    }
}
