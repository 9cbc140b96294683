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

    /// <summary>Whether all needed numbers are there: two units with differing values an arm at least.</summary>
    public bool IsKnown => DifferenceError > 0 && double.IsFinite(DifferenceError) && double.IsFinite(Difference);
}
