namespace Kindred.OffPolicy.Estimators;

/// <summary>
/// Lepski's principle: of estimates with ever more bias and ever less variance, takes the last whose interval still agrees with all before
/// it. Y. Su, P. Srinath, A. Krishnamurthy, "Adaptive Estimator Selection for Off-Policy Evaluation", ICML 2020.
/// </summary>
internal static class Slope
{
    /// <returns>The index of the chosen one.</returns>
    /// <param name="candidates">The least biased first: value and half width of the interval.</param>
    public static int Choose(IReadOnlyList<(double Value, double HalfWidth)> candidates)
    {
        // With widths that are non-increasing, (√6 − 1) makes the error at most six times the best one's.
        double share = Math.Sqrt(6) - 1;
        for (int i = 1; i < candidates.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double gap = Math.Abs(candidates[i].Value - candidates[j].Value);
                if (!(gap <= candidates[i].HalfWidth + (share * candidates[j].HalfWidth))) return i - 1;
            }
        }
        return candidates.Count - 1;
    }
}
