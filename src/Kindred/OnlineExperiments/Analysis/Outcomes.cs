using System.Globalization;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.OnlineExperiments.Analysis;

/// <summary>What an interval says, given the margin.</summary>
internal static class Outcomes
{
    public static MetricResult Decide(MetricResult result, ExperimentDesign design)
    {
        if (result.Outcome is MetricOutcome.NotShown) return result with { Says = "Not shown before the planned look." };
        if (result.Effect is null) return result with { Says = "Too few units, or all of them alike." };
        if (result.Lift is not { } lift) return WithoutLift(result);
        var metric = result.Metric;
        // from here on, more is better
        var (low, high) = metric.Sign > 0 ? (lift.Low, lift.High) : (-lift.High, -lift.Low);
        double better = metric.Sign * result.Effect.Lift;
        var outcome = metric.Role switch
        {
            OnlineMetricRole.Guardrail when high < -metric.Margin => MetricOutcome.Worse,
            OnlineMetricRole.Guardrail when low > -metric.Margin => MetricOutcome.WithinMargin,
            OnlineMetricRole.Goal when result.AdjustedPValue <= design.Alpha =>
                better > 0 ? MetricOutcome.Better : MetricOutcome.Worse,
            OnlineMetricRole.Goal when high < metric.Margin => MetricOutcome.WithinMargin,
            _ => MetricOutcome.Undecided,
        };
        return result with { Outcome = outcome, Says = Sentence(result, outcome, low, high) };
    }

    /// <summary>Any share of 0 is 0: what control never has, such as failed answers, is harm once the treatment surely has it.</summary>
    private static MetricResult WithoutLift(MetricResult result)
    {
        const string Reason = "Control's value is 0, so there is no lift";
        var (metric, difference) = (result.Metric, result.Difference!);
        bool isWorse = metric.Role == OnlineMetricRole.Guardrail && (metric.Sign > 0 ? difference.High < 0 : difference.Low > 0);
        double bound = metric.Sign > 0 ? difference.High : difference.Low;
        return !isWorse ? result with { Says = $"{Reason}." } : result with
        {
            Outcome = MetricOutcome.Worse,
            Says = string.Create(CultureInfo.InvariantCulture,
                $"{Reason}; {result.Effect!.Treatment:g3} is worse, by {Math.Abs(bound):g3} at least."),
        };
    }

    /// <param name="low">More is better.</param>
    private static string Sentence(MetricResult result, MetricOutcome outcome, double low, double high)
    {
        var metric = result.Metric;
        string interval = $"{Lift(result, result.Effect!.Lift)} ({Lift(result, result.Lift!.Low)} to {Lift(result, result.Lift.High)}"
            + $"{(result.Effect.Theta == 0 ? "" : ", adjusted by what was known before (CUPED)")})";
        string margin = Percent(metric.Margin).TrimStart('+');
        bool isGuardrail = metric.Role == OnlineMetricRole.Guardrail;
        return outcome switch
        {
            MetricOutcome.Better => $"{interval}: significantly better.",
            MetricOutcome.Worse when isGuardrail => $"{interval}: worse by more than the margin of {margin}.",
            MetricOutcome.Worse => $"{interval}: significantly worse.",
            MetricOutcome.WithinMargin when isGuardrail => $"{interval}: not worse by {margin} or more.",
            MetricOutcome.WithinMargin => $"{interval}: no improvement of {margin} or more.",
            _ when isGuardrail => $"{interval}: a loss of up to {Percent(Math.Max(0, -low)).TrimStart('+')} is possible, {margin} "
                + "accepted.",
            _ when metric.Role == OnlineMetricRole.Goal => $"{interval}: an improvement of up to {Percent(Math.Max(0, high))} is possible.",
            _ => $"{interval}.",
        };
    }

    /// <returns>As <see cref="Percent"/>; what both arms have above 0 cannot fall by more than all of it.</returns>
    public static string Lift(MetricResult result, double lift) =>
        Percent(result.Effect is { Control: > 0, Treatment: >= 0 } ? Math.Max(-1, lift) : lift);

    /// <returns>"+1.2 %".</returns>
    public static string Percent(double share) => !double.IsFinite(share) ? share > 0 ? "∞" : share < 0 ? "−∞" : "–"
        : (100 * share).ToString(Math.Abs(share) >= .0995 ? "+0.0;−0.0;0" : "+0.00;−0.00;0", CultureInfo.InvariantCulture) + " %";
}
