using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Reports.Markup;
using Kindred.Reports.Sections;

namespace Kindred.Reports;

/// <summary>The top of the page: what to use, what to be careful about, how it was measured, and where the rest is.</summary>
internal static class Summary
{
    public static void Write(Html html, Page page, IReadOnlyList<Section> sections)
    {
        var report = page.Report;
        using (html.In("header"))
        {
            html.Element("p", "Experiment report", ("class", "kicker"));
            html.Element("h1", report.Dataset);
            html.Element("p", report.Confirmation?.Advice ?? report.Leaderboard.Advice, ("class", "advice"));
            WriteFacts(html, page);
            WriteWarnings(html, [.. page.Warnings]);
            html.Element("p", report.Protocol, ("class", "protocol"));
            html.Element("p", report.Fallback is { } fallback
                ? $"Measured as served: where a model has nothing to say, {fallback} fills its list up."
                : "Each model alone: users it has nothing to say about count as zero.", ("class", "protocol"));
        }
        using (html.In("nav", ("aria-label", "Sections")))
        using (html.In("ul"))
            foreach (var section in sections)
                using (html.In("li")) html.Element("a", section.Title, ("href", $"#{section.Id}"));
    }

    private static void WriteFacts(Html html, Page page)
    {
        var counts = page.First.Counts;
        using (html.In("dl", ("class", "facts")))
        {
            Fact("models", Format.Count(page.Entrants.Count));
            Fact("users measured", Format.Count(counts.Users));
            Fact("items to rank", Format.Count(counts.Items));
            Fact("training events", Format.Count(counts.TrainEvents));
            Fact("test events", Format.Count(counts.TestEvents));
        }

        void Fact(string what, string value)
        {
            using (html.In("div"))
            {
                html.Element("dt", what);
                html.Element("dd", value);
            }
        }
    }

    private static void WriteWarnings(Html html, string[] warnings)
    {
        if (warnings.Length == 0) return;
        using (html.In("aside", ("class", "warnings"), ("aria-label", "Warnings")))
        {
            html.Element("strong", warnings.Length == 1 ? "⚠ A warning" : $"⚠ {warnings.Length} warnings");
            using (html.In("ul"))
                foreach (string warning in warnings) html.Element("li", warning);
        }
    }
}
