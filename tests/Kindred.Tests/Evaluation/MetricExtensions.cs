using Kindred.Evaluation.Metrics;

namespace Kindred.Tests.Evaluation;

/// <summary>Metrics asked by hand.</summary>
internal static class MetricExtensions
{
    /// <param name="relevant">Ascending.</param>
    public static double Of(
        this IMetric metric, int[] ranked, int[] relevant, float[]? gains = null, int[]? history = null) =>
        metric.Measure(Kindred.Evaluation.Metrics.RankedList.Of(ranked, relevant, new bool[ranked.Length], gains, history));
}
