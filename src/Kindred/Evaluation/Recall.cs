namespace Kindred.Evaluation;

/// <summary>How much of what was relevant is found? Divided by the number of relevant items, also where that is more than K.</summary>
public sealed record Recall(int K) : IMetric
{
    public int K { get; } = Hits.CheckedK(K);

    public string Name => $"Recall@{K}";

    public string Definition => $"relevant items among the first {K} / all relevant items of the user; mean over users.";

    public double Measure(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant) =>
        (double)Hits.Count(ranked, relevant, K) / relevant.Length;
}
