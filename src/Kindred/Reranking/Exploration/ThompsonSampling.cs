using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Reranking.Exploration;

/// <summary>
/// Gives each of the first places to the candidate that is best in one draw of what the click rates may be: sure ones mostly, unsure ones
/// sometimes. W. Thompson, "On the Likelihood That One Unknown Probability Exceeds Another", Biometrika 1933; O. Chapelle, L. Li, "An
/// Empirical Evaluation of Thompson Sampling", NIPS 2011, algorithm 2.
/// </summary>
/// <remarks>
///   rate(i) ~ Beta(m·r + clicks, m·(1 − r) + shows − clicks), r: the rate of all items, m = PriorShows; next = argmax over the candidates
/// left Each place has draws of its own, so that its propensity, given the items above it, is the chance to be the best of those left.
/// There is no formula for that: it is estimated by Draws other draws, as (1 + times best) / (1 + Draws), which is never 0 and, in the
/// mean, at most 1 / (1 + Draws) too large. Only the rates count, not the scores, but for who is among the first. The others follow in
/// their order, with propensity 1. To stand last, as
/// <see cref="EpsilonGreedy"/>. Cost: (Count + Draws) · Among draws of a Beta distribution and Count · Draws · Among comparisons.
/// </remarks>
[Description("Thompson sampling: place the best candidate of one draw from what is known of the click rates.")]
internal sealed record ThompsonSampling : ExplorationReranker
{
    [Description("Clicks and shows by item id: {\"42\": [3, 100]}. Nothing is known of other items.")]
    public required IReadOnlyDictionary<string, IReadOnlyList<long>> Clicks { get; set; }

    [Description("Weight of the mean click rate of all items, in shows of the item."), Range(.001, 1e6)]
    public float PriorShows { get; set; } = 20;

    [Description("Number of draws that estimate the propensities."), Range(1, 100_000)]
    public int Draws { get; set; } = 100;

    /// <summary>Binds it to rates of any origin.</summary>
    internal IStage Bind(ClickRates rates)
    {
        OptionCheck.Check(this);
        return new Bound(this, rates);
    }

    private protected override IStage BindTo(RerankingInputs inputs)
    {
        var items = inputs.Data.Items;
        var (clicks, shows) = (new long[items.Count], new long[items.Count]);
        foreach (var (id, counts) in Clicks)
        {
            if (counts is not [>= 0 and var clicked, var shown] || clicked > shown)
                throw new InputException(
                    $"The clicks of item '{id}' must be [clicks, shows], with 0 to shows clicks; they are [{string.Join(", ", counts)}].",
                    nameof(Clicks));
            if (items.TryGetIndex(id, out int item)) (clicks[item], shows[item]) = (clicked, shown);
        }
        return new Bound(this, new(clicks, shows));
    }

    private sealed class Bound(ThompsonSampling options, ClickRates rates) : IStage
    {
        public bool IsRandom => true;

        public void Apply(in Query query, Candidates candidates)
        {
            int[] items = candidates.Items[..Math.Min(options.Among, candidates.Count)].ToArray();
            var rng = RequestRandom.Of(options.Seed, nameof(ThompsonSampling), query);
            var simulated = new double[options.Draws][];
            for (int draw = 0; draw < options.Draws; draw++) simulated[draw] = RatesOf(items);
            var list = new GreedySelection(candidates.Count);
            var propensities = new float[Math.Min(options.Count, items.Length)];
            for (int n = 0; n < propensities.Length; n++)
            {
                int next = list.Best(RatesOf(items));
                propensities[n] = (1f + simulated.Count(drawn => list.Best(drawn) == next)) / (1 + options.Draws);
                list.Take(next);
            }
            candidates.Reorder(list.WithRest());
            candidates.BeginPropensities();
            propensities.CopyTo(candidates.Propensities);

            double[] RatesOf(int[] of) => Array.ConvertAll(of, item => rates.Draw(item, options.PriorShows, rng));
        }
    }
}
