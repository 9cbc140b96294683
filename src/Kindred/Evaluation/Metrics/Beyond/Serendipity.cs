namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>
/// How many hits would a popularity list not have brought?
/// M. Ge, C. Delgado-Battenfeld, D. Jannach, "Beyond Accuracy: Evaluating Recommender Systems by Coverage and Serendipity", RecSys 2010,
/// with popularity as the primitive recommender and relevance as usefulness.
/// </summary>
/// <remarks>
/// The primitive list has the K items with the most training users that are not in the history, as the model `popularity` gives them. The
/// paper relates the useful unexpected items to the unexpected ones; here they are divided by K, so that a list of one unexpected hit and
/// nine bestsellers is not perfect.
/// </remarks>
internal sealed class Serendipity(int k, ItemAudience train) : IMetric
{
    private readonly int[] _byPopularity = ItemOrder.ByPopularity(train.UsersOfItems);

    public int K { get; } = CutOff.Checked(k);

    public MetricDefinition Definition => new($"Serendipity@{K}",
        $"relevant items among the first {K} that are not among the {K} most popular items that the user did not have / {K}; mean over " +
        $"users.");

    public double Measure(in RankedList ranking)
    {
        var hits = ranking.First(K);
        if (!hits.Contains(true)) return 0;
        var history = ranking.DistinctHistory();
        var expected = new HashSet<int>(_byPopularity.Where(item => !history.Contains(item)).Take(K));
        int found = 0;
        for (int n = 0; n < hits.Length; n++)
            if (hits[n] && !expected.Contains(ranking.Items[n])) found++;
        return (double)found / K;
    }
}
