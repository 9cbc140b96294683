using System.Globalization;
using Kindred.OffPolicy;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports;

/// <summary>What policies would have earned, as a page like <see cref="HtmlReport"/>: one file that needs nothing else.</summary>
internal static class OffPolicyPage
{
    /// <param name="log">Where the decisions come from.</param>
    public static string Of(string log, IReadOnlyList<OffPolicyReport> reports) => HtmlPage.Of(text =>
        HtmlPage.Write(text, $"Off-policy evaluation of {log}", html =>
        {
            using (html.In("main"))
            {
                using (html.In("header"))
                {
                    html.Element("h1", "Off-policy evaluation");
                    var first = reports[0];
                    html.Element("p", $"{log}: {first.Decisions:N0} decisions. The logging policy earned "
                        + $"{Interval(first.Logged)} a {first.Unit} (95 % CI).",
                        ("class", "protocol"));
                }
                foreach (var report in reports) Write(html, report);
            }
        }));

    private static void Write(Html html, OffPolicyReport report)
    {
        using (html.In("section"))
        {
            html.Element("h2", report.Policy);
            WriteReport(html, report);
        }
    }

    /// <summary>What there is to say of a policy, for pages that have a frame of their own.</summary>
    internal static void WriteReport(Html html, OffPolicyReport report)
    {
        html.Element("p", report.Verdict);
        WriteDiagnostics(html, report.Diagnostics);
        using (html.In("div", ("class", "charts")))
        {
            WriteWeights(html, report.Diagnostics);
            if (report.IsAnswerable) WriteCurve(html, report);
        }
        if (report.IsAnswerable) WriteEstimates(html, report);
    }

    private static void WriteDiagnostics(Html html, OffPolicyDiagnostics seen)
    {
        using (html.Table("Can the log answer?"))
        {
            html.Titles(["Can the log answer?", " Value", "Needed"]);
            using (html.In("tbody"))
            {
                Row("Effective sample size", Number(seen.EffectiveSampleSize), "at least 100");
                Row("Mean weight", $"{Number(seen.MeanWeight)} [{Number(seen.MeanWeightLow)}, {Number(seen.MeanWeightHigh)}]",
                    "1 is in the interval");
                Row("Largest share of one decision", seen.LargestShare.ToString("P1", CultureInfo.InvariantCulture), "at most 10 %");
                Row("Largest weight", Number(seen.LargestWeight), "");
                if (seen.UnsupportedMass is { } mass)
                    Row("Shown by the policy, hardly by the log", mass.ToString("P1", CultureInfo.InvariantCulture), "little");
                if (seen.CalibrationPValue is { } p) Row("Propensities agree with frequencies", $"p = {Number(p)}", "p above 0.001");
            }
        }
        foreach (string warning in seen.Warnings) html.Element("p", warning);

        void Row(string name, string value, string needed)
        {
            using (html.In("tr"))
            {
                html.Element("th", name, ("scope", "row"));
                html.Number(value);
                html.Element("td", needed);
            }
        }
    }

    /// <summary>A few decisions far to the right decide an estimate.</summary>
    private static void WriteWeights(Html html, OffPolicyDiagnostics seen)
    {
        double all = seen.Weights.Sum(bin => (double)bin.Decisions);
        if (all == 0) return;
        string Of(WeightBin bin) => bin.UpTo == 0 ? "0" : $"{Number(bin.Above)} to {Number(bin.UpTo)}";
        var ticks = seen.Weights.Select((bin, n) => ((n + .5) / seen.Weights.Count, Number(bin.UpTo))).ToList();
        int step = Math.Max(1, (ticks.Count + 5) / 6);
        using (html.In("figure", ("class", "narrow")))
        {
            html.Element("figcaption", "Decisions by weight");
            new ColumnChart("Decisions by weight", "weight up to", [.. ticks.Where((_, n) => n % step == 0)], Axis.Of([0, 1]), gap: .2)
                .Draw(html, new("decisions", 0), [.. seen.Weights.Select(bin => new Column(
                    bin.Decisions / all, double.NaN, $"weight {Of(bin)}: {Format.Count(bin.Decisions)} decisions"))]);
        }
    }

    private static void WriteEstimates(Html html, OffPolicyReport report)
    {
        var axis = Axis.Of([report.Logged.Value, .. report.Estimates.SelectMany(estimate => (double[])[estimate.Low, estimate.High])]);
        var plot = new IntervalPlot(axis, report.Logged.Value);
        using (html.Table("Estimates"))
        {
            html.Titles(["Estimator", " Value", " Difference to the logging policy", "95 % interval; the line is the logging policy"]);
            using (html.In("tbody"))
            {
                using (html.In("tr"))
                {
                    for (int n = 0; n < 3; n++) html.Number("");
                    using (html.In("td", ("class", "plot"))) plot.DrawAxis(html);
                }
                for (int n = 0; n < report.Estimates.Count; n++)
                {
                    var estimate = report.Estimates[n];
                    using (html.In("tr"))
                    {
                        html.Element("th", estimate.Estimator, ("scope", "row"));
                        html.Estimate(Number(estimate.Value), $"{Number(estimate.Low)} to {Number(estimate.High)}",
                            estimate == report.Best);
                        html.Estimate(Number(estimate.Difference ?? 0),
                            $"{Number(estimate.DifferenceLow ?? 0)} to {Number(estimate.DifferenceHigh ?? 0)}");
                        using (html.In("td", ("class", "plot")))
                            plot.DrawRow(html, new(estimate.Estimator, n), estimate.Value, estimate.Low, estimate.High, Interval(estimate));
                    }
                }
            }
        }
    }

    /// <summary>The estimate by λ: where it moves with λ, few large weights decide it.</summary>
    private static void WriteCurve(Html html, OffPolicyReport report)
    {
        if (report.Curve.Count < 2) return;
        var x = Axis.LogarithmicOf(report.Curve.Select(point => point.Lambda));
        var y = Axis.Of(report.Curve.SelectMany(point => (double[])[point.Clipped, point.Shrunk ?? double.NaN]));
        List<Line> lines = [LineOf("clipped IPS", 0, point => point.Clipped)];
        if (report.Curve.All(point => point.Shrunk is not null))
            lines.Add(LineOf("DRos, by the root of λ", 1, point => point.Shrunk!.Value));
        using (html.In("figure"))
        {
            html.Element("figcaption", $"Value by λ: {string.Join(" and ", lines.Select(line => line.Sign.Name))}");
            new LineChart("Value by λ", "λ", [.. x.Ticks.Select(tick => (x.At(tick, 0, 1), x.Label(tick)))], y).Draw(html, lines);
        }

        Line LineOf(string name, int place, Func<OffPolicyPoint, double> value) => new(new(name, place),
            [.. report.Curve.Select(point => new LinePoint(
                x.At(point.Lambda, 0, 1), value(point), double.NaN, double.NaN,
                    $"{name}, λ = {Number(point.Lambda)}: {Number(value(point))}"))]);
    }

    private static string Interval(OffPolicyEstimate estimate) =>
        $"{Number(estimate.Value)} [{Number(estimate.Low)}, {Number(estimate.High)}]";

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 1000 ? "N0" : "G4", CultureInfo.InvariantCulture);
}
