namespace Kindred.Evaluation.Metrics.Ratings;

/// <summary>Mean negative log-likelihood of yes and no, in nats: the price of being sure and wrong.</summary>
/// <remarks>Probabilities are clipped to [ε, 1 − ε], ε = 10⁻⁷: one that was 0 for what happened would cost more than all others
/// together.</remarks>
internal sealed record LogLoss : IPointMetric
{
    private const double Clip = 1e-7;

    public MetricDefinition Definition => new("LogLoss",
        "mean over events of -ln(probability given to what happened), probabilities clipped to [1e-7, 1 - 1e-7].", MetricDirection.Lower);

    /// <param name="predicted">Probability of 1.</param>
    /// <param name="actual">0 or 1.</param>
    public double Loss(double predicted, double actual)
    {
        double p = Math.Clamp(predicted, Clip, 1 - Clip);
        return -((actual * Math.Log(p)) + ((1 - actual) * Math.Log(1 - p)));
    }

    public double FromMean(double meanLoss) => meanLoss;
}
