using Kindred.Numerics.Distributions;

namespace Kindred.OnlineExperiments.Estimation;

/// <summary>How the chance of a false alarm is spent over the looks.</summary>
public enum AlphaSpending
{
    /// <summary>Hardly any at first: the last look is nearly as if it were the only one. 2 − 2Φ(z / √t).</summary>
    OBrienFleming,

    /// <summary>α·t² (K. Kim, D. DeMets, Biometrika 1987).</summary>
    Quadratic,
}

/// <summary>
/// Boundaries for a few looks that were planned, by alpha spending: K. Lan, D. DeMets, "Discrete Sequential Boundaries for Clinical
/// Trials", Biometrika 1983.
/// </summary>
public static class GroupSequential
{
    /// <summary>Beyond so many standard deviations there is nothing.</summary>
    private const double Edge = 8;

    private const double StepsPerDeviation = 5;

    /// <param name="fractions">Information at each look as a part of all that was planned: ascending, above 0, at most 1.</param>
    /// <param name="alpha">Two-sided: half of it is spent above, half below.</param>
    /// <returns>Of |z| at each look, at most 8.</returns>
    /// <remarks>
    /// The density of the sum that has crossed no boundary yet is carried from look to look by Simpson's rule (P. Armitage,
    /// C. K. McPherson, B. C. Rowe, JRSS A 1969). Error of a boundary: below 1e-5. Cost: a millisecond for 5 looks.
    /// </remarks>
    public static double[] Boundaries(IReadOnlyList<double> fractions, double alpha, AlphaSpending spending)
    {
        ArgumentNullException.ThrowIfNull(fractions);
        var boundaries = new double[fractions.Count];
        double spent = 0, before = 0;
        Density? density = null;
        for (int look = 0; look < boundaries.Length; look++)
        {
            double t = fractions[look], due = Spent(spending, alpha / 2, t);
            double increase = t - before;
            if (density is not null && increase < 1e-9) // nothing came in: the same look
            {
                boundaries[look] = boundaries[look - 1];
                continue;
            }
            double deviation = Math.Sqrt(increase);
            double toSpend = due - spent;
            double bound = density is null ? Math.Min(Edge, Normal.UpperQuantile(Math.Min(.5, toSpend))) * Math.Sqrt(t)
                : density.Quantile(toSpend, deviation, Edge * Math.Sqrt(t));
            spent += density is null ? Normal.Survival(bound / Math.Sqrt(t)) : density.Above(bound, deviation);
            boundaries[look] = bound / Math.Sqrt(t);
            double next = look + 1 < boundaries.Length ? Math.Sqrt(Math.Max(1e-9, fractions[look + 1] - t)) : deviation;
            density = Density.Of(density, bound, Math.Sqrt(t), deviation, Math.Min(deviation, next) / StepsPerDeviation);
            before = t;
        }
        return boundaries;
    }

    /// <returns>The smallest α at which the boundary of the last look is crossed: C. Jennison, B. Turnbull, "Group Sequential Methods with
    /// Applications to Clinical Trials", 1999, §9.3.</returns>
    public static double RepeatedPValue(double z, IReadOnlyList<double> fractions, AlphaSpending spending)
    {
        ArgumentNullException.ThrowIfNull(fractions);
        double low = -25, high = 0; // ln α
        for (int step = 0; step < 40; step++)
        {
            double middle = (low + high) / 2;
            if (Math.Abs(z) >= Boundaries(fractions, Math.Exp(middle), spending)[^1]) high = middle;
            else low = middle;
        }
        return Math.Exp(high);
    }

    /// <returns>What may be spent up to a part of the information, on one side.</returns>
    private static double Spent(AlphaSpending spending, double alpha, double fraction) => spending switch
    {
        AlphaSpending.Quadratic => alpha * fraction * fraction,
        _ => 2 * Normal.Survival(Normal.UpperQuantile(alpha / 2) / Math.Sqrt(fraction)),
    };

    /// <summary>Of the sum, where no boundary was crossed.</summary>
    /// <param name="Low">Of the first value.</param>
    /// <param name="Step">Between values.</param>
    /// <param name="Weighed">Density times Simpson's weight of each value.</param>
    private sealed record Density(double Low, double Step, double[] Weighed)
    {
        public static Density Of(Density? before, double bound, double root, double deviation, double step)
        {
            double low = -Edge * root;
            int intervals = 2 * Math.Max(8, (int)Math.Ceiling((bound - low) / (2 * step)));
            step = (bound - low) / intervals;
            var weighed = new double[intervals + 1];
            for (int n = 0; n <= intervals; n++)
            {
                double x = low + (n * step);
                double density = before is null ? Normal.Density(x / root) / root : before.At(x, deviation);
                weighed[n] = density * step / 3 * (n == 0 || n == intervals ? 1 : n % 2 == 1 ? 4 : 2);
            }
            return new(low, step, weighed);
        }

        /// <returns>The chance to be above a bound after one more step.</returns>
        public double Above(double bound, double deviation)
        {
            double sum = 0;
            for (int n = 0; n < Weighed.Length; n++) sum += Weighed[n] * Normal.Survival((bound - Low - (n * Step)) / deviation);
            return sum;
        }

        /// <returns>The bound that is exceeded with the chance given, at most <paramref name="most"/>.</returns>
        public double Quantile(double chance, double deviation, double most)
        {
            double low = 0, high = most;
            if (!(Above(most, deviation) < chance)) return most;
            for (int step = 0; step < 60 && high - low > 1e-12; step++)
            {
                double middle = (low + high) / 2;
                if (Above(middle, deviation) > chance) low = middle;
                else high = middle;
            }
            return high;
        }

        private double At(double x, double deviation)
        {
            // what is farther away than the edge adds nothing
            int first = Math.Max(0, (int)((x - (Edge * deviation) - Low) / Step));
            int last = Math.Min(Weighed.Length - 1, (int)((x + (Edge * deviation) - Low) / Step));
            double sum = 0;
            for (int n = first; n <= last; n++) sum += Weighed[n] * Normal.Density((x - Low - (n * Step)) / deviation);
            return sum / deviation;
        }
    }
}
