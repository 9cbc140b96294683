namespace Kindred.Evaluation;

/// <summary>
/// Normalized discounted cumulative gain with binary relevance: a hit is worth less further down.
/// K. Järvelin, J. Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", TOIS 2002, with the discount 1 / log₂(rank + 1).
/// </summary>
public sealed record Ndcg(int K) : IMetric
{
    public int K { get; } = Hits.CheckedK(K);

    public string Name => $"NDCG@{K}";

    public string Definition =>
        $"sum over the relevant items among the first {K} of 1/log2(rank + 1) / the same sum for an ideal list, " +
        $"whose first min({K}, relevant items) places are all relevant; mean over users.";

    public double Measure(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant)
    {
        double gain = 0, ideal = 0;
        var list = ranked.First(K);
        for (int n = 0; n < list.Length; n++) if (relevant.Has(list[n])) gain += 1 / Math.Log2(n + 2);
        for (int n = 0; n < Math.Min(K, relevant.Length); n++) ideal += 1 / Math.Log2(n + 2);
        return gain / ideal;
    }
}
