namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>
/// How different are the lists of two users? 0: all users get the same, 1: no two lists have an item in common.
/// T. Zhou et al., "Solving the Apparent Diversity-Accuracy Dilemma of Recommender Systems", PNAS 2010 (mean Hamming distance of lists).
/// </summary>
/// <remarks>
/// Two lists overlap by (items in both) / K. An item that c lists hold is in both lists of c(c − 1)/2 pairs, and there are
/// lists·(lists − 1)/2 pairs, so that the mean overlap needs no pairs, only counts:
///   1 − Σ over items of c(c − 1) / (lists·(lists − 1)·K)
/// The missing places of a list shorter than K have nothing in common with anything. NaN for fewer than two lists.
/// </remarks>
internal sealed record Personalization(int K) : ICatalogMetric
{
    public int K { get; } = CutOff.Checked(K);

    public MetricDefinition Definition => new($"Personalization@{K}",
        $"1 - mean over all pairs of lists of (items among the first {K} of both / {K}).");

    public double Measure(Exposure exposure)
    {
        if (exposure.Lists < 2) return double.NaN;
        double shared = 0;
        foreach (int count in exposure.Counts.Span) shared += count * (count - 1.0);
        return 1 - (shared / (exposure.Lists * (exposure.Lists - 1.0) * K));
    }
}
