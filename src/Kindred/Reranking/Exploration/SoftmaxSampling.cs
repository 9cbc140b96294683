using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Reranking.Exploration;

/// <summary>
/// Draws the first places, the better ones more often.
/// R. Plackett, "The Analysis of Permutations", Applied Statistics 1975; drawn by adding Gumbel noise and sorting: W. Kool, H. van Hoof, M. Welling,
/// "Stochastic Beams and Where to Find Them", ICML 2019, §2.
/// </summary>
/// <remarks>
///   P(i next | those above) = exp(relevance(i) / T) / Σ over j not above: exp(relevance(j) / T)
/// This is the propensity that is kept, exactly. Relevance is the score scaled to 0…1 among the candidates that are drawn among. The others
/// follow in their order, with propensity 1. To stand last, as <see cref="EpsilonGreedy"/>. Cost: a sort of Among numbers.
/// </remarks>
public sealed class SoftmaxSampling : IStage
{
    /// <summary>How many places are drawn.</summary>
    public int Count { get; init => field = OptionCheck.AtLeast(1, value, nameof(Count)); } = 10;

    /// <summary>How many candidates, of the best, are drawn among.</summary>
    public int Among { get; init => field = OptionCheck.AtLeast(1, value, nameof(Among)); } = 100;

    /// <summary>T: at .1 the best is drawn e¹⁰ times as often as the worst.</summary>
    public float Temperature { get; init => field = OptionCheck.Between(.01f, 100, value, nameof(Temperature)); } = .1f;

    public int Seed { get; init; }

    public void Apply(in Query query, Candidates candidates)
    {
        int among = Math.Min(Among, candidates.Count), count = Math.Min(Count, among);
        double[] masses = Array.ConvertAll(Relevance.Of(candidates.Scores[..among]), relevance => Math.Exp((relevance - 1) / Temperature));
        var rng = RequestRandom.Of(Seed, nameof(SoftmaxSampling), query);
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
