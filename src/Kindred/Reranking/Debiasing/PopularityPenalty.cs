using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Reranking.Debiasing;

/// <summary>
/// Takes popularity out of scores: what is left is what speaks for the item with this user.
/// A. Menon, S. Jayasumana, A. Rawat, H. Jain, A. Veit, S. Kumar, "Long-Tail Learning via Logit Adjustment", ICLR 2021, eq. 9: score −
/// τ·log prior.
/// </summary>
/// <remarks>
///   score ← relevance − α·log(1 + users of the item) / log(1 + users of the most popular item)
/// Relevance is the score scaled to 0…1 among the candidates, so that α is a share of it.
/// The list is sorted. Cost: a logarithm an item when bound, a multiply-add a candidate.
/// </remarks>
[Description("Subtract popularity from the score.")]
internal sealed record PopularityPenalty : Reranker
{
    [Description("Weight of popularity. 0: no change; 1: the most popular item may fall from the first place to the last."),
        Range(0.0, 10.0)]
    public float Strength { get; set; } = .2f;

    private protected override IStage BindTo(RerankingInputs inputs) => new Bound(Strength, inputs.Data.CountUsersOfItems());

    private sealed class Bound : IStage
    {
        private readonly float _strength;
        private readonly float[] _popularity; // [items], 0…1

        public Bound(float strength, int[] users)
        {
            double most = Math.Log(1 + Math.Max(1, users.DefaultIfEmpty().Max()));
            (_strength, _popularity) = (strength, Array.ConvertAll(users, count => (float)(Math.Log(1 + count) / most)));
        }

        public void Apply(in Query query, Candidates candidates)
        {
            float[] relevance = Relevance.Of(candidates.Scores);
            for (int place = 0; place < relevance.Length; place++)
            {
                int item = candidates.Items[place];
                candidates.Scores[place] = relevance[place] - (_strength * ((uint)item < (uint)_popularity.Length ? _popularity[item] : 0));
            }
            candidates.Sort();
        }
    }
}
