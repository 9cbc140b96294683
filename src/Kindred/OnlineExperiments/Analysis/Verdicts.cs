using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.OnlineExperiments.Analysis;

/// <summary>What to do, and why.</summary>
internal static class Verdicts
{
    private const int MostDaysLeft = 365;

    public static ArmVerdict Of(
        OnlineExperiment experiment, ExperimentData data, DesignLook look, IReadOnlyList<HealthCheck> health,
        IReadOnlyList<MetricResult> results, string arm)
    {
        ArmVerdict Say(ExperimentVerdict verdict, IEnumerable<string> reasons, int? left = null) => new(arm, verdict, [.. reasons], left);
        static string Line(MetricResult result) => $"{result.Metric.Name}: {result.Says}";

        HealthCheck[] broken = [.. health.Where(check => !check.IsHealthy)];
        if (broken.Length > 0) return Say(ExperimentVerdict.Unhealthy, broken.Select(check => $"{check.Name}: {check.Says}"));
        MetricResult[] goals = [.. results.Where(r => r.Metric.Role == OnlineMetricRole.Goal)],
            guardrails = [.. results.Where(r => r.Metric.Role == OnlineMetricRole.Guardrail)];
        MetricResult[] harmed = [.. guardrails.Concat(goals).Where(r => r.Outcome == MetricOutcome.Worse)];
        if (harmed.Length > 0) return Say(ExperimentVerdict.RollBack, harmed.Select(Line));
        MetricResult[] won = [.. goals.Where(r => r.Outcome == MetricOutcome.Better)];
        MetricResult[] open = [.. guardrails.Where(r => r.Outcome != MetricOutcome.WithinMargin)];
        if (won.Length > 0 && open.Length == 0) return Say(ExperimentVerdict.Ship, won.Concat(guardrails).Select(Line));
        if (goals.Length > 0 && goals.All(r => r.Outcome == MetricOutcome.WithinMargin))
            return Say(ExperimentVerdict.NoDifference, goals.Select(Line));
        if (look.IsLast)
        {
            var verdict = data.HasTimes ? ExperimentVerdict.Undecided : ExperimentVerdict.Running;
            if (goals.Length > 0 && goals.All(r => r.Effect is null))
                return Say(verdict, [$"So far no goal can be read, and {End(experiment, data)}.", .. goals.Select(Line)]);
            return Say(verdict, won.Length > 0
                ? [
                    "A goal is better, but a guardrail is not shown to be safe: keep control, or plan a longer experiment.",
                    .. open.Select(Line),
                ]
                : [$"No goal differs significantly, and {End(experiment, data)}.", .. goals.Select(Line)]);
        }
        int? left = DaysLeft(experiment, data, look, goals.Concat(guardrails));
        string[] next = look.Next is { } day ? [$"The next look is after day {day}, {InDays(day - data.Days)}."] : [];
        return Say(ExperimentVerdict.Running, [.. next, .. goals.Concat(open).Select(Line)], left);
    }

    /// <returns>What is known of the end.</returns>
    private static string End(OnlineExperiment experiment, ExperimentData data) =>
        !data.HasTimes ? "whether the experiment is over is not known without times: name their column with --time; if it is over, keep "
            + experiment.Arms[0].Name
        : data.IsLengthAssumed ? $"the experiment is over if {experiment.Design.Days} days were planned: say with --days how many were"
        : "the experiment is over";

    private static string InDays(int days) => days switch { <= 0 => "today", 1 => "in 1 day", _ => $"in {days} days" };

    /// <returns>That of the arm which matters most: broken, ready to ship, harmful, running, undecided, then without a
    /// difference.</returns>
    public static ArmVerdict Overall(IReadOnlyList<ArmVerdict> verdicts)
    {
        ExperimentVerdict[] order = [ExperimentVerdict.Unhealthy, ExperimentVerdict.Ship, ExperimentVerdict.RollBack,
            ExperimentVerdict.Running, ExperimentVerdict.Undecided, ExperimentVerdict.NoDifference];
        return verdicts.MinBy(verdict => Array.IndexOf(order, verdict.Verdict))!;
    }

    public static string Summary(ArmVerdict verdict, OnlineExperiment experiment, ExperimentData data) => verdict.Verdict switch
    {
        ExperimentVerdict.Unhealthy => "Unhealthy: do not read the results. Find out what is broken, and start again.",
        ExperimentVerdict.Ship => $"Ship {verdict.Arm}.",
        ExperimentVerdict.RollBack => $"Roll back {verdict.Arm}: it does harm.",
        ExperimentVerdict.NoDifference => $"No difference worth it: keep {experiment.Arms[0].Name}.",
        ExperimentVerdict.Undecided when data.IsLengthAssumed =>
            "Undecided so far: nothing is shown, and whether the experiment is over is not known. Say with --days how long it was planned.",
        ExperimentVerdict.Undecided =>
            $"Undecided: the time is over, and nothing is shown. Keep {experiment.Arms[0].Name}, or plan a longer experiment.",
        _ when !data.HasTimes => "Not decided: without times it is not known whether the experiment is over.",
        _ => verdict.DaysLeft is { } days ? $"Running: about {days} more day{(days == 1 ? "" : "s")}."
            : "Running: at this rate it is not known when it will be decided.",
    };

    /// <summary>Until the planned end; of an always-valid design, until the slowest goal or guardrail can be decided.</summary>
    private static int? DaysLeft(OnlineExperiment experiment, ExperimentData data, DesignLook look, IEnumerable<MetricResult> results)
    {
        var design = experiment.Design;
        if (design.Kind != DesignKind.AlwaysValid) return Math.Max(1, design.Days - data.Days);
        double most = 0;
        foreach (var result in results)
        {
            if (result.Effect is not { } effect || !double.IsFinite(effect.LiftError)) return null;
            double needed = Needed(effect.LiftError, effect.Units, result.Metric.Margin, design);
            most = Math.Max(most, ((needed / effect.Units) - 1) * data.Days);
        }
        return most is > 0 and <= MostDaysLeft ? Math.Max(1, (int)Math.Ceiling(most)) : null;
    }

    /// <returns>Units with which an effect of the margin is found, at the rate at which errors shrink.</returns>
    private static double Needed(double error, long units, double margin, ExperimentDesign design)
    {
        double low = units, high = units;
        var tuned = design with { PlannedUnits = (long)design.Tuning };
        double Power(double n) => SampleSize.Power(
            margin, error * Math.Sqrt(units / n), DesignLook.FinalWidth(tuned, design.Alpha, (long)n));
        while (Power(high) < design.Power && high < 1e12) high *= 2;
        for (int step = 0; step < 40; step++)
        {
            double middle = (low + high) / 2;
            if (Power(middle) < design.Power) low = middle;
            else high = middle;
        }
        return high;
    }
}
