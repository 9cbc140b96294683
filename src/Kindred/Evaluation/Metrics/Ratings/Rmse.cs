namespace Kindred.Evaluation.Metrics.Ratings;

/// <summary>Root mean squared error, in the unit of the values: large errors count more than in proportion.</summary>
internal sealed record Rmse : IPointMetric
{
    public MetricDefinition Definition =>
        new("RMSE", "square root of the mean over events of (predicted - actual)^2.", MetricDirection.Lower);

    public double Loss(double predicted, double actual) => (predicted - actual) * (predicted - actual);

    public double FromMean(double meanLoss) => Math.Sqrt(meanLoss);
}
