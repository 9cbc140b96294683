namespace Kindred.Evaluation.Metrics.Ranking;

/// <summary>How much of what was relevant is found? Divided by the number of relevant items, also where that is more than K.</summary>
internal sealed record Recall(int K) : IMetric
{
    public int K { get; } = CutOff.Checked(K);

    public MetricDefinition Definition => new($"Recall@{K}",
        $"relevant items among the first {K} / all relevant items of the user; mean over users.");

    public double Measure(in RankedList ranking) => (double)ranking.HitsAmong(K) / ranking.Relevant.Length;
}
