using Kindred.Evaluation.Metrics.Ranking;

namespace Kindred.Evaluation.Metrics.Debiased;

/// <summary>
/// NDCG as if every item had had the same chance to be seen: relevant items count by their inverse propensity.
/// L. Yang et al., "Unbiased Offline Recommender Evaluation for Missing-Not-At-Random Implicit Feedback", RecSys 2018, eq. 11 with the
/// gain of DCG.
/// </summary>
/// <remarks>Divided by the value of an ideal list, which begins with the least popular relevant items; the paper divides by Σ w.</remarks>
/// <param name="gamma">How strongly popularity decided what was seen; −1: not at all, which is <see cref="Ndcg"/>.</param>
internal sealed class DebiasedNdcg(int k, ItemAudience train, double gamma = Propensities.Gamma) : IMetric
{
    private readonly Propensities _propensities = new(train, gamma);

    public int K { get; } = CutOff.Checked(k);

    public MetricDefinition Definition => new($"NDCGSnips@{K}",
        $"sum over the relevant items among the first {K} of w/log2(rank + 1) / the same sum for the list with the relevant items " +
        $"first, by " +
        $"falling w, w = (training users of the item)^-{(gamma + 1) / 2:0.###}; mean over users.");

    public double Measure(in RankedList ranking)
    {
        double gain = 0, ideal = 0;
        var hits = ranking.First(K);
        for (int n = 0; n < hits.Length; n++) if (hits[n]) gain += _propensities.WeightOf(ranking.Items[n]) * Discount.At(n);

        double[] weights = new double[ranking.Relevant.Length];
        for (int n = 0; n < weights.Length; n++) weights[n] = _propensities.WeightOf(ranking.Relevant[n]);
        Array.Sort(weights, static (a, b) => b.CompareTo(a));
        for (int n = 0; n < Math.Min(K, weights.Length); n++) ideal += weights[n] * Discount.At(n);
        return gain / ideal;
    }
}
