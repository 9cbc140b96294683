using System.Reflection;
using Kindred.Comparison;
using Kindred.Reports.Markup;
using Kindred.Reports.Sections;

namespace Kindred.Reports;

/// <summary>
/// An experiment as a page to read, to print and to send: one file that needs nothing else, no network and no script. The same report makes
/// the same bytes.
/// </summary>
public static class HtmlReport
{
    internal static readonly string Style = Read("Style.css");

    /// <summary>Of the library that writes the page.</summary>
    private static string Version =>
        typeof(HtmlReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <returns>The page, as HTML that is well-formed XML too.</returns>
    public static string Of(ExperimentReport report)
    {
        using var text = new StringWriter { NewLine = "\n" };
        Write(report, text);
        return text.ToString();
    }

    /// <exception cref="ArgumentException">The leaderboard is empty.</exception>
    public static void Write(ExperimentReport report, TextWriter output)
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
            PopularitySection.Of(page), DistributionSection.Of(page), LearningSection.Of(page), MetricSection.Of(page),
            ProfileSection.Of(page), DefinitionSection.Of(page), ReproductionSection.Of(page, Version),
        ];
        Section[] sections = [.. all.OfType<Section>()];

        var html = new Html(output);
        html.Raw("<!DOCTYPE html>\n");
        using (html.In("html", ("lang", "en")))
        {
            WriteHead(html, $"{report.Dataset}: {page.Winner} by {page.Metric}");
            using (html.In("body"))
            {
                Summary.Write(html, page, sections);
                using (html.In("main"))
                    foreach (var section in sections) WriteSection(html, section);
                html.Element("footer", $"Written by Kindred {Version}. This page is complete in itself: it loads nothing.");
            }
        }
    }

    internal static void WriteHead(Html html, string title)
    {
        using (html.In("head"))
        {
            html.Empty("meta", ("charset", "utf-8"));
            html.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
            html.Empty("meta", ("name", "color-scheme"), ("content", "light dark"));
            html.Element("title", title);
            using (html.In("style")) html.Raw(Style);
        }
    }

    private static void WriteSection(Html html, Section section)
    {
        using (html.In("section", ("id", section.Id), ("aria-labelledby", $"{section.Id}-title")))
        {
            html.Element("h2", section.Title, ("id", $"{section.Id}-title"));
            section.Write(html);
        }
    }

    private static string Read(string resource)
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream($"Kindred.Reports.{resource}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
