using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Reranking.Exploration;

/// <summary>
/// Gives each of the first places to the candidate that is best in one draw of what the click rates may be: sure ones mostly, unsure ones sometimes.
/// W. Thompson, "On the Likelihood That One Unknown Probability Exceeds Another", Biometrika 1933; O. Chapelle, L. Li, "An Empirical Evaluation of
/// Thompson Sampling", NIPS 2011, algorithm 2.
/// </summary>
/// <remarks>
///   rate(i) ~ Beta(m·r + clicks, m·(1 − r) + shows − clicks), r: the rate of all items, m = PriorShows; next = argmax over the candidates left
/// Each place has draws of its own, so that its propensity, given the items above it, is the chance to be the best of those left. There is no formula
/// for that: it is estimated by Draws other draws, as (1 + times best) / (1 + Draws), which is never 0 and, in the mean, at most 1 / (1 + Draws) too large.
/// Only the rates count, not the scores, but for who is among the first. The others follow in their order, with propensity 1. To stand last, as
/// <see cref="EpsilonGreedy"/>. Cost: (Count + Draws) · Among draws of a Beta distribution and Count · Draws · Among comparisons.
/// </remarks>
public sealed class ThompsonSampling(ClickRates rates) : IStage
{
    /// <summary>How many places are drawn.</summary>
    public int Count { get; init => field = OptionCheck.AtLeast(1, value, nameof(Count)); } = 10;

    /// <summary>How many candidates, of the best, are drawn among.</summary>
    public int Among { get; init => field = OptionCheck.AtLeast(1, value, nameof(Among)); } = 50;

    /// <summary>How much is believed of an item before it was shown: shows at the mean rate of all.</summary>
    public float PriorShows { get; init => field = OptionCheck.Above(0, value, nameof(PriorShows)); } = 20;

    /// <summary>How often rates are drawn to know the propensities.</summary>
    public int Draws { get; init => field = OptionCheck.AtLeast(1, value, nameof(Draws)); } = 100;

    public int Seed { get; init; }

    public void Apply(in Query query, Candidates candidates)
    {
        int[] items = candidates.Items[..Math.Min(Among, candidates.Count)].ToArray();
        var rng = RequestRandom.Of(Seed, nameof(ThompsonSampling), query);
        var simulated = new double[Draws][];
        for (int draw = 0; draw < Draws; draw++) simulated[draw] = RatesOf(items);
        var list = new GreedySelection(candidates.Count);
        var propensities = new float[Math.Min(Count, items.Length)];
        for (int n = 0; n < propensities.Length; n++)
        {
            int next = list.Best(RatesOf(items));
            propensities[n] = (1f + simulated.Count(drawn => list.Best(drawn) == next)) / (1 + Draws);
            list.Take(next);
        }
        candidates.Reorder(list.WithRest());
        candidates.BeginPropensities();
        propensities.CopyTo(candidates.Propensities);

        double[] RatesOf(int[] of) => Array.ConvertAll(of, item => rates.Draw(item, PriorShows, rng));
    }
}
