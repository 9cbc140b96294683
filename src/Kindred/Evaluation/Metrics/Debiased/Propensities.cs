namespace Kindred.Evaluation.Metrics.Debiased;

/// <summary>
/// How much a relevant item counts, given that popular ones had more chances to be seen: 1 / p, p ∝ (training users)^((γ + 1)/2).
/// L. Yang, Y. Cui, Y. Xuan, C. Wang, S. Belongie, D. Estrin, "Unbiased Offline Recommender Evaluation for Missing-Not-At-Random Implicit
/// Feedback", RecSys 2018, §3.3.
/// </summary>
/// <remarks>An item without training user counts as one with one user.</remarks>
internal sealed class Propensities(ItemAudience train, double gamma)
{
    /// <summary>The paper finds 1.5 to 3 to work alike; the smallest of them corrects least.</summary>
    public const double Gamma = 1.5;

    private readonly double[] _weights = [.. train.UsersOfItems
        .Select(users => Math.Pow(Math.Max(1, users), -(Checked(gamma) + 1) / 2))];

    /// <returns>1 / p, up to a factor that is the same for all items.</returns>
    public double WeightOf(int item) => _weights[item];

    private static double Checked(double gamma) => gamma is >= -1 and <= 10
        ? gamma : throw new InputException($"Gamma, the power of popularity, must be in -1..10, was {gamma}.");
}
