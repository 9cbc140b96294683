using System.ComponentModel.DataAnnotations;

namespace Kindred.OnlineExperiments.Assignment;

/// <summary>One of the things an experiment compares.</summary>
/// <param name="Name">As exposures name it.</param>
public sealed record ExperimentArm(string Name)
{
    /// <summary>Units it gets, relative to the other arms.</summary>
    [Range(0.0, 1e9)]
    public double Weight { get; init; } = 1;
}

/// <summary>A part of a layer: experiments with parts of one layer share no unit.</summary>
/// <param name="Name">Of the layer, which is its salt.</param>
/// <param name="From">First bucket, 0 to 1.</param>
/// <param name="To">First bucket that is not in it.</param>
public sealed record ExperimentLayer(string Name, double From, double To);

/// <summary>Units that are in no experiment, so that what all experiments together are worth can be seen.</summary>
/// <param name="Salt">Change it to draw others, once a quarter at most.</param>
/// <param name="Share">Of all units, 0 to 1; .01 to .05 are usual.</param>
public sealed record GlobalHoldout(string Salt, double Share);

/// <summary>Why a unit has the arm it has.</summary>
public enum AssignmentReason
{
    /// <summary>Its bucket is one of the arm's.</summary>
    Assigned,

    /// <summary>The experiment names the unit, as it does testers.</summary>
    Forced,

    /// <summary>It is in the global holdout.</summary>
    Holdout,

    /// <summary>It does not meet the condition.</summary>
    NotEligible,

    /// <summary>Its part of the layer belongs to other experiments.</summary>
    OtherLayer,

    /// <summary>The traffic does not reach its bucket yet.</summary>
    NoTraffic,
}

/// <summary>What a unit gets in one experiment.</summary>
/// <param name="Arm">Null: the unit takes no part; serve what is served without the experiment and log no exposure.</param>
public readonly record struct ArmAssignment(string? Arm, AssignmentReason Reason);
