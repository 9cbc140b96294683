using Kindred.Comparison;
using Kindred.Reports.Maps;
using Kindred.Reports.Markup;
using Kindred.Reports.Sections;

namespace Kindred.Reports;

/// <summary>
/// An experiment as a page to read, to print and to send: one file that needs nothing else, no network and no script. The same report makes
/// the same bytes.
/// </summary>
public static class HtmlReport
{
    /// <returns>The page, as HTML that is well-formed XML too.</returns>
    public static string Of(ExperimentReport report) => HtmlPage.Of(text => Write(report, text));

    /// <exception cref="ArgumentException">The leaderboard is empty.</exception>
    public static void Write(ExperimentReport report, TextWriter output) => Write(report, output, "", null);

    /// <param name="mapped">The model whose items are drawn.</param>
    /// <param name="map">Null: none.</param>
    internal static void Write(ExperimentReport report, TextWriter output, string mapped, MapDrawing? map)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(output);
        if (report.Leaderboard.Standings.Count == 0) throw new ArgumentException("Nothing was measured.", nameof(report));
        var page = Page.Of(report);
        Section?[] all =
        [
            ConfirmationSection.Of(page), LeaderboardSection.Of(page), VerdictSection.Of(page), CurveSection.Of(page),
            BacktestSection.Of(page),
            .. SegmentSection.Of(page),
            PopularitySection.Of(page), DistributionSection.Of(page), MapSection.Of(mapped, map), LearningSection.Of(page),
            MetricSection.Of(page),
            ProfileSection.Of(page), DefinitionSection.Of(page), ReproductionSection.Of(page, HtmlPage.Version),
        ];
        Section[] sections = [.. all.OfType<Section>()];

        HtmlPage.Write(output, $"{report.Dataset}: {page.Winner} by {page.Metric}", html =>
        {
            Summary.Write(html, page, sections);
            using (html.In("main"))
                foreach (var section in sections) WriteSection(html, section);
        });
    }

    private static void WriteSection(Html html, Section section)
    {
        using (html.In("section", ("id", section.Id), ("aria-labelledby", $"{section.Id}-title")))
        {
            html.Element("h2", section.Title, ("id", $"{section.Id}-title"));
            section.Write(html);
        }
    }
}
