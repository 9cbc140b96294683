using Kindred.Numerics.Distributions;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.OnlineExperiments.Estimation;

/// <summary>Compares two arms, from their sums alone.</summary>
/// <remarks>
/// One way for means, proportions and ratios, with and without CUPED, absolute and relative: the effect is a smooth function of both arms'
/// mean vectors (numerator, denominator, both before), and its variance follows by the delta method, with units as clusters.
/// With R = numerator / denominator, P the same before:
/// difference = (R_t − θP_t) − (R_c − θP_c), lift = difference / R_c.
/// For means this is Welch's test (B. L. Welch, Biometrika 1947) and, relative, var = σ_t²/(n_t μ_c²) + σ_c² μ_t²/(n_c μ_c⁴).
/// Ratios: A. Deng, U. Knoblich, J. Lu, "Applying the Delta Method in Metric Analytics", KDD 2018. CUPED, θ = cov(R, P) / var(P) pooled
/// within arms: A. Deng, Y. Xu, R. Kohavi, T. Walker, WSDM 2013. Strata: L. Miratrix, J. Sekhon, B. Yu, "Adjusting Treatment Effect
/// Estimates by Post-Stratification", JRSS B 2013. Units of an arm that are all alike, and not as the
/// other arm's, do not say that it has no variance: it is that of the arm with four more units, two of which are as the other arm's
/// (A. Agresti, B. Coull, "Approximate Is Better than 'Exact' for Interval Estimation of Binomial Proportions", The American Statistician
/// 1998).
/// </remarks>
public static class ArmComparison
{
    /// <summary>With fewer units an arm θ is mostly noise.</summary>
    private const long FewestForTheta = 30;

    /// <summary>A stratum with fewer units in an arm is merged with the others.</summary>
    private const long FewestInStratum = 8;

    /// <summary>Values whose difference is a smaller part of them are the same.</summary>
    private const double Rounding = 1e-9;

    /// <param name="kind">Of the metric: the variance of a proportion is divided by n, others by n − 1.</param>
    /// <param name="usesBefore">Whether to adjust by the time before (CUPED).</param>
    public static EffectEstimate Compare(UnitSums control, UnitSums treatment, OnlineMetricKind kind, bool usesBefore)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        bool isSample = kind != OnlineMetricKind.Proportion;
        ArmMeans c = ArmMeans.Of(control, isSample), t = ArmMeans.Of(treatment, isSample);
        var plain = Estimate(c, t, 0);
        double theta = usesBefore && Math.Min(c.Count, t.Count) >= FewestForTheta ? Theta(c, t) : 0;
        return theta == 0 ? plain : With(Estimate(c, t, theta), plain);
    }

    /// <summary>Compares within strata, and weighs them by their share of all units.</summary>
    /// <param name="strata">Control and treatment of each; small ones are merged.</param>
    public static EffectEstimate Compare(
        IReadOnlyList<(UnitSums Control, UnitSums Treatment)> strata, OnlineMetricKind kind, bool usesBefore)
    {
        ArgumentNullException.ThrowIfNull(strata);
        UnitSums control = new(), treatment = new();
        foreach (var (c, t) in strata) { control.Merge(c); treatment.Merge(t); }
        var whole = Compare(control, treatment, kind, usesBefore);
        var large = Merged(strata);
        if (large.Count < 2) return whole;
        bool isSample = kind != OnlineMetricKind.Proportion;
        double all = control.Count + treatment.Count;
        double[] shares = [.. large.Select(s => (s.Control.Count + s.Treatment.Count) / all)];
        ArmMeans[] controls = [.. large.Select(s => ArmMeans.Of(s.Control, isSample))],
            treatments = [.. large.Select(s => ArmMeans.Of(s.Treatment, isSample))];
        ArmMeans weighedControl = ArmMeans.Of(controls, shares), weighedTreatment = ArmMeans.Of(treatments, shares);
        var estimate = Estimate(weighedControl, weighedTreatment, whole.Theta);
        // the shares are drawn too: what strata differ by adds the variance of a multinomial
        double between = Between(controls, treatments, shares, estimate, weighedControl, weighedTreatment) / all;
        double relative = estimate.LiftError / estimate.DifferenceError;
        double error = Math.Sqrt((estimate.DifferenceError * estimate.DifferenceError) + between);
        var plain = Compare(control, treatment, kind, usesBefore: false);
        return With(estimate with { DifferenceError = error, LiftError = relative * error, Degrees = whole.Degrees }, plain);
    }

    /// <returns>How rarely chance makes arms differ so much before the experiment; NaN: nothing is known of the time before.</returns>
    internal static double PValueBefore(UnitSums control, UnitSums treatment, OnlineMetricKind kind)
    {
        bool isSample = kind != OnlineMetricKind.Proportion;
        ArmMeans c = ArmMeans.Of(control, isSample), t = ArmMeans.Of(treatment, isSample);
        double variance = c.Variance(c.Gradient(0, 1)) + t.Variance(t.Gradient(0, 1));
        return variance > 0 && Math.Min(c.Count, t.Count) >= FewestForTheta
            ? 2 * Normal.Survival(Math.Abs(t.Before - c.Before) / Math.Sqrt(variance))
            : double.NaN;
    }

    private static EffectEstimate With(EffectEstimate adjusted, EffectEstimate plain) => adjusted with
    {
        // what was measured is shown as measured
        Control = plain.Control,
        Treatment = plain.Treatment,
        VarianceReduction = 1 - Square(adjusted.DifferenceError / plain.DifferenceError),
    };

    private static EffectEstimate Estimate(ArmMeans c, ArmMeans t, double theta)
    {
        double Adjusted(ArmMeans arm) => theta == 0 ? arm.Value : arm.Value - (theta * arm.Before);
        double difference = Adjusted(t) - Adjusted(c);
        double varianceC = c.Variance(c.Gradient(1, -theta)), varianceT = t.Variance(t.Gradient(1, -theta));
        bool isDifferent = Math.Abs(difference) > Rounding * Math.Abs(t.Value), isAlike = isDifferent && varianceC == 0;
        if (isAlike) varianceC = Smallest(difference, c.Count);
        if (isDifferent && varianceT == 0) varianceT = Smallest(difference, t.Count);
        double degrees = Square(varianceC + varianceT)
            / ((Square(varianceC) / (c.Count - 1)) + (Square(varianceT) / (t.Count - 1)));
        double baseline = c.Value;
        double liftC = isAlike ? varianceC * Square((baseline + difference) / Square(baseline))
            : c.Variance(c.Gradient(-(baseline + difference) / Square(baseline), theta / baseline));
        double error = Math.Sqrt(varianceC + varianceT), liftError = Math.Sqrt(liftC + (varianceT / Square(baseline)));
        // units of the treatment that are all alike do not say how much it varies: it may vary as control does
        if (t.Variance(t.Gradient(1, 0)) == 0) liftError = Math.Max(liftError, error / Math.Abs(baseline));
        double[] plain = c.Gradient(1, 0);
        return new(c.Value, t.Value, c.Count + t.Count)
        {
            Difference = difference,
            DifferenceError = error,
            Lift = baseline == 0 ? double.NaN : difference / Math.Abs(baseline),
            LiftError = baseline == 0 ? double.NaN : liftError,
            Baseline = isAlike ? (baseline, varianceC, varianceC)
                : (baseline, c.Variance(plain), c.Covary(plain, c.Gradient(1, -theta))),
            Degrees = double.IsFinite(degrees) ? Math.Max(1, degrees) : 1,
            Theta = theta,
        };
    }

    /// <returns>The variance of the mean of units that are all alike.</returns>
    private static double Smallest(double difference, long units)
    {
        double other = 2 / (units + 4.0);
        return Square(difference) * other * (1 - other) / units;
    }

    private static double Theta(ArmMeans c, ArmMeans t)
    {
        double covariance = 0, variance = 0;
        foreach (var arm in (ArmMeans[])[c, t])
        {
            double[] after = arm.Gradient(1, 0), before = arm.Gradient(0, 1);
            covariance += arm.Count * arm.Count * arm.Covary(after, before);
            variance += arm.Count * arm.Count * arm.Variance(before);
        }
        double theta = covariance / variance;
        return double.IsFinite(theta) ? theta : 0;
    }

    /// <returns>The variance, over strata, of each one's linearized effect.</returns>
    private static double Between(
        ArmMeans[] controls, ArmMeans[] treatments, double[] shares, EffectEstimate estimate, ArmMeans control, ArmMeans treatment)
    {
        double[] gradientC = control.Gradient(-1, estimate.Theta), gradientT = treatment.Gradient(1, -estimate.Theta);
        double mean = 0, square = 0;
        for (int s = 0; s < shares.Length; s++)
        {
            double effect = 0;
            for (int n = 0; n < UnitSums.Width; n++)
                effect += (gradientC[n] * controls[s].Means[n]) + (gradientT[n] * treatments[s].Means[n]);
            mean += shares[s] * effect;
            square += shares[s] * effect * effect;
        }
        return Math.Max(0, square - (mean * mean));
    }

    private static List<(UnitSums Control, UnitSums Treatment)> Merged(IReadOnlyList<(UnitSums Control, UnitSums Treatment)> strata)
    {
        bool IsLarge((UnitSums Control, UnitSums Treatment) s) => Math.Min(s.Control.Count, s.Treatment.Count) >= FewestInStratum;
        var large = strata.Where(IsLarge).ToList();
        var (control, treatment) = (new UnitSums(), new UnitSums());
        foreach (var (c, t) in strata.Where(s => !IsLarge(s))) { control.Merge(c); treatment.Merge(t); }
        if (IsLarge((control, treatment))) large.Add((control, treatment));
        else if (control.Count + treatment.Count > 0 && large.Count > 0)
        {
            control.Merge(large[^1].Control);
            treatment.Merge(large[^1].Treatment);
            large[^1] = (control, treatment);
        }
        return large;
    }

    private static double Square(double x) => x * x;
}
