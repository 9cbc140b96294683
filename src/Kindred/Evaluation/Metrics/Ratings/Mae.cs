namespace Kindred.Evaluation.Metrics.Ratings;

/// <summary>Mean absolute error, in the unit of the values.</summary>
internal sealed record Mae : IPointMetric
{
    public MetricDefinition Definition => new("MAE", "mean over events of |predicted - actual|.", MetricDirection.Lower);

    public double Loss(double predicted, double actual) => Math.Abs(predicted - actual);

    public double FromMean(double meanLoss) => meanLoss;
}
