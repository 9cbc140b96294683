using Kindred.Evaluation;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>Who is how good, by the metric that decides, and how sure that is.</summary>
internal static class LeaderboardSection
{
    public static Section Of(Page page) => new("leaderboard", $"Leaderboard by {page.Metric}", html =>
    {
        html.Element("p", $"Dots are means over users, whiskers their 95 % intervals, "
            + $"the dashed line is {page.Report.Leaderboard.Baseline}. "
            + "Intervals may overlap and the difference be real all the same: models are compared user by user. "
            + "Differences are in the metric's own unit.", ("class", "hint"));
        Write(html, page);
    });

    /// <summary>The table alone.</summary>
    public static void Write(Html html, Page page)
    {
        var estimates = page.Entrants.Select(e => e.Of(page.Metric)).OfType<Estimate>();
        var plot = new IntervalPlot(Axis.Of(estimates.SelectMany(e => (double[])[e.Mean, e.Low, e.High])),
            page.Entrants.FirstOrDefault(e => e.AgainstBaseline is null)?.Of(page.Metric)?.Mean ?? double.NaN);
        string coverage = page.K is { } k ? $"Coverage@{k}" : "";
        bool isCovered = page.Entrants.Any(e => e.Report.Catalog.Any(c => c.Metric == coverage));
        using (html.Table("Leaderboard", "board"))
        {
            WriteTitles(html, page, plot, isCovered ? coverage : null);
            using (html.In("tbody"))
                foreach (var entrant in page.Entrants)
                {
                    using (html.In("tr", ("class", entrant.Name == page.Report.Leaderboard.Winner ? "winner" : null)))
                    {
                        WriteEstimate(html, page, entrant, plot);
                        WriteComparison(html, entrant.AgainstBaseline);
                        html.Number(Format.Duration(entrant.Model?.Seconds ?? double.NaN));
                        if (isCovered) html.Number(Format.Percent(entrant.OfCatalog(coverage)));
                    }
                }
        }
    }

    private static void WriteTitles(Html html, Page page, IntervalPlot plot, string? coverage)
    {
        using (html.In("thead"))
        using (html.In("tr"))
        {
            html.Element("th", "model", ("scope", "col"));
            using (html.In("th", ("scope", "col"), ("class", "plot"))) plot.DrawAxis(html);
            html.Element("th", $"{page.Metric}, 95 %", ("scope", "col"), ("class", "n"));
            html.Element("th", "against the baseline", ("scope", "col"));
            foreach (string? title in (string?[])["difference, 95 %", "relative", "adjusted p", "effect size", "training", coverage])
                if (title is not null) html.Element("th", title, ("scope", "col"), ("class", "n"));
        }
    }

    private static void WriteEstimate(Html html, Page page, Entrant entrant, IntervalPlot plot)
    {
        var estimate = entrant.Of(page.Metric) ?? new(page.Metric, double.NaN, double.NaN, double.NaN, 0);
        using (html.In("th", ("scope", "row")))
        {
            Legend.WriteName(html, page, entrant);
            if (entrant.Name == page.Report.Leaderboard.Winner)
                html.Element("span", entrant.Name == page.Winner ? "✓ use this" : "best here, not confirmed", ("class", "chosen"));
        }
        string range = Format.Range(estimate.Low, estimate.High);
        using (html.In("td", ("class", "plot")))
            plot.DrawRow(html, entrant.Sign, estimate.Mean, estimate.Low, estimate.High,
                $"{entrant.Name}: {page.Metric} {Format.Metric(estimate.Mean)}, 95 % from {range}");
        html.Estimate(Format.Metric(estimate.Mean), range, isBest: true);
    }

    private static void WriteComparison(Html html, PairedComparison? comparison)
    {
        if (comparison is null)
        {
            html.Element("td", "is the baseline", ("class", "note"));
            for (int n = 0; n < 4; n++) html.Number("–");
            return;
        }
        html.Element("td", Outcome.TextOf(comparison), ("class", Outcome.ClassOf(comparison)));
        html.Estimate(Format.Difference(comparison.Difference), Format.Range(comparison.Low, comparison.High));
        html.Number(Format.Change(comparison.RelativeDifference));
        html.Number(Format.Chance(comparison.AdjustedPValue));
        html.Number(Format.Size(comparison.EffectSize));
    }
}

/// <summary>A comparison in a word and a sign.</summary>
internal static class Outcome
{
    public static string TextOf(PairedComparison comparison) =>
        comparison.IsBetter ? "▲ better" : comparison.IsWorse ? "▼ worse" : "≈ within noise";

    public static string ClassOf(PairedComparison comparison) => comparison.IsBetter ? "better" : comparison.IsWorse ? "worse" : "alike";
}
