namespace Kindred.OffPolicy;

/// <summary>All that an estimator sees of a log and a policy.</summary>
/// <param name="Weights">[decisions]: w = πe(a | x) / πb(a | x), the target's probability by the logging policy's.</param>
/// <param name="Rewards">[decisions]</param>
/// <param name="Values">Per decision 1; of lists, whose value is a sum, decisions / lists.</param>
/// <param name="Predictions">Null where the target is not known for all items.</param>
internal sealed record WeightedSample(
    double[] Weights, double[] Rewards, double Values, Clusters Units, RewardPredictions? Predictions)
{
    public int Count => Weights.Length;

    public static double[] WeightsOf(BanditLog log, TargetPolicy policy) =>
        [.. policy.Chosen.Select((probability, row) => probability / log.Propensities[row])];
}

/// <summary>What a model expects of rewards, for doubly robust estimates.</summary>
/// <param name="Shown">[decisions]: q̂(x, a) of the item that was shown.</param>
/// <param name="Target">[decisions]: Σₐ πe(a | x)·q̂(x, a).</param>
internal sealed record RewardPredictions(double[] Shown, double[] Target);

/// <summary>Which decisions depend on each other.</summary>
/// <param name="Of">[decisions]; null: each stands alone.</param>
internal readonly record struct Clusters(int[]? Of, int Count)
{
    /// <returns>
    /// The standard error of a mean of n terms whose sums are independent between clusters: √(G/(G−1)·Σ_g(Σ_{i∈g} ψᵢ)²) / n.
    /// K. Liang, S. Zeger, "Longitudinal Data Analysis Using Generalized Linear Models", Biometrika 1986.
    /// </returns>
    /// <param name="centred">[n]: ψ, with mean 0.</param>
    public double StandardError(double[] centred)
    {
        if (Count < 2) return double.NaN;
        double squares = 0;
        if (Of is null)
        {
            foreach (double term in centred) squares += term * term;
        }
        else
        {
            var sums = new double[Count];
            for (int n = 0; n < centred.Length; n++) sums[Of[n]] += centred[n];
            foreach (double sum in sums) squares += sum * sum;
        }
        return Math.Sqrt(squares * Count / (Count - 1)) / centred.Length;
    }
}
