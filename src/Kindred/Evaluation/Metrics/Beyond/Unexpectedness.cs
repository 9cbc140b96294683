namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>
/// How far is the list from what the user had? The mean distance between an item of the list and an item of the history.
/// M. Kaminskas, D. Bridge, "Diversity, Serendipity, Novelty, and Coverage", TiiS 2016, §3.3; the idea of a distance from what is expected
/// is P. Adamopoulos, A. Tuzhilin, "On Unexpectedness in Recommender Systems", TIST 2014.
/// </summary>
/// <remarks>
/// The mean distance, not that to the nearest item of the history, which a long history makes small. Pairs of unknown distance are left
/// out; NaN for a user without a pair. Cost: K · |history| distances a user.
/// </remarks>
internal sealed class Unexpectedness(int k, IItemDistance distance) : IMetric
{
    public int K { get; } = CutOff.Checked(k);

    public MetricDefinition Definition => new($"Unexpectedness{distance.Suffix}@{K}",
        $"mean over the pairs of one of the first {K} items and a different item of the history of ({distance.Formula}); " +
        "mean over users with such a pair.");

    public double Measure(in RankedList ranking)
    {
        var history = ranking.DistinctHistory();
        double sum = 0;
        int pairs = 0;
        foreach (int item in ranking.Listed(K))
        {
            foreach (int past in history)
            {
                double apart = distance.Between(item, past);
                if (double.IsNaN(apart)) continue;
                sum += apart;
                pairs++;
            }
        }
        return sum / pairs; // 0 / 0 is NaN
    }
}
