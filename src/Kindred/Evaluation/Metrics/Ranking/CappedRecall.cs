namespace Kindred.Evaluation.Metrics.Ranking;

/// <summary>
/// How much of what the list had room for is found? Divided by min(K, relevant items), so that an ideal list has 1.
/// D. Liang, R. Krishnan, M. Hoffman, T. Jebara, "Variational Autoencoders for Collaborative Filtering", WWW 2018, eq. 9.
/// </summary>
/// <remarks>
/// Two conventions are called Recall@K. Papers after Mult-VAE (EASE, RecVAE) divide by min(K, n), papers after LightGCN (and BARS) by n, as
/// <see cref="Recall"/> does; this one is never the smaller, and their numbers cannot be compared.
/// </remarks>
internal sealed record CappedRecall(int K) : IMetric
{
    public int K { get; } = CutOff.Checked(K);

    public MetricDefinition Definition => new($"RecallCapped@{K}",
        $"relevant items among the first {K} / min({K}, relevant items of the user); mean over users.");

    public double Measure(in RankedList ranking) => (double)ranking.HitsAmong(K) / Math.Min(K, ranking.Relevant.Length);
}
