using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports;

/// <summary>
/// An online experiment as a page: whether it works comes first, then what to do, then each metric's interval beside its margin, day by day
/// where the design allows. One file that needs no network and no script; the same report makes the same bytes.
/// </summary>
public static class OnlineExperimentPage
{
    private const double PlotWidth = 260, PlotHeight = 34, Side = 14;

    public static string Of(OnlineExperimentReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return HtmlPage.Of(text => HtmlPage.Write(text, $"{report.Experiment.Name}: {report.Summary}", html =>
        {
            WriteTop(html, report);
            using (html.In("main"))
            {
                SampleRatioBanner.Write(html, report);
                WriteSections(html, report);
            }
        }));
    }

    /// <summary>All below the summary and the sample ratio, for pages that have a frame of their own.</summary>
    internal static void WriteSections(Html html, OnlineExperimentReport report)
    {
        Section(html, "health", "Does it work?", () => WriteHealth(html, report));
        Section(html, "reasons", "What to do, and why", () => WriteReasons(html, report));
        bool isHealthy = report.Verdict != ExperimentVerdict.Unhealthy;
        Section(html, "metrics", isHealthy ? "Metrics" : "Metrics: not to be believed", () => WriteMetrics(html, report));
        if (report.Results.Any(r => r.ByDay.Count > 1)) Section(html, "days", "Day by day", () => WriteDays(html, report));
        if (report.Results.Any(r => r.Segments.Count > 0)) Section(html, "segments", "Segments", () => WriteSegments(html, report));
        Section(html, "again", "How it was read", () => WriteDesign(html, report));
    }

    internal static void WriteNotes(Html html, OnlineExperimentReport report)
    {
        if (report.Notes.Count == 0) return;
        using (html.In("div", ("class", "warnings"), ("role", "note")))
        {
            html.Element("strong", "Note");
            using (html.In("ul"))
                foreach (string note in report.Notes) html.Element("li", note);
        }
    }

    internal static string Word(ExperimentVerdict verdict) => verdict switch
    {
        ExperimentVerdict.RollBack => "roll back",
        ExperimentVerdict.NoDifference => "no difference worth it",
        _ => $"{verdict}".ToLowerInvariant(),
    };

    private static string Word(DesignKind kind) => kind switch
    {
        DesignKind.AlwaysValid => "always valid",
        DesignKind.FixedHorizon => "fixed horizon",
        _ => "group sequential",
    };

    private static void WriteTop(Html html, OnlineExperimentReport report)
    {
        using (html.In("header"))
        {
            html.Element("p", "Online experiment", ("class", "kicker"));
            html.Element("h1", report.Experiment.Name);
            html.Element("p", report.Summary, ("class", "advice"));
            using (html.In("dl", ("class", "facts")))
            {
                foreach (var arm in report.Arms)
                    using (html.In("div"))
                    {
                        html.Element("dt", $"units in {arm.Arm}");
                        html.Element("dd", Format.Count(arm.Units));
                    }
                if (report.Progress is { } progress)
                    using (html.In("div"))
                    {
                        html.Element("dt", "progress");
                        html.Element("dd", progress);
                    }
            }
            WriteNotes(html, report);
        }
    }

    private static void WriteHealth(Html html, OnlineExperimentReport report)
    {
        using (html.Table("Health", "prose"))
        {
            html.Titles("check", "state", "found", " p");
            using (html.In("tbody"))
                foreach (var check in report.Health)
                    using (html.In("tr"))
                    {
                        html.Element("th", check.Name, ("scope", "row"));
                        html.Element("td", check.IsHealthy ? "healthy" : "broken", ("class", check.IsHealthy ? "better" : "worse"));
                        html.Element("td", check.Says);
                        html.Number(double.IsNaN(check.PValue) ? "–" : Format.Chance(check.PValue));
                    }
        }
    }

    private static void WriteReasons(Html html, OnlineExperimentReport report)
    {
        foreach (var verdict in report.Verdicts)
        {
            html.Element("h3", $"{verdict.Arm}: {Word(verdict.Verdict)}");
            using (html.In("ul", ("class", "points")))
                foreach (string reason in verdict.Reasons) html.Element("li", reason);
        }
    }

    private static void WriteMetrics(Html html, OnlineExperimentReport report)
    {
        var shown = report.Results.Where(IsDrawn).ToList();
        var axis = AxisOf(shown.SelectMany(r => (double[])[r.Lift!.Low, r.Lift.High, -r.Metric.Margin, r.Metric.Margin]));
        html.Element("p", "The dot is the lift, the line its interval; dashed lines are the margins: what is still accepted of a "
            + "guardrail, and the smallest change of a goal that is worth having.", ("class", "hint"));
        using (html.Table("Metrics by arm", "board"))
        {
            html.Titles("metric", "better", " control", " treatment", " lift", "interval", "outcome");
            using (html.In("tbody"))
                foreach (var result in report.Results)
                    using (html.In("tr"))
                    {
                        using (html.In("th", ("scope", "row")))
                        {
                            html.Name(result.Metric.Name);
                            string role = Word(result.Metric.Role);
                            if (result.Metric is { Source: "latency", Denominator: "count:latency" }) role += ", ms"; // a server's
                            html.Element("span", report.Arms.Count > 2 ? $"{role}, {result.Arm}" : role, ("class", "note"));
                        }
                        html.Element("td", result.Metric.Sign > 0 ? "↑" : "↓",
                            ("title", result.Metric.Sign > 0 ? "higher is better" : "lower is better"));
                        html.Number(result.Effect is { } e ? Format.Number(e.Control) : "–");
                        html.Number(result.Effect is { } t ? Format.Number(t.Treatment) : "–");
                        html.Estimate(result.Effect is { } effect ? Outcomes.Lift(result, effect.Lift) : "–",
                            result.Lift is { } lift ? $"{Outcomes.Lift(result, lift.Low)} to {Outcomes.Lift(result, lift.High)}" : null);
                        using (html.In("td", ("class", "plot"))) if (IsDrawn(result)) WriteInterval(html, axis, result);
                        html.Element("td", Word(result), ("class", ClassOf(result.Outcome)));
                    }
        }
    }

    /// <summary>Reports that older versions kept may lack a figure.</summary>
    private static bool IsDrawn(MetricResult result) =>
        result is { Lift: { } lift, Effect: { } effect } && !double.IsNaN(lift.Low + effect.Lift) && !double.IsNaN(lift.High);

    private static void WriteInterval(Html html, Axis axis, MetricResult result)
    {
        double At(double value) => axis.At(Math.Clamp(value, axis.Low, axis.High), Side, PlotWidth - Side);
        string label = $"{result.Metric.Name}: {result.Says}";
        Svg.Draw(html, PlotWidth, PlotHeight, label, svg =>
        {
            svg.Line(At(0), 0, At(0), PlotHeight, "axis");
            double[] margins = result.Metric.Role == OnlineMetricRole.Guardrail ? [-result.Metric.Sign * result.Metric.Margin]
                : [-result.Metric.Margin, result.Metric.Margin];
            foreach (double margin in margins) svg.Line(At(margin), 0, At(margin), PlotHeight, "reference");
            svg.Line(At(result.Lift!.Low), PlotHeight / 2, At(result.Lift.High), PlotHeight / 2, "whisker m0");
            svg.Sign(new(result.Metric.Name, 0), At(result.Effect!.Lift), PlotHeight / 2, 5, label);
        }, "rows");
    }

    private static void WriteDays(Html html, OnlineExperimentReport report)
    {
        html.Element("p", report.Experiment.Design.Kind switch
        {
            DesignKind.GroupSequential => "The lift at each look, with the interval of its boundary; guardrails on each day.",
            DesignKind.FixedHorizon => "The lift up to each day. The last day of a goal has the interval of the one look that was planned; "
                + "those before it are wider, so that they hold on all days together.",
            _ => "The lift up to each day, with the interval that is valid on all days together: looking daily costs nothing here.",
        } + " Grey curves are the boundary: a lift outside of them is significant on that day.", ("class", "hint"));
        using (html.In("div", ("class", "charts")))
            foreach (var result in report.Results.Where(r => r.ByDay.Count > 1))
                using (html.In("figure"))
                {
                    html.Element("figcaption", report.Arms.Count > 2 ? $"{result.Metric.Name} of {result.Arm}" : result.Metric.Name);
                    WriteDays(html, result, Math.Max(2, report.Days));
                }
    }

    private static void WriteDays(Html html, MetricResult result, int days)
    {
        // the first days are so uncertain that they would flatten the others
        double widest = 4 * result.ByDay.Skip(result.ByDay.Count / 2).Max(day => Math.Max(Math.Abs(day.High), Math.Abs(day.Low)));
        double Shown(double value) => Math.Clamp(value, -widest, widest);
        var axis = AxisOf(result.ByDay.SelectMany(day => (double[])
            [Shown(day.Low), Shown(day.High), Shown(day.Lift - day.Low), Shown(day.Lift - day.High)]).Append(0)
            .Append(result.Metric.Role == OnlineMetricRole.Guardrail ? -result.Metric.Sign * result.Metric.Margin : 0)) with
        {
            IsPercent = true,
        };
        double At(int day) => (day - 1) / (double)(days - 1);
        var points = result.ByDay.Select(day => new LinePoint(At(day.Day), Shown(day.Lift), Shown(day.Low), Shown(day.High),
            $"day {day.Day}: {Outcomes.Percent(day.Lift)} ({Outcomes.Percent(day.Low)} to {Outcomes.Percent(day.High)}), "
            + $"{Format.Many(day.Units, "unit")}")).ToList();
        Line Straight(double value, string name) =>
            new(new(name, -1), [new(0, value, double.NaN, double.NaN, name), new(1, value, double.NaN, double.NaN, name)]);
        List<Line> lines = [new(new(result.Metric.Name, 0), points), Straight(0, "no difference")];
        if (result.Metric.Role == OnlineMetricRole.Goal) lines.AddRange(BoundaryOf(result, At, Shown));
        if (result.Metric.Role == OnlineMetricRole.Guardrail) lines.Add(Straight(-result.Metric.Sign * result.Metric.Margin, "margin"));
        int step = Math.Max(1, days / 7);
        new LineChart($"{result.Metric.Name} by day", "day",
            [.. Enumerable.Range(1, days).Where(day => day == 1 || day % step == 0).Select(day => (At(day), $"{day}"))], axis)
            .Draw(html, lines);
    }

    /// <summary>What a lift had to exceed on each day to be significant then: half of that day's interval.</summary>
    private static IEnumerable<Line> BoundaryOf(MetricResult result, Func<int, double> at, Func<double, double> shown)
    {
        Line Of(string name, Func<DayEffect, double> bound) => new(new(name, -1), [.. result.ByDay.Select(day => new LinePoint(
            at(day.Day), shown(bound(day)), double.NaN, double.NaN, $"{name}, day {day.Day}: {Outcomes.Percent(bound(day))}"))]);
        yield return Of("boundary above", day => day.Lift - day.Low);
        yield return Of("boundary below", day => day.Lift - day.High);
    }

    private static void WriteSegments(Html html, OnlineExperimentReport report)
    {
        html.Element("p", "P-values are corrected for the number of segments. A segment that differs is a question for the next "
            + "experiment, not an answer of this one.", ("class", "hint"));
        using (html.Table("Lift by segment"))
        {
            html.Titles("metric", "segment", " units", " lift", " p, corrected");
            using (html.In("tbody"))
                foreach (var result in report.Results)
                    foreach (var segment in result.Segments)
                        using (html.In("tr"))
                        {
                            html.Element("th", result.Metric.Name, ("scope", "row"));
                            html.Element("td", report.Arms.Count > 2 ? $"{segment.Segment}, {result.Arm}" : segment.Segment);
                            html.Number(Format.Count(segment.Units));
                            html.Estimate(Outcomes.Percent(segment.Lift),
                                $"{Outcomes.Percent(segment.Low)} to {Outcomes.Percent(segment.High)}");
                            html.Number(Format.Chance(segment.PValue));
                        }
        }
    }

    private static void WriteDesign(Html html, OnlineExperimentReport report)
    {
        var design = report.Experiment.Design;
        if (report.Command is { } command)
            using (html.In("pre", ("class", "scroll"), ("tabindex", "0"), ("aria-label", "Command"), ("role", "region")))
                html.Element("code", command);
        DefinitionList.Write(html,
        [
            ("made", Format.Moment(report.Created)),
            ("first day", report.Start is { } start ? Format.Moment(start) : "not known"),
            ("design", $"{Word(design.Kind)}, {Format.Many(design.Days, "day")}, α {design.Alpha}, power {design.Power}"),
            ("correction of goals", $"{design.Correction}"),
            ("variance removed", string.Join(", ", report.Results.Where(r => r.Effect is { VarianceReduction: not 0 })
                .Select(r => $"{r.Metric.Name} {Format.Percent(r.Effect!.VarianceReduction)}").DefaultIfEmpty("none"))),
            ("metrics", string.Join("; ", report.Experiment.Metrics.Select(m =>
                $"{m.Name} ({Word(m.Role)}, {$"{m.Kind}".ToLowerInvariant()}, margin {Format.Percent(m.Margin)})"))),
        ]);
    }

    private static void Section(Html html, string id, string title, Action write)
    {
        using (html.In("section", ("id", id), ("aria-labelledby", $"{id}-title")))
        {
            html.Element("h2", title, ("id", $"{id}-title"));
            write();
        }
    }

    private static Axis AxisOf(IEnumerable<double> values) => Axis.Of(values.Where(double.IsFinite).Append(0));

    private static string ClassOf(MetricOutcome outcome) => outcome switch
    {
        MetricOutcome.Better => "better",
        MetricOutcome.Worse => "worse",
        _ => "alike",
    };

    private static string Word(OnlineMetricRole role) => $"{role}".ToLowerInvariant();

    private static string Word(MetricResult result) => result.Outcome switch
    {
        MetricOutcome.NotShown => "not shown yet",
        MetricOutcome.Unknown => "not known",
        MetricOutcome.WithinMargin => result.Metric.Role == OnlineMetricRole.Guardrail ? "safe" : "no difference worth it",
        var outcome => $"{outcome}".ToLowerInvariant(),
    };
}
