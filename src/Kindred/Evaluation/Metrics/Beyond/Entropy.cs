namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>
/// How evenly is the catalogue recommended? Shannon's entropy of exposure, as a share of the largest possible one: 1 when all items are
/// recommended equally often, 0 when it is always the same one.
/// G. Shani, A. Gunawardana, "Evaluating Recommendation Systems", Recommender Systems Handbook 2011, §8.3.3 (there not divided by its
/// maximum).
/// </summary>
/// <remarks>NaN when nothing is recommended, or when there is only one item.</remarks>
internal sealed record Entropy(int K) : ICatalogMetric
{
    public int K { get; } = CutOff.Checked(K);

    public MetricDefinition Definition => new($"Entropy@{K}",
        $"entropy of the items' shares of the first {K} places of all lists / log(items of the catalogue).");

    public double Measure(Exposure exposure)
    {
        var counts = exposure.Counts.Span;
        double sum = 0, entropy = 0;
        foreach (int count in counts) sum += count;
        if (sum == 0 || counts.Length < 2) return double.NaN;
        foreach (int count in counts)
            if (count > 0) entropy -= count / sum * Math.Log(count / sum);
        return entropy / Math.Log(counts.Length);
    }
}
