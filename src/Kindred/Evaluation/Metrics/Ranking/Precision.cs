namespace Kindred.Evaluation.Metrics.Ranking;

/// <summary>How much of the list is relevant? Divided by K, also where the list is shorter.</summary>
internal sealed record Precision(int K) : IMetric
{
    public int K { get; } = CutOff.Checked(K);

    public MetricDefinition Definition => new($"Precision@{K}", $"relevant items among the first {K} / {K}; mean over users.");

    public double Measure(in RankedList ranking) => (double)ranking.HitsAmong(K) / K;
}
