using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Reranking.Exploration;

/// <summary>
/// Draws the first places, the better ones more often.
/// R. Plackett, "The Analysis of Permutations", Applied Statistics 1975; drawn by adding Gumbel noise and sorting: W. Kool, H. van Hoof, M.
/// Welling,
/// "Stochastic Beams and Where to Find Them", ICML 2019, §2.
/// </summary>
/// <remarks>
///   P(i next | those above) = exp(relevance(i) / T) / Σ over j not above: exp(relevance(j) / T)
/// This is the propensity that is kept, exactly. Relevance is the score scaled to 0…1 among the candidates that are drawn among. The others
/// follow in their order, with propensity 1. To stand last, as <see cref="EpsilonGreedy"/>. Cost: a sort of Among numbers.
/// </remarks>
[Description("Softmax sampling: draw candidates at random, the better ones more often.")]
internal sealed record SoftmaxSampling : ExplorationReranker
{
    [Description("Evenness of the draws: at 0.1 the best candidate is drawn 22,000 times as often as the worst, at 100 as often."),
        Range(.01, 100.0)]
    public float Temperature { get; set; } = .1f;

    /// <summary>Binds it: it needs candidates alone.</summary>
    public IStage Bind() => Bind(RerankingInputs.None);

    private protected override IStage BindTo(RerankingInputs inputs) => new Bound(this);

    /// <param name="options">T = Temperature.</param>
    private sealed class Bound(SoftmaxSampling options) : IStage
    {
        public bool IsRandom => true;

        public void Apply(in Query query, Candidates candidates)
        {
            int among = Math.Min(options.Among, candidates.Count), count = Math.Min(options.Count, among);
            double[] masses = Array.ConvertAll(
                Relevance.Of(candidates.Scores[..among]), relevance => Math.Exp((relevance - 1) / options.Temperature));
            var rng = RequestRandom.Of(options.Seed, nameof(SoftmaxSampling), query);
            var keys = new double[among]; // ascending: −(log mass + Gumbel noise)
            for (int place = 0; place < among; place++) keys[place] = Math.Log(-Math.Log(1 - rng.NextDouble())) - Math.Log(masses[place]);
            int[] drawn = [.. Enumerable.Range(0, among)];
            Array.Sort(keys, drawn);

            var list = new GreedySelection(candidates.Count);
            foreach (int place in drawn.AsSpan(0, count)) list.Take(place);
            var propensities = new float[count];
            double left = 0; // summed from the end, the small ones first
            for (int n = among - 1; n >= 0; n--)
            {
                left += masses[drawn[n]];
                if (n < count) propensities[n] = (float)(masses[drawn[n]] / left);
            }
            candidates.Reorder(list.WithRest());
            candidates.BeginPropensities();
            propensities.CopyTo(candidates.Propensities);
        }
    }
}
