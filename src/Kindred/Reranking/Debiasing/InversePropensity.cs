using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Reranking.Debiasing;

/// <summary>
/// Divides scores by the chance that an item had to be seen, which popular ones had more of.
/// T. Schnabel, A. Swaminathan, A. Singh, N. Chandak, T. Joachims, "Recommendations as Treatments", ICML 2016; the chance as in L. Yang et al.,
/// "Unbiased Offline Recommender Evaluation for Missing-Not-At-Random Implicit Feedback", RecSys 2018, §3.3: a power of popularity.
/// </summary>
/// <remarks>
///   score ← relevance / p, p = max(floor, (users of the item / users of the most popular item)^Power)
/// Relevance is the score scaled to 0…1 among the candidates, so that none is negative; an item without users counts as one with one. The list is
/// sorted. It is much rougher than <see cref="PopularityPenalty"/>: begin with a small power. Cost: a division a candidate.
/// </remarks>
public sealed class InversePropensity(Interactions interactions) : IStage
{
    private readonly int[] _users = interactions.CountUsersOfItems();

    /// <summary>0 changes no order; 1 takes the chance to be in proportion to popularity.</summary>
    public float Power { get; init => field = OptionCheck.Between(0, 2, value, nameof(Power)); } = .25f;

    /// <summary>The least chance that is believed: no item gains more than 1 / floor.</summary>
    public float Floor { get; init => field = OptionCheck.Between(1e-6f, 1, value, nameof(Floor)); } = .01f;

    public void Apply(in Query query, Candidates candidates)
    {
        float[] relevance = Relevance.Of(candidates.Scores);
        double most = Math.Max(1, _users.DefaultIfEmpty().Max());
        for (int place = 0; place < relevance.Length; place++)
        {
            int item = candidates.Items[place], users = (uint)item < (uint)_users.Length ? _users[item] : 0;
            candidates.Scores[place] = (float)(relevance[place] / Math.Max(Floor, Math.Pow(Math.Max(1, users) / most, Power)));
        }
        candidates.Sort();
    }
}
