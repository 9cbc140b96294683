using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Reranking.Debiasing;

/// <summary>
/// Takes popularity out of scores: what is left is what speaks for the item with this user.
/// A. Menon, S. Jayasumana, A. Rawat, H. Jain, A. Veit, S. Kumar, "Long-Tail Learning via Logit Adjustment", ICLR 2021, eq. 9: score − τ·log prior.
/// </summary>
/// <remarks>
///   score ← relevance − α·log(1 + users of the item) / log(1 + users of the most popular item)
/// Relevance is the score scaled to 0…1 among the candidates, so that α is a share of it. The list is sorted. Cost: a logarithm a candidate.
/// </remarks>
public sealed class PopularityPenalty : IStage
{
    private readonly float[] _popularity; // [items], 0…1

    public PopularityPenalty(Interactions interactions)
    {
        int[] users = interactions.CountUsersOfItems();
        double most = Math.Log(1 + Math.Max(1, users.DefaultIfEmpty().Max()));
        _popularity = Array.ConvertAll(users, count => (float)(Math.Log(1 + count) / most));
    }

    /// <summary>α: 0 changes no order; 1 lets the best candidate, were it the most popular item, fall to the worst, were it unknown.</summary>
    public float Strength { get; init => field = OptionCheck.Between(0, 10, value, nameof(Strength)); } = .2f;

    public void Apply(in Query query, Candidates candidates)
    {
        float[] relevance = Relevance.Of(candidates.Scores);
        for (int place = 0; place < relevance.Length; place++)
        {
            int item = candidates.Items[place];
            candidates.Scores[place] = relevance[place] - (Strength * ((uint)item < (uint)_popularity.Length ? _popularity[item] : 0));
        }
        candidates.Sort();
    }
}
