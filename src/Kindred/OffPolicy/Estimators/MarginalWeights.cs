namespace Kindred.OffPolicy.Estimators;

/// <summary>
/// Weights of groups of items instead of items: w(x, e) = E[w(x, a) | x, e], the mean weight of the decisions of a context whose item is of
/// group e. Y. Saito, T. Joachims, "Off-Policy Evaluation for Large Action Spaces via Embeddings", ICML 2022, §3.3. Far steadier
/// where items are many; biased by what an item does beyond its group.
/// </summary>
internal static class MarginalWeights
{
    /// <returns>[decisions]</returns>
    public static double[] Of(BanditLog log, double[] weights)
    {
        int[] cluster = log.Cluster ?? throw new InvalidOperationException("The items have no clusters.");
        var means = new Dictionary<(int Context, int Cluster), (double Sum, int Count)>();
        for (int row = 0; row < weights.Length; row++)
        {
            var key = (log.Context[row], cluster[row]);
            var (sum, count) = means.GetValueOrDefault(key);
            means[key] = (sum + weights[row], count + 1);
        }
        return [.. weights.Select((_, row) => means[(log.Context[row], cluster[row])] is var (sum, count) ? sum / count : 0)];
    }
}
