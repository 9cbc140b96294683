namespace Kindred.Evaluation.Metrics.Ratings;

/// <summary>
/// When 30 % is said, does it happen in 30 of 100? The expected calibration error (ECE).
/// M. Naeini, G. Cooper, M. Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
/// </summary>
/// <remarks>
/// Events in the order of their predictions, cut into bins of equally many, so that no bin is nearly empty:
///   Σ over bins of (events of the bin / all events) · |mean prediction − share that happened|
/// Equal predictions are exchangeable, but a border may fall between them: the share of each is then that of all events with this
/// prediction, so that their order does not matter. Not a mean over events, so it is no <see cref="IPointMetric"/>.
/// </remarks>
internal sealed record CalibrationError(int Bins = 10)
{
    public int Bins { get; } = Bins >= 1 ? Bins : throw new InputException($"Bins must be >= 1, was {Bins}.");

    public MetricDefinition Definition => new("ECE",
        $"mean over {Bins} bins of equally many events, by predicted probability, of |mean prediction - share that happened|.",
        MetricDirection.Lower);

    /// <returns>From 0 to 1; NaN without events.</returns>
    /// <param name="predicted">[n], probabilities of 1.</param>
    /// <param name="actual">[n], 0 or 1.</param>
    public double Measure(ReadOnlySpan<float> predicted, ReadOnlySpan<float> actual)
    {
        PointMetrics.RequireSameLength(predicted, actual);
        if (predicted.IsEmpty) return double.NaN;
        float[] sorted = predicted.ToArray(), happened = actual.ToArray();
        Array.Sort(sorted, happened);
        ShareAmongEqual(sorted, happened);
        double error = 0;
        int bins = Math.Min(Bins, sorted.Length);
        for (int bin = 0; bin < bins; bin++)
        {
            int first = (int)((long)sorted.Length * bin / bins), end = (int)((long)sorted.Length * (bin + 1) / bins);
            double difference = 0;
            for (int n = first; n < end; n++) difference += (double)sorted[n] - happened[n];
            error += Math.Abs(difference) / sorted.Length;
        }
        return error;
    }

    private static void ShareAmongEqual(float[] sorted, float[] happened)
    {
        for (int first = 0, end; first < sorted.Length; first = end)
        {
            double sum = 0;
            for (end = first; end < sorted.Length && sorted[end] == sorted[first]; end++) sum += happened[end];
            if (end - first > 1) happened.AsSpan(first, end - first).Fill((float)(sum / (end - first)));
        }
    }
}
