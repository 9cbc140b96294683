namespace Kindred.Evaluation;

/// <summary>How far down is the first hit? Its mean over users is MRR.</summary>
public sealed record ReciprocalRank(int K) : IMetric
{
    public int K { get; } = Hits.CheckedK(K);

    public string Name => $"MRR@{K}";

    public string Definition => $"1 / rank of the first relevant item, 0 if none is among the first {K}; mean over users.";

    public double Measure(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant)
    {
        var list = ranked.First(K);
        for (int n = 0; n < list.Length; n++) if (relevant.Has(list[n])) return 1.0 / (n + 1);
        return 0;
    }
}
