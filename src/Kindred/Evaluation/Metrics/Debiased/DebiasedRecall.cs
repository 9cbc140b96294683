using Kindred.Evaluation.Metrics.Ranking;

namespace Kindred.Evaluation.Metrics.Debiased;

/// <summary>
/// Recall as if every item had had the same chance to be seen: relevant items count by their inverse propensity, self-normalized (SNIPS).
/// L. Yang et al., "Unbiased Offline Recommender Evaluation for Missing-Not-At-Random Implicit Feedback", RecSys 2018, eq. 11.
/// </summary>
/// <param name="gamma">How strongly popularity decided what was seen; −1: not at all, which is <see cref="Recall"/>.</param>
internal sealed class DebiasedRecall(int k, ItemAudience train, double gamma = Propensities.Gamma) : IMetric
{
    private readonly Propensities _propensities = new(train, gamma);

    public int K { get; } = CutOff.Checked(k);

    public MetricDefinition Definition => new($"RecallSnips@{K}",
        $"sum over the relevant items among the first {K} of w / sum over all relevant items of w, " +
        $"w = (training users of the item)^-{(gamma + 1) / 2:0.###}; mean over users.");

    public double Measure(in RankedList ranking)
    {
        double found = 0, all = 0;
        var hits = ranking.First(K);
        for (int n = 0; n < hits.Length; n++) if (hits[n]) found += _propensities.WeightOf(ranking.Items[n]);
        foreach (int item in ranking.Relevant) all += _propensities.WeightOf(item);
        return found / all;
    }
}
