namespace Kindred.Retrieval.Indexes;

/// <summary>
/// How much of the exact answer an index finds: the share of the exact first K that is among its own K, over queries, with a 95 % interval.
/// </summary>
/// <param name="K">Length of the lists.</param>
/// <param name="Queries">Measured; those with no exact answer are not.</param>
internal sealed record RecallEstimate(int K, double Mean, double Low, double High, long Queries)
{
    /// <summary>".961 [.952, .969]".</summary>
    public override string ToString() => $"{Text(Mean)} [{Text(Low)}, {Text(High)}]";

    private static string Text(double share) => share.ToString(share < .9995 ? ".000" : "0.000");
}

/// <summary>Sums up recalls, query by query.</summary>
/// <remarks>
/// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 1927: the interval of a share p of n trials,
/// (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n), z = 1.96. The K items of one query are not independent trials: n is queries·K
/// divided by the design effect, the variance between queries over what it would be if they were, at least 1 (E. Korn, B. Graubard,
/// "Confidence Intervals for Proportions with Small Expected Number of Positive Counts Estimated from Survey Data", Survey Methodology
/// 1998). Where nothing at all was missed there is no variance to see, and the effect is taken as 1.
/// </remarks>
internal sealed class RecallSum(int k)
{
    private const double Z = 1.959963984540054;

    private long _queries, _found, _wanted;
    private double _squares; // of the recalls of queries

    /// <param name="found">Of the exact answer, how many are among the index's.</param>
    /// <param name="wanted">Items of the exact answer, at most K; 0: the query says nothing.</param>
    public void Add(int found, int wanted)
    {
        if (wanted == 0) return;
        double recall = (double)found / wanted;
        (_queries, _found, _wanted, _squares) = (_queries + 1, _found + found, _wanted + wanted, _squares + (recall * recall));
    }

    /// <returns>Null as long as nothing was added.</returns>
    public RecallEstimate? Estimate()
    {
        if (_queries == 0) return null;
        double p = (double)_found / _wanted, trials = _wanted;
        double between = Math.Max(0, (_squares / _queries) - (p * p)), independent = p * (1 - p) * _queries / _wanted;
        if (independent > 0) trials /= Math.Max(1, between / independent);
        double middle = p + (Z * Z / (2 * trials)), scale = 1 + (Z * Z / trials);
        double half = Z * Math.Sqrt((p * (1 - p) / trials) + (Z * Z / (4 * trials * trials)));
        return new(k, p, Math.Clamp((middle - half) / scale, 0, p), Math.Clamp((middle + half) / scale, p, 1), _queries);
    }
}
