namespace Kindred.Evaluation;

/// <summary>Does the list hold anything relevant?</summary>
public sealed record HitRate(int K) : IMetric
{
    public int K { get; } = Hits.CheckedK(K);

    public string Name => $"HitRate@{K}";

    public string Definition => $"1 if at least one of the first {K} items is relevant, else 0; mean over users.";

    public double Measure(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant) => Hits.Count(ranked, relevant, K) > 0 ? 1 : 0;
}
