using System.ComponentModel.DataAnnotations;
using Kindred.Evaluation.Metrics;

namespace Kindred.OnlineExperiments.Metrics;

/// <summary>What is averaged.</summary>
public enum OnlineMetricKind
{
    /// <summary>Of all units, the mean of what each adds up to: revenue per user, clicks per user.</summary>
    Mean,

    /// <summary>Of all units, the share that has any: conversion, retention.</summary>
    Proportion,

    /// <summary>A sum over all units by another one: clicks by impressions, latency by request.</summary>
    Ratio,
}

/// <summary>What a metric is for.</summary>
public enum OnlineMetricRole
{
    /// <summary>It decides. Several goals are corrected for being several.</summary>
    Goal,

    /// <summary>It must not get worse by more than its margin; if it does, the experiment is stopped.</summary>
    Guardrail,

    /// <summary>It is shown, and decides nothing.</summary>
    Secondary,
}

/// <summary>A metric of an experiment, declared once.</summary>
/// <param name="Name">Shown in reports.</param>
public sealed record OnlineMetric(string Name)
{
    public OnlineMetricKind Kind { get; init; }

    public OnlineMetricRole Role { get; init; }

    /// <summary>
    /// The events or the column whose values are added up; <c>count:</c> before it counts them instead. Default: the metric's name.
    /// </summary>
    public string? Source { get; init; }

    /// <summary>Of a ratio, what is divided by: as <see cref="Source"/>.</summary>
    public string? Denominator { get; init; }

    /// <summary>Which way is better.</summary>
    public MetricDirection Better { get; init; } = MetricDirection.Higher;

    /// <summary>
    /// Of a guardrail, how much worse is still acceptable; of a goal, the smallest change worth having. Relative: .01 is 1 %.
    /// </summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Margin { get; init; } = .01;

    /// <summary>No unit counts for more (winsorising). Null: as it is.</summary>
    public double? Cap { get; init; }

    /// <summary>The cap as a quantile of the units' values, such as .999; it is found once and stored. Null: none.</summary>
    [Range(.5, 1.0)]
    public double? CapQuantile { get; init; }

    /// <summary>Days after a unit's first exposure from which its events count. Retention in the second week is 7 to 14.</summary>
    [Range(0.0, 366.0)]
    public double FromDay { get; init; }

    /// <summary>Days after a unit's first exposure up to which its events count (attribution window). Null: up to the end.</summary>
    [Range(0.0, 366.0, MinimumIsExclusive = true)]
    public double? ToDay { get; init; }

    /// <exception cref="InputException">An option is out of range, or does not go with the kind.</exception>
    internal void Check()
    {
        OptionCheck.Check(this);
        if (string.IsNullOrWhiteSpace(Name)) throw new InputException("A metric has no name; give it one.", nameof(Name));
        if (Kind == OnlineMetricKind.Ratio && string.IsNullOrEmpty(Denominator))
            throw new InputException($"Metric '{Name}' is a ratio without a denominator; name one.", nameof(Denominator));
        if (Kind != OnlineMetricKind.Ratio && Denominator is not null)
            throw new InputException($"Metric '{Name}' has a denominator but is no ratio; make it one or remove it.", nameof(Denominator));
        if (Better == MetricDirection.Neither && Role != OnlineMetricRole.Secondary)
            throw new InputException($"Metric '{Name}' decides, so say whether higher or lower is better.", nameof(Better));
        if (ToDay <= FromDay)
            throw new InputException($"Metric '{Name}' counts from day {FromDay} to day {ToDay}; the second must be later.", nameof(ToDay));
        if (Cap is not null && (CapQuantile is not null || !double.IsFinite(Cap.Value)))
            throw new InputException($"Metric '{Name}' has two caps, or one that is no number; give it one.", nameof(Cap));
        if (Kind == OnlineMetricKind.Proportion && (Cap ?? CapQuantile) is not null)
            throw new InputException($"Metric '{Name}' is a proportion, which needs no cap.", nameof(Cap));
    }

    /// <summary>1: higher is better; −1: lower.</summary>
    internal int Sign => Better == MetricDirection.Lower ? -1 : 1;
}
