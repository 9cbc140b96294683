using Kindred.Numerics.Distributions;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Estimation;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.OnlineExperiments.Analysis;

/// <summary>What an experiment of some weeks can show of a metric.</summary>
/// <param name="Units">Of all arms, that come in this time.</param>
/// <param name="DetectableLift">The smallest lift that is found with the design's power; NaN: the metric is 0 for all.</param>
/// <param name="VarianceReduction">By what units did before (CUPED): 1 − ρ².</param>
public sealed record WeeksPlan(string Metric, int Weeks, long Units, double Baseline, double DetectableLift, double VarianceReduction);

/// <summary>How long an experiment must run.</summary>
/// <param name="Weeks">By metric, 2 to 4 weeks.</param>
/// <param name="Shortest">Weeks after which every goal's margin can be found; null: four weeks cannot answer.</param>
/// <param name="Says">One sentence for each goal and guardrail.</param>
public sealed record ExperimentPlan(IReadOnlyList<WeeksPlan> Weeks, int? Shortest, IReadOnlyList<string> Says)
{
    /// <summary>Shorter ones miss the week and the novelty.</summary>
    public const int FewestWeeks = 2;

    /// <summary>Longer ones lose units, and patience.</summary>
    public const int MostWeeks = 4;

    /// <param name="histories">By number of weeks: all units as control, read from a time without an experiment.</param>
    public static ExperimentPlan Of(OnlineExperiment experiment, IReadOnlyDictionary<int, ExperimentData> histories)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(histories);
        experiment.Check();
        WeeksPlan[] plans =
        [
            .. from metric in Enumerable.Range(0, experiment.Metrics.Count)
               from weeks in histories.Keys.Order()
               select Of(experiment, metric, weeks, histories[weeks]),
        ];
        var says = new List<string>();
        int? shortest = FewestWeeks;
        foreach (var metric in experiment.Metrics.Where(m => m.Role != OnlineMetricRole.Secondary))
        {
            var own = plans.Where(plan => plan.Metric == metric.Name).ToList();
            var enough = own.FirstOrDefault(plan => plan.DetectableLift <= metric.Margin);
            shortest = enough is null || shortest is null ? null : Math.Max(shortest.Value, enough.Weeks);
            string margin = Outcomes.Percent(metric.Margin).TrimStart('+'), found = Outcomes.Percent(own[^1].DetectableLift).TrimStart('+');
            says.Add(enough is not null
                ? $"{metric.Name}: {enough.Weeks} weeks find a change of {margin} with power {experiment.Design.Power:P0}."
                : $"{metric.Name}: cannot be answered in {own[^1].Weeks} weeks. The smallest change you would see is {found}, and you "
                    + $"ask for {margin}.");
        }
        return new(plans, shortest, says);
    }

    private static WeeksPlan Of(OnlineExperiment experiment, int metric, int weeks, ExperimentData data)
    {
        var definition = experiment.Metrics[metric];
        var design = experiment.Design;
        var sums = data.Of(metric, 0, data.Days - 1);
        long units = (long)(sums.Count * experiment.Traffic);
        // two arms like the history; the smaller of the others decides
        var same = ArmComparison.Compare(sums, sums, definition.Kind, usesBefore: false);
        var adjusted = ArmComparison.Compare(sums, sums, definition.Kind, design.UsesBefore);
        double[] shares = experiment.Shares;
        double smallest = shares.Skip(1).Where(share => share > 0).DefaultIfEmpty(.5).Min();
        double variance = adjusted.DifferenceError * adjusted.DifferenceError * sums.Count / 2; // of a unit
        double error = Math.Sqrt(variance / units * ((1 / shares[0]) + (1 / smallest)));
        int goals = experiment.Metrics.Count(m => m.Role == OnlineMetricRole.Goal) * (experiment.Arms.Count - 1);
        bool isGuardrail = definition.Role == OnlineMetricRole.Guardrail;
        // a guardrail is one-sided, and not corrected
        double alpha = isGuardrail ? 2 * design.Alpha : design.Alpha / Math.Max(1, goals);
        double width = isGuardrail && design.Kind != DesignKind.AlwaysValid
            ? Normal.UpperQuantile(alpha / 2)
            : DesignLook.FinalWidth(design, alpha, Math.Max(2, units));
        double lift = SampleSize.DetectableEffect(error, width, design.Power) / Math.Abs(same.Control);
        return new(definition.Name, weeks, units, same.Control, lift, adjusted.VarianceReduction);
    }
}
