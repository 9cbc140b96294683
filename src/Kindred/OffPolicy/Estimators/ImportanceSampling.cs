namespace Kindred.OffPolicy.Estimators;

/// <summary>Estimators from weights and rewards alone.</summary>
internal static class ImportanceSampling
{
    /// <summary>
    /// V̂ = mean of the rewards where the policy would have shown the same item: for a uniform logging policy and a policy that does not
    /// choose at random. L. Li, W. Chu, J. Langford, X. Wang, "Unbiased Offline Evaluation of Contextual-bandit-based News Article
    /// Recommendation Algorithms", WSDM 2011.
    /// </summary>
    public static Estimate Replay(WeightedSample sample) =>
        Ratio(Array.ConvertAll(sample.Weights, weight => weight > 0 ? 1.0 : 0), sample.Rewards);

    /// <summary>
    /// V̂ = mean of min(w, λ)·r. D. Horvitz, D. Thompson, "A Generalization of Sampling Without Replacement from a Finite Universe", JASA
    /// 1952; clipped: E. Ionides, "Truncated Importance Sampling", JCGS 2008. Unbiased where λ is infinite and the logging policy shows
    /// everything that the policy would show.
    /// </summary>
    public static Estimate InversePropensity(WeightedSample sample, double clip = double.PositiveInfinity) =>
        Estimate.Mean([.. sample.Weights.Zip(sample.Rewards, (weight, reward) => Math.Min(weight, clip) * reward)]).Times(sample.Values);

    /// <summary>
    /// V̂ = Σ w·r / Σ w: never beyond the rewards. A. Swaminathan, T. Joachims, "The Self-Normalized Estimator for Counterfactual
    /// Learning",
    /// NeurIPS 2015.
    /// </summary>
    public static Estimate SelfNormalized(WeightedSample sample) => Ratio(sample.Weights, sample.Rewards).Times(sample.Values);

    private static Estimate Ratio(double[] weights, double[] rewards)
    {
        double sum = weights.Sum(), mean = sum / weights.Length;
        if (sum == 0) return new(double.NaN, new double[weights.Length]);
        double value = weights.Zip(rewards, (weight, reward) => weight * reward).Sum() / sum;
        return new(value, [.. weights.Zip(rewards, (weight, reward) => weight * (reward - value) / mean)]);
    }
}
