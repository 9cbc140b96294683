namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>
/// How many training users have the listed items, on average? Known as ARP.
/// H. Yin, B. Cui, J. Li, J. Yao, C. Chen, "Challenging the Long Tail Recommendation", VLDB 2012.
/// </summary>
/// <remarks>NaN for a user without a list.</remarks>
internal sealed class AveragePopularity(int k, ItemAudience train) : IMetric
{
    private readonly int[] _audience = train.UsersOfItems;

    public int K { get; } = CutOff.Checked(k);

    public MetricDefinition Definition => new($"ARP@{K}",
        $"mean over the first {K} items of the training users of the item; mean over users with a list.", MetricDirection.Neither);

    public double Measure(in RankedList ranking)
    {
        var listed = ranking.Listed(K);
        double sum = 0;
        foreach (int item in listed) sum += _audience[item];
        return sum / listed.Length; // 0 / 0 is NaN
    }
}
