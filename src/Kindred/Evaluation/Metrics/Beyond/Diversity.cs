namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>
/// How different are the items of one list from each other? The mean distance of its pairs.
/// C.-N. Ziegler, S. McNee, J. Konstan, G. Lausen, "Improving Recommendation Lists Through Topic Diversification", WWW 2005 (there the
/// similarities are summed: ILS).
/// </summary>
/// <remarks>Pairs of unknown distance are left out; NaN for a list without a pair. Cost: K²/2 distances a user.</remarks>
internal sealed class Diversity(int k, IItemDistance distance) : IMetric
{
    public int K { get; } = CutOff.Checked(k);

    public MetricDefinition Definition => new($"Diversity{distance.Suffix}@{K}",
        $"mean over the pairs among the first {K} items of ({distance.Formula}); mean over users with such a pair.");

    public double Measure(in RankedList ranking)
    {
        var listed = ranking.Listed(K);
        double sum = 0;
        int pairs = 0;
        for (int n = 0; n < listed.Length; n++)
        {
            for (int m = 0; m < n; m++)
            {
                double apart = distance.Between(listed[n], listed[m]);
                if (double.IsNaN(apart)) continue;
                sum += apart;
                pairs++;
            }
        }
        return sum / pairs; // 0 / 0 is NaN
    }
}
