namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>How much of the catalogue is recommended to any user?</summary>
internal sealed record Coverage(int K) : ICatalogMetric
{
    public int K { get; } = CutOff.Checked(K);

    public MetricDefinition Definition => new($"Coverage@{K}", $"items among the first {K} of at least one user's list / all items.");

    public double Measure(Exposure exposure)
    {
        var counts = exposure.Counts.Span;
        return (counts.Length - counts.Count(0)) / (double)counts.Length;
    }
}
