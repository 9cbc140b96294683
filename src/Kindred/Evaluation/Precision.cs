namespace Kindred.Evaluation;

/// <summary>How much of the list is relevant? Divided by K, also where the list is shorter.</summary>
public sealed record Precision(int K) : IMetric
{
    public int K { get; } = Hits.CheckedK(K);

    public string Name => $"Precision@{K}";

    public string Definition => $"relevant items among the first {K} / {K}; mean over users.";

    public double Measure(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant) => (double)Hits.Count(ranked, relevant, K) / K;
}
