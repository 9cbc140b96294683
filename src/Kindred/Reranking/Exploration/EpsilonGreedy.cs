using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Reranking.Exploration;

/// <summary>
/// Gives each of the first places, with a small chance, to any candidate instead of the best one left.
/// R. Sutton, A. Barto, "Reinforcement Learning", 2nd ed. 2018, §2.2.
/// </summary>
/// <remarks>
/// The propensity of a place is exact, given the items above it: ε / m, and 1 − ε more for the best of the m left. The others follow in their
/// order, with propensity 1. To stand last: what comes after it and moves items makes the propensities wrong. Cost: Count · Among.
/// </remarks>
public sealed class EpsilonGreedy : IStage
{
    /// <summary>How many places are drawn.</summary>
    public int Count { get; init => field = OptionCheck.AtLeast(1, value, nameof(Count)); } = 10;

    /// <summary>How many candidates, of the best, are drawn among.</summary>
    public int Among { get; init => field = OptionCheck.AtLeast(1, value, nameof(Among)); } = 100;

    /// <summary>ε: the chance to draw.</summary>
    public float Share { get; init => field = OptionCheck.Between(0, 1, value, nameof(Share)); } = .1f;

    public int Seed { get; init; }

    public void Apply(in Query query, Candidates candidates)
    {
        var rng = RequestRandom.Of(Seed, nameof(EpsilonGreedy), query);
        var left = Enumerable.Range(0, Math.Min(Among, candidates.Count)).ToList();
        var list = new GreedySelection(candidates.Count);
        var propensities = new float[Math.Min(Count, left.Count)];
        for (int n = 0; n < propensities.Length; n++)
        {
            int drawn = rng.NextDouble() < Share ? rng.NextInt(left.Count) : 0;
            propensities[n] = (Share / left.Count) + (drawn == 0 ? 1 - Share : 0);
            list.Take(left[drawn]);
            left.RemoveAt(drawn);
        }
        candidates.Reorder(list.WithRest());
        candidates.BeginPropensities();
        propensities.CopyTo(candidates.Propensities);
    }
}
