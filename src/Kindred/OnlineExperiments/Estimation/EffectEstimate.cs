namespace Kindred.OnlineExperiments.Estimation;

/// <summary>How much a metric differs between two arms.</summary>
/// <param name="Control">Its value in control, as measured.</param>
/// <param name="Treatment">In the treatment, as measured.</param>
/// <param name="Units">Of both arms.</param>
public sealed record EffectEstimate(double Control, double Treatment, long Units)
{
    /// <summary>Treatment − control, adjusted by what was known before.</summary>
    public required double Difference { get; init; }

    public required double DifferenceError { get; init; }

    /// <summary>The difference as a part of control's value; NaN: that value is 0.</summary>
    public required double Lift { get; init; }

    public required double LiftError { get; init; }

    /// <summary>Degrees of freedom, by Welch and Satterthwaite.</summary>
    public required double Degrees { get; init; }

    /// <summary>θ of CUPED; 0: not adjusted.</summary>
    public double Theta { get; init; }

    /// <summary>Part of the variance that CUPED and strata removed: 0 is none. Negative: they added some.</summary>
    public double VarianceReduction { get; init; }

    /// <summary>Whether all needed numbers are there: two units with differing values at least.</summary>
    public bool IsKnown => DifferenceError > 0 && double.IsFinite(DifferenceError) && double.IsFinite(Difference);

    /// <summary>What the lift is a part of, how much it varies, and how it varies with control's adjusted value.</summary>
    internal (double Value, double Variance, double Covariance) Baseline { get; init; }

    /// <summary>
    /// The lift's error for deciding whether it is beyond a bound. The delta method takes it at the estimate: where the treatment has
    /// hardly any of what is counted, it says that hardly anything is uncertain. If the lift is at the bound, the error is that of
    /// difference − bound·control, which control's variance keeps above 0 (E. C. Fieller, JRSS B 1954). The larger one is safe.
    /// </summary>
    internal double LiftErrorAt(double bound) => Math.Max(LiftError, ErrorIf(bound));

    /// <returns>The lift's error if the lift is as given.</returns>
    internal double ErrorIf(double lift)
    {
        double variance = (DifferenceError * DifferenceError) + (2 * lift * Math.Sign(Baseline.Value) * Baseline.Covariance)
            + (lift * lift * Baseline.Variance);
        return Math.Sqrt(Math.Max(0, variance)) / Math.Abs(Baseline.Value);
    }

    /// <returns>The smallest lift above <paramref name="bound"/> that the data do not contradict; null: they do not contradict the bound
    /// either. Where control has hardly any of what is counted, the delta method's error would hide even the worst harm.</returns>
    /// <param name="width">Of the interval below the lift, in standard errors.</param>
    internal double? LowestLift(double bound, double width)
    {
        bool Contradicts(double lift) => Lift - lift > width * ErrorIf(lift);
        if (!Contradicts(bound)) return null;
        double low = bound, high = Lift;
        for (int step = 0; step < 60; step++)
        {
            double middle = (low + high) / 2;
            if (Contradicts(middle)) low = middle;
            else high = middle;
        }
        return low;
    }
}
