namespace Kindred.Onboarding;

/// <summary>
/// Two lists in one while little is known of a user: what a model recommends, and what is popular. After n events the model weighs
/// n / (n + h).
/// </summary>
/// <remarks>
///   score(i) = w / (c + rank in the model's list) + (1 − w) / (c + rank in the popular list)
/// Ranks, as scores of models have no common unit: G. Cormack, C. Clarke, S. Büttcher, "Reciprocal Rank Fusion Outperforms Condorcet and
/// Individual Rank Learning Methods", SIGIR 2009, with weights.
/// </remarks>
internal static class PopularityBlend
{
    /// <summary>Events after which both weigh the same; h.</summary>
    public const double HalfWeight = 1;

    private const double FirstRanks = 10; // c: how little the first places stand out

    public static double ModelWeight(int events, double halfWeight = HalfWeight) => events / (events + halfWeight);

    /// <param name="model">Best first, without repeats.</param>
    /// <param name="popular">Likewise.</param>
    /// <returns>The items of both, best first; of equals that of the model first.</returns>
    public static IReadOnlyList<T> Lists<T>(IReadOnlyList<T> model, IReadOnlyList<T> popular, double modelWeight) where T : notnull
    {
        var scores = new Dictionary<T, double>();
        for (int rank = 1; rank <= model.Count; rank++) scores[model[rank - 1]] = modelWeight / (FirstRanks + rank);
        for (int rank = 1; rank <= popular.Count; rank++)
            scores[popular[rank - 1]] = scores.GetValueOrDefault(popular[rank - 1]) + ((1 - modelWeight) / (FirstRanks + rank));
        return [.. scores.OrderByDescending(pair => pair.Value).Select(pair => pair.Key)];
    }
}
