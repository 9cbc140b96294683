using System.ComponentModel.DataAnnotations;
using Kindred.OnlineExperiments.Estimation;

namespace Kindred.OnlineExperiments.Design;

/// <summary>When results may be looked at.</summary>
public enum DesignKind
{
    /// <summary>At any time, as often as one likes; wider intervals.</summary>
    AlwaysValid,

    /// <summary>Once, when the planned days are over.</summary>
    FixedHorizon,

    /// <summary>A few times, as planned.</summary>
    GroupSequential,
}

/// <summary>How an experiment is read. Fixed at the start: a design that is chosen after looking is none.</summary>
public sealed record ExperimentDesign
{
    public DesignKind Kind { get; init; }

    /// <summary>Planned length. Whole weeks, 14 to 28: shorter ones miss the week and the novelty, longer ones lose users' ids.</summary>
    [Range(1, 366)]
    public int Days { get; init; } = 14;

    /// <summary>Of <see cref="DesignKind.GroupSequential"/>: looks at equal distances, the last at the end.</summary>
    [Range(2, 60)]
    public int Looks { get; init; } = 5;

    public AlphaSpending Spending { get; init; }

    /// <summary>Chance of a false alarm.</summary>
    [Range(1e-6, .5)]
    public double Alpha { get; init; } = .05;

    /// <summary>Chance to find an effect of the size of the goal's margin.</summary>
    [Range(.5, .999)]
    public double Power { get; init; } = .8;

    /// <summary>Units of all arms at the end, as planned; null: not planned. Confidence sequences are tightest there.</summary>
    [Range(2L, long.MaxValue)]
    public long? PlannedUnits { get; init; }

    public TestCorrection Correction { get; init; }

    /// <summary>Whether to adjust by what units did before their first exposure (CUPED).</summary>
    public bool UsesBefore { get; init; } = true;

    /// <summary>Days before a unit's first exposure that <see cref="UsesBefore"/> looks at.</summary>
    [Range(1, 366)]
    public int BeforeDays { get; init; } = 14;

    /// <summary>Units at which confidence sequences are tightest.</summary>
    internal double Tuning => PlannedUnits ?? 5_000;

    internal void Check() => OptionCheck.Check(this);
}
