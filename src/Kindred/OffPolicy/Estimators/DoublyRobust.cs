namespace Kindred.OffPolicy.Estimators;

/// <summary>Estimators from what a model expects of rewards, corrected by weights.</summary>
internal static class DoublyRobust
{
    /// <summary>V̂ = mean of Σₐ πe(a | x)·q̂(x, a): as biased as the model is.</summary>
    public static Estimate DirectMethod(RewardPredictions model) => Estimate.Mean(model.Target);

    /// <summary>
    /// V̂ = mean of Σₐ πe(a | x)·q̂(x, a) + w·(r − q̂): unbiased where either the propensities or the model are right. M. Dudík, J.
    /// Langford,
    /// L. Li, "Doubly Robust Policy Evaluation and Learning", ICML 2011.
    /// </summary>
    public static Estimate Plain(WeightedSample sample, RewardPredictions model) => Of(sample, model, weight => weight);

    /// <summary>The model alone where w > λ. Y. Wang, A. Agarwal, M. Dudík, "Optimal and Adaptive Off-policy Evaluation in Contextual
    /// Bandits", ICML 2017.</summary>
    public static Estimate Switch(WeightedSample sample, RewardPredictions model, double threshold) =>
        Of(sample, model, weight => weight <= threshold ? weight : 0);

    /// <summary>
    /// With the weights λ·w / (w² + λ): between the direct method, λ = 0, and the plain one, λ = ∞. Y. Su, M. Dimakopoulou,
    /// A. Krishnamurthy, M. Dudík, "Doubly Robust Off-policy Evaluation with Shrinkage", ICML 2020.
    /// </summary>
    public static Estimate Shrunk(WeightedSample sample, RewardPredictions model, double lambda) =>
        Of(sample, model, weight => double.IsPositiveInfinity(lambda) ? weight : lambda == 0 ? 0
            : lambda * weight / ((weight * weight) + lambda));

    private static Estimate Of(WeightedSample sample, RewardPredictions model, Func<double, double> weightOf)
    {
        var terms = new double[sample.Count];
        for (int n = 0; n < terms.Length; n++)
            terms[n] = model.Target[n] + (weightOf(sample.Weights[n]) * (sample.Rewards[n] - model.Shown[n]));
        return Estimate.Mean(terms);
    }
}
