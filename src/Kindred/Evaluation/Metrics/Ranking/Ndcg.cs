namespace Kindred.Evaluation.Metrics.Ranking;

/// <summary>
/// Normalized discounted cumulative gain with binary relevance: a hit is worth less further down.
/// K. Järvelin, J. Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", TOIS 2002, with the discount 1 / log₂(rank + 1).
/// </summary>
internal sealed record Ndcg(int K) : IMetric
{
    public int K { get; } = CutOff.Checked(K);

    public MetricDefinition Definition => new($"NDCG@{K}",
        $"sum over the relevant items among the first {K} of 1/log2(rank + 1) / the same sum for an ideal list, " +
        $"whose first min({K}, relevant items) places are all relevant; mean over users.");

    public double Measure(in RankedList ranking)
    {
        double gain = 0, ideal = 0;
        var list = ranking.First(K);
        for (int n = 0; n < list.Length; n++) if (list[n]) gain += Discount.At(n);
        for (int n = 0; n < Math.Min(K, ranking.Relevant.Length); n++) ideal += Discount.At(n);
        return gain / ideal;
    }
}

/// <summary>What a hit is worth by its place.</summary>
internal static class Discount
{
    private static readonly double[] First = [.. Enumerable.Range(0, 1000).Select(place => 1 / Math.Log2(place + 2))];

    /// <returns>1 / log₂(rank + 1), rank = place + 1.</returns>
    public static double At(int place) => place < First.Length ? First[place] : 1 / Math.Log2(place + 2);
}
