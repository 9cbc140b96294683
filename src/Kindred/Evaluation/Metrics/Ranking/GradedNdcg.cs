namespace Kindred.Evaluation.Metrics.Ranking;

/// <summary>What a relevant item of weight g is worth.</summary>
internal enum GainForm
{
    /// <summary>g, as in Järvelin and Kekäläinen.</summary>
    Linear,

    /// <summary>2^g − 1, as in Burges et al.: for grades of a scale, not for counts.</summary>
    Exponential,
}

/// <summary>
/// Normalized discounted cumulative gain where some relevant items are worth more than others: the weights of the test events are the
/// grades. K. Järvelin, J. Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", TOIS 2002 (gain g); C. Burges et al., "Learning
/// to Rank using Gradient Descent", ICML 2005, §6 (gain 2^g − 1). The discount is 1 / log₂(rank + 1) for both.
/// </summary>
/// <remarks>Where the test events have no weights, or equal ones, it is <see cref="Ndcg"/>.</remarks>
internal sealed record GradedNdcg(int K, GainForm Form) : IMetric
{
    public int K { get; } = CutOff.Checked(K);

    private string Suffix => Form == GainForm.Linear ? "Linear" : "Exponential";

    public MetricDefinition Definition => new($"NDCG{Suffix}@{K}",
        $"sum over the relevant items among the first {K} of {(Form == GainForm.Linear ? "weight" : "(2^weight - 1)")}/log2(rank + 1) / " +
        "the same sum for the list with the relevant items first, by falling weight; mean over users.");

    public double Measure(in RankedList ranking)
    {
        var weights = ranking.Gains;
        if (weights.IsEmpty) return new Ndcg(K).Measure(ranking);
        float largest = 0;
        foreach (float weight in weights) largest = Math.Max(largest, weight);

        double gain = 0, ideal = 0;
        var list = ranking.First(K);
        for (int n = 0; n < list.Length; n++)
            if (list[n]) gain += GainOf(weights[ranking.Relevant.BinarySearch(ranking.Items[n])], largest) * Discount.At(n);

        float[] sorted = weights.ToArray();
        Array.Sort(sorted, static (a, b) => b.CompareTo(a));
        for (int n = 0; n < Math.Min(K, sorted.Length); n++) ideal += GainOf(sorted[n], largest) * Discount.At(n);
        return gain / ideal;
    }

    /// <summary>Divided by 2^largest, which gain and ideal have in common: nothing overflows.</summary>
    private double GainOf(float weight, float largest) =>
        Form == GainForm.Linear ? weight : Math.Pow(2, weight - largest) - Math.Pow(2, -largest);
}
