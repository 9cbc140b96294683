namespace Kindred.Evaluation;

/// <summary>How good one user's list is: a number in [0, 1], higher is better. Relevant items are all worth the same.</summary>
public interface IMetric
{
    /// <summary>Short name with the cut-off, as in tables: <c>NDCG@10</c>.</summary>
    string Name { get; }

    /// <summary>One sentence with the formula; reports print it.</summary>
    string Definition { get; }

    /// <summary>How many items of the list count, ≥ 1.</summary>
    int K { get; }

    /// <param name="ranked">[any], best first, no repeats; only the first K count, and the missing places of a shorter list are misses.</param>
    /// <param name="relevant">[≥ 1], ascending, no repeats.</param>
    double Measure(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant);
}

/// <summary>Ready-made sets of metrics.</summary>
public static class StandardMetrics
{
    /// <returns>Every metric there is, at each of the cut-offs.</returns>
    public static IReadOnlyList<IMetric> At(params ReadOnlySpan<int> cutOffs)
    {
        var metrics = new List<IMetric>();
        foreach (int k in cutOffs)
            metrics.AddRange([new Ndcg(k), new Recall(k), new HitRate(k), new Precision(k), new AveragePrecision(k), new ReciprocalRank(k)]);
        return metrics;
    }
}
