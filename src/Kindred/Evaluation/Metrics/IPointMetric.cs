namespace Kindred.Evaluation.Metrics;

/// <summary>How far predicted values are from what happened, event by event: a function of the mean loss of all events.</summary>
internal interface IPointMetric
{
    MetricDefinition Definition { get; }

    /// <returns>≥ 0; 0 for a perfect prediction.</returns>
    double Loss(double predicted, double actual);

    /// <returns>The metric, in its own unit.</returns>
    double FromMean(double meanLoss);
}

internal static class PointMetrics
{
    /// <returns>The metric over all events together; NaN without any.</returns>
    /// <param name="predicted">[n]</param>
    /// <param name="actual">[n]</param>
    public static double Measure(this IPointMetric metric, ReadOnlySpan<float> predicted, ReadOnlySpan<float> actual)
    {
        RequireSameLength(predicted, actual);
        double sum = 0;
        for (int n = 0; n < predicted.Length; n++) sum += metric.Loss(predicted[n], actual[n]);
        return metric.FromMean(sum / predicted.Length);
    }

    internal static void RequireSameLength(ReadOnlySpan<float> predicted, ReadOnlySpan<float> actual)
    {
        if (predicted.Length != actual.Length)
            throw new ArgumentException($"{predicted.Length} predictions for {actual.Length} events.", nameof(predicted));
    }
}
