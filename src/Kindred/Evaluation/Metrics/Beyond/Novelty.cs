namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>
/// How little known is what is recommended? The mean self-information of the listed items: a bit is a halving of the audience.
/// T. Zhou, Z. Kuscsik, J. Liu, M. Medo, J. Wakeling, Y. Zhang, "Solving the Apparent Diversity-Accuracy Dilemma of Recommender Systems",
/// PNAS 2010 ("surprisal"); P. Castells, N. Hurley, S. Vargas, "Novelty and Diversity in Recommender Systems", Recommender Systems
/// Handbook.
/// </summary>
/// <remarks>An item without training user counts as one with one user. NaN for a user without a list.</remarks>
internal sealed class Novelty(int k, ItemAudience train) : IMetric
{
    private readonly double[] _bits = [.. train.UsersOfItems
        .Select(users => -Math.Log2(Math.Max(1, users) / (double)train.Users))];

    public int K { get; } = CutOff.Checked(k);

    public MetricDefinition Definition => new($"Novelty@{K}",
        $"mean over the first {K} items of -log2(training users of the item / all users), in bits; mean over users with a list.",
        MetricDirection.Neither);

    public double Measure(in RankedList ranking)
    {
        var listed = ranking.Listed(K);
        double sum = 0;
        foreach (int item in listed) sum += _bits[item];
        return sum / listed.Length; // 0 / 0 is NaN
    }
}
