using System.Globalization;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.Cli.Output;

/// <summary>Online experiments, as they are shown on a console: whether they work comes first.</summary>
internal static class ExperimentView
{
    public static IEnumerable<Block> Of(OnlineExperimentReport report)
    {
        yield return new Heading(report.Progress is { } progress ? $"{report.Experiment.Name}: {progress}" : report.Experiment.Name);
        yield return new Paragraph(report.Summary);
        yield return new Grid([new("check"), new(""), new("found", Wraps: true)],
            [.. report.Health.Select(check => new[] { check.Name, check.IsHealthy ? "healthy" : "BROKEN", check.Says })]);
        yield return new Grid(
            [new("metric"), new("for"), new("arm"), new("control", true), new("treatment", true), new("lift", true), new("interval", true),
                new("p", true, IsExtra: true), new("outcome", Wraps: true)],
            [.. report.Results.Select(Row)]);
        foreach (var verdict in report.Verdicts)
        {
            if (report.Verdicts.Count > 1) yield return new Heading(verdict.Arm);
            yield return new BulletList(verdict.Reasons);
        }
        (MetricResult Result, SegmentEffect Segment)[] segments = [.. report.Results.SelectMany(r => r.Segments.Select(s => (r, s)))];
        if (segments.Length > 0)
        {
            yield return new Heading("Segments");
            yield return new Grid([new("metric"), new("segment"), new("units", true), new("lift", true), new("interval", true),
                new("p, adjusted", true)],
                [.. segments.Select(s => new[]
                {
                    s.Result.Metric.Name, s.Segment.Segment, Format.Count(s.Segment.Units), Outcomes.Percent(s.Segment.Lift),
                    $"{Outcomes.Percent(s.Segment.Low)} to {Outcomes.Percent(s.Segment.High)}", Chance(s.Segment.PValue),
                })]);
        }
        if (report.Notes.Count > 0) yield return new BulletList(report.Notes);
    }

    public static IEnumerable<Block> Of(ExperimentPlan plan)
    {
        yield return new Heading("Plan");
        yield return new Grid(
            [new("metric"), new("weeks", true), new("users", true), new("value now", true), new("smallest change seen", true),
                new("variance removed (CUPED)", true, IsExtra: true)],
            [.. plan.Weeks.Select(week => new[]
            {
                week.Metric, $"{week.Weeks}", Format.Count(week.Units), Number(week.Baseline),
                    Outcomes.Percent(week.DetectableLift).TrimStart('+'),
                Outcomes.Percent(week.VarianceReduction).TrimStart('+'),
            })]);
        yield return new BulletList(plan.Says);
        yield return new Paragraph(plan.Shortest is { } weeks ? $"Plan {weeks} weeks."
            : $"{ExperimentPlan.MostWeeks} weeks cannot answer this. Ask for a larger change, use more traffic, or choose a metric "
                + "that varies less.");
    }

    private static string[] Row(MetricResult result) =>
    [
        result.Metric.Name, $"{result.Metric.Role}".ToLowerInvariant(), result.Arm,
        result.Effect is { } effect ? Number(effect.Control) : "–", result.Effect is { } same ? Number(same.Treatment) : "–",
        result.Effect is { } lift ? Outcomes.Lift(result, lift.Lift) : "–",
        result.Lift is { } interval ? $"{Outcomes.Lift(result, interval.Low)} to {Outcomes.Lift(result, interval.High)}" : "–",
        Chance(result.ShownPValue),
        result.Outcome switch
        {
            MetricOutcome.NotShown => "not shown yet",
            MetricOutcome.Unknown => "not known",
            MetricOutcome.WithinMargin => result.Metric.Role == OnlineMetricRole.Guardrail ? "safe" : "no difference worth it",
            var outcome => $"{outcome}".ToLowerInvariant(),
        },
    ];

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 1000 ? "N0" : "G4", CultureInfo.InvariantCulture);

    private static string Chance(double p) => double.IsNaN(p) ? "–" : p < .0001 ? "< .0001" : p.ToString(".0000",
        CultureInfo.InvariantCulture);
}
