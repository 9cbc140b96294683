namespace Kindred.Evaluation.Metrics.Ranking;

/// <summary>How far down is the first hit? Its mean over users is MRR.</summary>
internal sealed record ReciprocalRank(int K) : IMetric
{
    public int K { get; } = CutOff.Checked(K);

    public MetricDefinition Definition => new($"MRR@{K}",
        $"1 / rank of the first relevant item, 0 if none is among the first {K}; mean over users.");

    public double Measure(in RankedList ranking)
    {
        int first = ranking.First(K).IndexOf(true);
        return first < 0 ? 0 : 1.0 / (first + 1);
    }
}
