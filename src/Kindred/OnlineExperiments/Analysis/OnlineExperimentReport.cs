using Kindred.OnlineExperiments.Estimation;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.OnlineExperiments.Analysis;

/// <summary>What to do.</summary>
public enum ExperimentVerdict
{
    /// <summary>Something is broken: no number of it can be believed.</summary>
    Unhealthy,

    /// <summary>Wait.</summary>
    Running,

    /// <summary>The treatment is better, and nothing else is worse than accepted.</summary>
    Ship,

    /// <summary>The treatment does harm.</summary>
    RollBack,

    /// <summary>Whatever the difference is, it is not worth it: keep control.</summary>
    NoDifference,

    /// <summary>The time is over, and nothing is shown: neither a difference, nor that there is none worth it.</summary>
    Undecided,
}

/// <summary>What a metric says of a treatment.</summary>
public enum MetricOutcome
{
    /// <summary>The design does not allow a look yet.</summary>
    NotShown,

    /// <summary>Too few units, or all alike.</summary>
    Unknown,

    Undecided,

    /// <summary>Significantly better.</summary>
    Better,

    /// <summary>Significantly worse; of a guardrail: worse by more than its margin.</summary>
    Worse,

    /// <summary>Of a goal: any improvement is smaller than its margin. Of a guardrail: not worse by more than its margin.</summary>
    WithinMargin,
}

/// <summary>A check of whether the experiment works at all.</summary>
/// <param name="PValue">NaN: it is no test, or has too few units.</param>
/// <param name="Says">What was found.</param>
public sealed record HealthCheck(string Name, bool IsHealthy, double PValue, string Says);

/// <param name="Expected">Share of the units that it should have.</param>
public sealed record ArmUnits(string Arm, long Units, double Expected);

/// <summary>The lift up to a day.</summary>
/// <param name="Day">From 1.</param>
/// <param name="Low">Of the interval that the design has at that day.</param>
public sealed record DayEffect(int Day, long Units, double Lift, double Low, double High);

/// <param name="PValue">Adjusted for all segments of the metric.</param>
public sealed record SegmentEffect(string Segment, long Units, double Lift, double Low, double High, double PValue);

/// <summary>A metric of one treatment against control.</summary>
public sealed record MetricResult(string Arm, OnlineMetric Metric, MetricOutcome Outcome)
{
    /// <summary>Null: not shown, or not known.</summary>
    public EffectEstimate? Effect { get; init; }

    /// <summary>Of the difference; of a guardrail both bounds are one-sided, and so is the p-value: that it is worse by its
    /// margin.</summary>
    public ConfidenceInterval? Difference { get; init; }

    /// <summary>Of the lift; of a guardrail as of <see cref="Difference"/>.</summary>
    public ConfidenceInterval? Lift { get; init; }

    /// <summary>P-value as if all goals were one question; NaN: not a goal.</summary>
    public double AdjustedPValue { get; init; } = double.NaN;

    /// <summary>Of a guardrail, how rarely one that is worse by just its margin looks this bad; NaN: not a guardrail.</summary>
    public double HarmPValue { get; init; } = double.NaN;

    /// <summary>The p-value of what the outcome says.</summary>
    internal double ShownPValue => Metric.Role == OnlineMetricRole.Goal ? AdjustedPValue
        : Metric.Role == OnlineMetricRole.Guardrail && Outcome == MetricOutcome.Worse ? HarmPValue
        : Lift?.PValue ?? double.NaN;

    /// <summary>One sentence.</summary>
    public string Says { get; init; } = "";

    public IReadOnlyList<DayEffect> ByDay { get; init; } = [];

    public IReadOnlyList<SegmentEffect> Segments { get; init; } = [];
}

/// <param name="Reasons">Sentences, the most important first.</param>
/// <param name="DaysLeft">About; null: not known, or none.</param>
public sealed record ArmVerdict(string Arm, ExperimentVerdict Verdict, IReadOnlyList<string> Reasons, int? DaysLeft);

/// <summary>An experiment as it is read: what the console shows, what JSON holds, what the page draws. Serializable.</summary>
public sealed record OnlineExperimentReport
{
    public required OnlineExperiment Experiment { get; init; }

    /// <summary>The command that makes it again; null: it was not a command.</summary>
    public string? Command { get; init; }

    /// <summary>UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Null: times are not known.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>Days of data; 0: times are not known.</summary>
    public required int Days { get; init; }

    /// <summary>How far it is, as <c>day 3 of 14</c>; null: times are not known.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    internal string? Progress => Days == 0 ? null
        : Days <= Experiment.Design.Days ? $"day {Days} of {Experiment.Design.Days}"
        : $"{Days} days, {Experiment.Design.Days} were planned";

    /// <summary>Of all treatments together.</summary>
    public required ExperimentVerdict Verdict { get; init; }

    /// <summary>One sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>Of each treatment.</summary>
    public required IReadOnlyList<ArmVerdict> Verdicts { get; init; }

    public required IReadOnlyList<HealthCheck> Health { get; init; }

    public required IReadOnlyList<ArmUnits> Arms { get; init; }

    /// <summary>Goals, guardrails, then the others, of each treatment.</summary>
    public required IReadOnlyList<MetricResult> Results { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];
}
