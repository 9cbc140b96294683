using Kindred.OnlineExperiments.Estimation;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.OnlineExperiments.Analysis;

/// <summary>Reads an experiment: first whether it works, then what the design allows to see, then what to do.</summary>
public static class ExperimentAnalysis
{
    /// <summary>With fewer units an arm a segment says nothing.</summary>
    private const long FewestInSegment = 100;

    /// <param name="now">UTC; for the report.</param>
    public static OnlineExperimentReport Read(OnlineExperiment experiment, ExperimentData data, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(data);
        experiment.Check();
        var look = DesignLook.At(experiment.Design, data);
        var health = HealthChecks.Of(experiment, data);
        MetricResult[] results = Results(experiment, data, look);
        ArmVerdict[] verdicts =
        [
            .. experiment.Arms.Skip(1).Select(arm => Verdicts.Of(
                experiment, data, look, health, [.. results.Where(result => result.Arm == arm.Name)], arm.Name)),
        ];
        var verdict = Verdicts.Overall(verdicts);
        double[] shares = experiment.Shares;
        long[] units = data.UnitsUpTo(data.Days - 1);
        return new()
        {
            Experiment = experiment,
            Created = now,
            Start = data.Start,
            Days = data.HasTimes ? data.Days : 0,
            Verdict = verdict.Verdict,
            Summary = Verdicts.Summary(verdict, experiment, data),
            Verdicts = verdicts,
            Health = health,
            Arms = [.. experiment.Arms.Select((arm, n) => new ArmUnits(arm.Name, units[n], shares[n]))],
            Results = results,
            Notes = [.. data.Notes, .. Lengths(experiment, data)],
        };
    }

    private static MetricResult[] Results(OnlineExperiment experiment, ExperimentData data, DesignLook look)
    {
        (int Metric, int Arm)[] pairs =
        [
            .. from arm in Enumerable.Range(1, experiment.Arms.Count - 1)
               from role in Enum.GetValues<OnlineMetricRole>()
               from metric in Enumerable.Range(0, experiment.Metrics.Count)
               where experiment.Metrics[metric].Role == role
               select (metric, arm),
        ];
        MetricResult[] results = [.. pairs.Select(pair => Result(experiment, data, look, pair.Metric, pair.Arm))];
        double[] p = [.. results.Select(r => r.Metric.Role == OnlineMetricRole.Goal ? r.Lift?.PValue ?? double.NaN : double.NaN)];
        double[] adjusted = MultipleTests.Adjusted(p, experiment.Design.Correction);
        return [.. results.Select((result, n) => Outcomes.Decide(result with { AdjustedPValue = adjusted[n] }, experiment.Design))];
    }

    private static MetricResult Result(OnlineExperiment experiment, ExperimentData data, DesignLook look, int metric, int arm)
    {
        var definition = experiment.Metrics[metric];
        bool isGuardrail = definition.Role == OnlineMetricRole.Guardrail;
        var empty = new MetricResult(experiment.Arms[arm].Name, definition, MetricOutcome.NotShown);
        int day = isGuardrail ? data.Days - 1 : look.Day;
        if (day < 0) return empty;
        var effect = Effect(experiment, data, metric, arm, day);
        if (!effect.IsKnown) return empty with { Outcome = MetricOutcome.Unknown };
        double alpha = experiment.Design.Alpha;
        ConfidenceInterval Interval(double estimate, double error, double worst) => isGuardrail
            ? look.Guard(estimate, error, effect.Degrees, effect.Units, alpha, worst)
            : look.Interval(estimate, error, effect.Degrees, effect.Units, alpha);
        double Harm(double estimate, double error, double worst) =>
            look.HarmPValue(estimate, error, effect.Degrees, effect.Units, alpha, worst, definition.Sign);
        double worst = WorstOf(definition);
        return empty with
        {
            Outcome = MetricOutcome.Undecided,
            Effect = effect,
            Difference = Interval(effect.Difference, effect.DifferenceError, worst * Math.Abs(effect.Control)),
            Lift = !double.IsFinite(effect.LiftError) ? null
                : isGuardrail ? look.Guard(effect, alpha, worst) : Interval(effect.Lift, effect.LiftError, worst),
            HarmPValue = !isGuardrail ? double.NaN
                : double.IsFinite(effect.LiftError) ? Harm(effect.Lift, effect.ErrorIf(worst), worst)
                : Harm(effect.Difference, effect.DifferenceError, 0),
            ByDay = ByDay(experiment, data, look, metric, arm),
            Segments = day == data.Days - 1 ? Segments(experiment, data, look, metric, arm) : [],
        };
    }

    /// <summary>Strata are known at the end only.</summary>
    private static EffectEstimate Effect(OnlineExperiment experiment, ExperimentData data, int metric, int arm, int day)
    {
        var kind = experiment.Metrics[metric].Kind;
        bool usesBefore = experiment.Design.UsesBefore;
        return (usesBefore || data.Strata > 1) && day == data.Days - 1
            ? ArmComparison.Compare(data.StrataOf(metric, 0, arm), kind, usesBefore)
            : ArmComparison.Compare(data.Of(metric, 0, day), data.Of(metric, arm, day), kind, usesBefore);
    }

    private static List<DayEffect> ByDay(OnlineExperiment experiment, ExperimentData data, DesignLook look, int metric, int arm)
    {
        if (!data.HasTimes) return [];
        var definition = experiment.Metrics[metric];
        bool isGuardrail = definition.Role == OnlineMetricRole.Guardrail;
        double alpha = look.Design.Alpha;
        var days = new List<DayEffect>(data.Days);
        foreach (var at in isGuardrail ? look.EachDay(data.Days) : look.ByDay())
        {
            var effect = Effect(experiment, data, metric, arm, at.Day);
            if (!effect.IsKnown || !double.IsFinite(effect.LiftError)) continue;
            var lift = isGuardrail
                ? at.Guard(effect, alpha, WorstOf(definition))
                : at.Interval(effect.Lift, effect.LiftError, effect.Degrees, effect.Units, alpha);
            days.Add(new(at.Day + 1, effect.Units, effect.Lift, lift.Low, lift.High));
        }
        return days;
    }

    /// <returns>The lift that is still accepted of a guardrail.</returns>
    private static double WorstOf(OnlineMetric metric) => -metric.Sign * metric.Margin;

    private static IReadOnlyList<SegmentEffect> Segments(OnlineExperiment experiment, ExperimentData data, DesignLook look, int metric,
        int arm)
    {
        var found = new List<SegmentEffect>();
        for (int segment = 0; segment < data.Segments.Count; segment++)
        {
            UnitSums control = data.OfSegment(metric, 0, segment), treatment = data.OfSegment(metric, arm, segment);
            if (Math.Min(control.Count, treatment.Count) < FewestInSegment) continue;
            var effect = ArmComparison.Compare(control, treatment, experiment.Metrics[metric].Kind, experiment.Design.UsesBefore);
            if (!effect.IsKnown || !double.IsFinite(effect.LiftError) || look.Day < 0) continue;
            var lift = look.Interval(effect.Lift, effect.LiftError, effect.Degrees, effect.Units, experiment.Design.Alpha);
            found.Add(new(data.Segments[segment], effect.Units, effect.Lift, lift.Low, lift.High, lift.PValue));
        }
        double[] adjusted = MultipleTests.Adjusted([.. found.Select(segment => segment.PValue)], TestCorrection.Holm);
        return [.. found.Select((segment, n) => segment with { PValue = adjusted[n] })];
    }

    private static IEnumerable<string> Lengths(OnlineExperiment experiment, ExperimentData data)
    {
        int days = experiment.Design.Days;
        if (!data.HasTimes) yield return "The files have no times: windows, days, the time before and the end of the experiment are "
            + "not known.";
        if (data.HasTimes && data.IsLengthAssumed)
            yield return $"The files do not say how long the experiment was planned: {days} days are assumed. Say it with --days.";
        else if (data.HasTimes && days is < 14 or > 28 || days % 7 != 0)
            yield return $"{days} days are planned; plan whole weeks, two to four.";
    }
}
