using System.Text.Json.Serialization;
using Kindred.Evaluation.Metrics;

namespace Kindred.Evaluation;

/// <summary>A paired difference of means over users.</summary>
/// <param name="Users">For whom both have a value.</param>
/// <param name="Difference">Mean of <paramref name="Name"/> − mean of <paramref name="Baseline"/>.</param>
/// <param name="Low">Of the 95 % bootstrap percentile interval, as is <paramref name="High"/>.</param>
public sealed record PairedComparison(string Name, string Baseline, string Metric, int Users, double Difference, double Low, double High)
{
    /// <summary>With fewer users the bootstrap itself is not to be trusted: three lucky users always agree.</summary>
    internal const int FewestUsers = 30;

    private const double Level = .05;

    public required MetricDirection Better { get; init; }

    /// <summary>Difference / mean of the baseline.</summary>
    public required double RelativeDifference { get; init; }

    /// <summary>
    /// Mean of the differences / their standard deviation (J. Cohen's d for pairs): .2 is small, .5 medium, .8 large. Unlike the p-value it
    /// does not grow with the number of users.
    /// </summary>
    public required double EffectSize { get; init; }

    /// <summary>The smallest true difference that so many users detect four times out of five.</summary>
    public required double DetectableDifference { get; init; }

    /// <summary>What the true difference exceeds with 95 % confidence: the low end of the one-sided interval.</summary>
    [JsonInclude]
    internal double OneSidedLow { get; init; }

    /// <summary>Two-sided, of this comparison alone.</summary>
    public required double PValue { get; init; }

    /// <summary>After <see cref="Significance.Corrected"/>: for all comparisons made together.</summary>
    public required double AdjustedPValue { get; init; }

    /// <summary>How many were made together.</summary>
    public int Comparisons { get; init; } = 1;

    /// <summary>Significantly better.</summary>
    [JsonIgnore]
    public bool IsBetter => IsSignificant && Better != MetricDirection.Neither && Gain > 0;

    /// <summary>Significantly worse.</summary>
    [JsonIgnore]
    public bool IsWorse => IsSignificant && Better != MetricDirection.Neither && Gain < 0;

    /// <summary>
    /// The result in a sentence or two: how large the difference is, whether it is significant, and which differences could have been
    /// detected where it is not. A point is one hundredth of a metric that goes from 0 to 1.
    /// </summary>
    public string Verdict =>
        IsBetter ? $"{Name} {Gains}."
        : IsWorse ? $"{Name} is worse than {Baseline} by {Size}."
        : $"{Name}: {(Difference < 0 ? "" : "+")}{Amount(Difference)} {Unit} {(Difference < 0 ? "against" : "over")} {Baseline} "
            + $"(95 % CI {Amount(Low)} to {Amount(High)}), {Conclusion}";

    /// <summary>Of a significantly better one: "beats popularity by 6.0 points of NDCG@10 (95 % CI 3.3 to 9.0)".</summary>
    internal string Gains => $"beats {Baseline} by {Size}";

    private string Size => Difference < 0
        ? $"{Amount(-Difference)} {Unit} (95 % CI {Amount(-High)} to {Amount(-Low)})"
        : $"{Amount(Difference)} {Unit} (95 % CI {Amount(Low)} to {Amount(High)})";

    /// <summary>True when there are too few users for a verdict.</summary>
    internal bool IsUndecided => Users < FewestUsers;

    /// <summary>Of one that is undecided: "undecided: 12 users were measured, and a verdict needs at least 30".</summary>
    internal string WhyUndecided =>
        $"undecided: {Users} {(Users == 1 ? "user was" : "users were")} measured, and a verdict needs at least {FewestUsers}";

    private string Conclusion =>
        IsUndecided ? $"{WhyUndecided}."
        : IsSignificant ? "significant."
        : Low > 0 || High < 0 ? $"not significant after correction for {Comparisons} comparisons."
        : $"not significant. With {Users} users, only differences of {Amount(DetectableDifference)} {(IsShare ? "points " : "")}or more "
            + "can be detected.";

    private string Unit => IsShare ? $"points of {Metric}" : Metric;

    /// <summary>True when the metric is a share of the best that is possible.</summary>
    private bool IsShare => Better == MetricDirection.Higher;

    private bool IsSignificant => !IsUndecided && AdjustedPValue < Level && (Low > 0 || High < 0);

    private double Gain => Better == MetricDirection.Lower ? -Difference : Difference;

    /// <summary>In points where the metric is a share.</summary>
    private string Amount(double value)
    {
        double amount = IsShare ? 100 * value : value;
        int digits = !IsShare ? 4 : Math.Abs(value) < .01 ? 2 : 1;
        double rounded = Math.Round(amount, digits) + 0.0; // + 0.0: no "-0.0"
        return $"{(rounded < 0 ? "−" : "")}{Math.Abs(rounded).ToString($"F{digits}")}";
    }
}
