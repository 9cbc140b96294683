using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Reranking.Exploration;

/// <summary>
/// Gives each of the first places, with a small chance, to any candidate instead of the best one left.
/// R. Sutton, A. Barto, "Reinforcement Learning", 2nd ed. 2018, §2.2.
/// </summary>
/// <remarks>
/// The propensity of a place is exact, given the items above it: ε / m, and 1 − ε more for the best of the m left. The others follow in
/// their order, with propensity 1. To stand last: what comes after it and moves items makes the propensities wrong. Cost: Count · Among.
/// </remarks>
[Description("Epsilon-greedy: place the best candidate, and with a small chance any other.")]
internal sealed record EpsilonGreedy : ExplorationReranker
{
    [Description("Chance to draw any candidate."), Range(0.0, 1.0)]
    public float Share { get; set; } = .1f;

    /// <summary>Binds it: it needs candidates alone.</summary>
    public IStage Bind() => Bind(RerankingInputs.None);

    private protected override IStage BindTo(RerankingInputs inputs) => new Bound(this);

    /// <param name="options">ε = Share.</param>
    private sealed class Bound(EpsilonGreedy options) : IStage
    {
        public bool IsRandom => true;

        public void Apply(in Query query, Candidates candidates)
        {
            var rng = RequestRandom.Of(options.Seed, nameof(EpsilonGreedy), query);
            var left = Enumerable.Range(0, Math.Min(options.Among, candidates.Count)).ToList();
            var list = new GreedySelection(candidates.Count);
            var propensities = new float[Math.Min(options.Count, left.Count)];
            for (int n = 0; n < propensities.Length; n++)
            {
                int drawn = rng.NextDouble() < options.Share ? rng.NextInt(left.Count) : 0;
                propensities[n] = (options.Share / left.Count) + (drawn == 0 ? 1 - options.Share : 0);
                list.Take(left[drawn]);
                left.RemoveAt(drawn);
            }
            candidates.Reorder(list.WithRest());
            candidates.BeginPropensities();
            propensities.CopyTo(candidates.Propensities);
        }
    }
}
