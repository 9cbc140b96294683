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
    private const int FewestUsers = 30;

    private const double Level = .05;

    public required MetricDirection Better { get; init; }

    /// <summary>Difference / mean of the baseline.</summary>
    public required double RelativeDifference { get; init; }

    /// <summary>
    /// Mean of the differences / their standard deviation (J. Cohen's d for pairs): .2 is small, .5 medium, .8 large. Unlike the p-value it
    /// does not grow with the number of users.
    /// </summary>
    public required double EffectSize { get; init; }

    /// <summary>The smallest true difference that so many users show as more than noise four times out of five.</summary>
    public required double DetectableDifference { get; init; }

    /// <summary>Two-sided, of this comparison alone.</summary>
    public required double PValue { get; init; }

    /// <summary>After <see cref="Significance.Corrected"/>: for all comparisons made together.</summary>
    public required double AdjustedPValue { get; init; }

    /// <summary>How many were made together.</summary>
    public int Comparisons { get; init; } = 1;

    /// <summary>Better by more than noise.</summary>
    [JsonIgnore]
    public bool IsBetter => IsReal && Better != MetricDirection.Neither && Gain > 0;

    /// <summary>Worse by more than noise.</summary>
    [JsonIgnore]
    public bool IsWorse => IsReal && Better != MetricDirection.Neither && Gain < 0;

    /// <summary>What a senior would say. A point is one hundredth of a metric that goes from 0 to 1.</summary>
    public string Verdict
    {
        get
        {
            bool turned = IsReal && Difference < 0;
            string interval = turned ? $"95 %: {Amount(-High)} to {Amount(-Low)}" : $"95 %: {Amount(Low)} to {Amount(High)}";
            string what = Better == MetricDirection.Higher ? $"points of {Metric}" : Metric;
            if (IsReal)
            {
                return $"{Name} is {Amount(Math.Abs(Difference))} {what} {(turned ? "below" : "above")} {Baseline} ({interval}): " +
                    $"{(IsBetter ? "worth it" : IsWorse ? "worse by more than noise" : "more than noise")}.";
            }
            string users = Users < FewestUsers ? $"on {Users} users, too few to tell"
                : Low > 0 || High < 0 ? $"once {Comparisons} comparisons are accounted for"
                : $"on {Users} users, who show differences from {Amount(DetectableDifference)}";
            return $"{Name} is not distinguishable from {Baseline} {users} ({Amount(Difference)} {what}, {interval}): " +
                "not worth its complexity.";
        }
    }

    private bool IsReal => Users >= FewestUsers && AdjustedPValue < Level && (Low > 0 || High < 0);

    private double Gain => Better == MetricDirection.Lower ? -Difference : Difference;

    /// <summary>In points where the metric is a share of the best that is possible.</summary>
    private string Amount(double value)
    {
        double amount = Better == MetricDirection.Higher ? 100 * value : value;
        int digits = Better != MetricDirection.Higher ? 4 : Math.Abs(value) < .01 ? 2 : 1;
        return (Math.Round(amount, digits) + 0.0).ToString($"F{digits}"); // + 0.0: no "-0.0"
    }
}
