namespace Kindred.Evaluation.Metrics.Ranking;

/// <summary>
/// Precision at the rank of each hit, averaged; its mean over users is MAP. Divided by min(K, relevant items), so that an ideal list has 1.
/// </summary>
internal sealed record AveragePrecision(int K) : IMetric
{
    public int K { get; } = CutOff.Checked(K);

    public MetricDefinition Definition => new($"MAP@{K}",
        $"sum over the relevant items among the first {K} of (relevant items down to its rank / rank) / min({K}, relevant items); " +
        "mean over users.");

    public double Measure(in RankedList ranking)
    {
        double sum = 0;
        int hits = 0;
        var list = ranking.First(K);
        for (int n = 0; n < list.Length; n++) if (list[n]) sum += (double)++hits / (n + 1);
        return sum / Math.Min(K, ranking.Relevant.Length);
    }
}
