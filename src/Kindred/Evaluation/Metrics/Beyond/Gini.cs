namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>
/// How unequally are the items recommended? 0: all equally often, towards 1: always the same few.
/// C. Gini 1912; for recommenders D. Fleder, K. Hosanagar, "Blockbuster Culture's Next Rise or Fall", Management Science 2009.
/// </summary>
/// <remarks>
///   x₁ ≤ … ≤ xₙ: how often each of the n items is recommended, also never
///   Σ (2i − n − 1)·xᵢ / (n·Σ xᵢ)
/// The largest possible value is (n − 1) / n. NaN when nothing is recommended.
/// </remarks>
internal sealed record Gini(int K) : ICatalogMetric
{
    public int K { get; } = CutOff.Checked(K);

    public MetricDefinition Definition => new($"Gini@{K}",
        $"Gini coefficient of how often each item of the catalogue is among the first {K} of a list: 0 all alike, 1 always the same.",
        MetricDirection.Lower);

    public double Measure(Exposure exposure)
    {
        int[] counts = exposure.Counts.ToArray();
        Array.Sort(counts);
        double weighted = 0, sum = 0;
        for (int n = 0; n < counts.Length; n++)
        {
            weighted += ((2.0 * (n + 1)) - counts.Length - 1) * counts[n];
            sum += counts[n];
        }
        return weighted / (counts.Length * sum); // 0 / 0 is NaN
    }
}
