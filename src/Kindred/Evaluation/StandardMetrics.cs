using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Ranking;

namespace Kindred.Evaluation;

/// <summary>Ready-made sets of metrics.</summary>
internal static class StandardMetrics
{
    /// <returns>The accuracy metrics in common use, at each of the cut-offs.</returns>
    public static IReadOnlyList<IMetric> At(params ReadOnlySpan<int> cutOffs)
    {
        var metrics = new List<IMetric>();
        foreach (int k in cutOffs)
            metrics.AddRange([new Ndcg(k), new Recall(k), new HitRate(k), new Precision(k), new AveragePrecision(k),
                new ReciprocalRank(k)]);
        return metrics;
    }
}
