using Kindred.Evaluation;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>Each comparison with the baseline, in a sentence.</summary>
internal static class VerdictSection
{
    public static Section? Of(Page page)
    {
        Entrant[] compared = [.. page.Entrants.Where(e => e.AgainstBaseline is not null)];
        if (compared.Length == 0) return null;
        var differences = compared.Select(e => e.AgainstBaseline!).SelectMany(c => (double[])[0, c.Difference, c.Low, c.High]);
        var plot = new IntervalPlot(Axis.Of(differences), reference: 0);
        return new("verdicts", "Is the difference real?", html =>
        {
            html.Element("p", $"Differences to {page.Report.Leaderboard.Baseline}, user by user, "
                + "with 95 % intervals; the dashed line is no difference.", ("class", "hint"));
            using (html.In("ul", ("class", "verdicts")))
            {
                using (html.In("li", ("class", "scale"))) plot.DrawAxis(html);
                foreach (var entrant in compared)
                    using (html.In("li")) Write(html, entrant, plot);
            }
        });
    }

    private static void Write(Html html, Entrant entrant, IntervalPlot plot)
    {
        var comparison = entrant.AgainstBaseline!;
        using (html.In("div", ("class", "plot"))) plot.DrawRow(html, entrant.Sign, comparison.Difference, comparison.Low, comparison.High,
            $"{entrant.Name}: {Format.Difference(comparison.Difference)}, 95 % from {Format.Range(comparison.Low, comparison.High)}");
        using (html.In("div"))
        {
            html.Element("p", comparison.Verdict);
            html.Element("p", SmallPrint(comparison), ("class", "note"));
        }
    }

    private static string SmallPrint(PairedComparison comparison) =>
        $"p {Format.Chance(comparison.PValue)} alone, "
        + $"{Format.Chance(comparison.AdjustedPValue)} among {Format.Many(comparison.Comparisons, "comparison")}; "
        + $"effect size {Format.Size(comparison.EffectSize)} (.2 is small, .5 medium, .8 large); "
        + $"{Format.Many(comparison.Users, "user")} can show a difference of {Format.Metric(comparison.DetectableDifference)}.";
}
