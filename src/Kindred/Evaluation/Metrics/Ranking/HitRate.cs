namespace Kindred.Evaluation.Metrics.Ranking;

/// <summary>Does the list hold anything relevant?</summary>
internal sealed record HitRate(int K) : IMetric
{
    public int K { get; } = CutOff.Checked(K);

    public MetricDefinition Definition => new($"HitRate@{K}",
        $"1 if at least one of the first {K} items is relevant, else 0; mean over users.");

    public double Measure(in RankedList ranking) => ranking.First(K).Contains(true) ? 1 : 0;
}
