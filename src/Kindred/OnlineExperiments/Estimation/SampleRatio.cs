using Kindred.Numerics.Distributions;

namespace Kindred.OnlineExperiments.Estimation;

/// <summary>Whether the arms have as many units as they should (sample ratio mismatch, SRM).</summary>
public static class SampleRatio
{
    /// <summary>With fewer expected units an arm the distribution is none.</summary>
    private const double FewestExpected = 8;

    /// <summary>How close to the shares the alternative is expected: as sure as of so many units.</summary>
    private const double Concentration = 10_000;

    /// <summary>Pearson's χ² = Σ(o − e)²/e with arms − 1 degrees of freedom (A. Fabijan et al., KDD 2019).</summary>
    /// <param name="shares">Of the arms; an arm that should get none is left out.</param>
    /// <returns>NaN: too few units.</returns>
    public static (double ChiSquared, double PValue) Test(IReadOnlyList<long> units, IReadOnlyList<double> shares)
    {
        ArgumentNullException.ThrowIfNull(units);
        ArgumentNullException.ThrowIfNull(shares);
        int[] arms = [.. Enumerable.Range(0, units.Count).Where(arm => shares[arm] > 0)];
        double all = arms.Sum(arm => units[arm]), chiSquared = 0, share = arms.Sum(arm => shares[arm]);
        foreach (int arm in arms)
        {
            double expected = all * shares[arm] / share;
            if (expected < FewestExpected) return (double.NaN, double.NaN);
            chiSquared += (units[arm] - expected) * (units[arm] - expected) / expected;
        }
        return arms.Length < 2 ? (double.NaN, double.NaN) : (chiSquared, ChiSquared.Survival(chiSquared, arms.Length - 1));
    }

    /// <summary>
    /// The same, for those who look every day: a Bayes factor of shares drawn from a Dirichlet distribution around the planned ones against
    /// the planned ones. M. Lindon, A. Malek, "Anytime-Valid Inference for Multinomial Count Data", NeurIPS 2022.
    /// </summary>
    /// <param name="unitsByDay">[days][arms]: units that came in.</param>
    /// <returns>The smallest 1 / Bayes factor up to each day, at most 1: valid at all looks together.</returns>
    public static double[] SequentialPValues(IReadOnlyList<long[]> unitsByDay, IReadOnlyList<double> shares)
    {
        ArgumentNullException.ThrowIfNull(unitsByDay);
        ArgumentNullException.ThrowIfNull(shares);
        int[] arms = [.. Enumerable.Range(0, shares.Count).Where(arm => shares[arm] > 0)];
        double share = arms.Sum(arm => shares[arm]);
        var counts = new long[shares.Count];
        var pValues = new double[unitsByDay.Count];
        double smallest = 1;
        for (int day = 0; day < pValues.Length; day++)
        {
            for (int arm = 0; arm < counts.Length; arm++) counts[arm] += unitsByDay[day][arm];
            double all = arms.Sum(arm => counts[arm]);
            // ln of the marginal likelihood under the Dirichlet, less that under the planned shares; n! cancels
            double log = Gamma.Log(Concentration) - Gamma.Log(Concentration + all);
            foreach (int arm in arms)
            {
                double planned = shares[arm] / share, prior = Concentration * planned;
                log += Gamma.Log(prior + counts[arm]) - Gamma.Log(prior) - (counts[arm] * Math.Log(planned));
            }
            pValues[day] = smallest = Math.Min(smallest, Math.Exp(-log));
        }
        return pValues;
    }
}
