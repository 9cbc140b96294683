namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>
/// Is a user given more popular items than they chose themselves? 0: as popular as their own, 1: twice as popular.
/// H. Abdollahpouri, M. Mansoury, R. Burke, B. Mobasher, "The Unfairness of Popularity Bias in Recommendation", RMSE workshop at RecSys
/// 2019
/// (ΔGAP); "The Connection Between Popularity Bias, Calibration, and Fairness in Recommendation", RecSys 2020 (lift).
/// </summary>
/// <remarks>
/// The papers divide the means of a group of users, here each user is compared with themselves and the mean is taken afterwards, so that an
/// interval over users means something; groups come from segments. NaN for a user without a history or without a list.
/// </remarks>
internal sealed class PopularityLift(int k, ItemAudience train) : IMetric
{
    private readonly int[] _audience = train.UsersOfItems;

    public int K { get; } = CutOff.Checked(k);

    public MetricDefinition Definition => new($"PopularityLift@{K}",
        $"mean training users of the first {K} items / mean training users of the different items of the history - 1; " +
        "mean over users with a history and a list.",
        MetricDirection.Neither);

    public double Measure(in RankedList ranking)
    {
        var listed = ranking.Listed(K);
        var history = ranking.DistinctHistory();
        if (listed.IsEmpty || history.Count == 0) return double.NaN;
        double sum = 0, own = 0;
        foreach (int item in listed) sum += _audience[item];
        foreach (int item in history) own += _audience[item];
        return own == 0 ? double.NaN : sum / listed.Length / (own / history.Count) - 1;
    }
}
