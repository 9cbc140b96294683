using Kindred.Evaluation.Metrics;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>What the numbers mean and rest on.</summary>
internal static class DefinitionSection
{
    public static Section Of(Page page) => new("definitions", "What the numbers mean", html =>
    {
        WriteCounts(html, page);
        html.Element("h3", "Metrics");
        bool Decides(MetricDefinition definition) => MetricFamily.Parse(definition.Name).K is not { } k || k == (page.K ?? k);
        MetricDefinition[] deciding = [.. page.Definitions.Where(Decides)], others = [.. page.Definitions.Where(d => !Decides(d))];
        WriteDefinitions(html, deciding);
        if (others.Length == 0) return;
        using (html.In("details"))
        {
            html.Element("summary", "The same at other lengths of the list");
            WriteDefinitions(html, others);
        }
    });

    private static void WriteDefinitions(Html html, IEnumerable<MetricDefinition> definitions)
    {
        using (html.Table("Definitions", "prose"))
        {
            html.Titles("metric", "definition", "better");
            using (html.In("tbody"))
                foreach (var definition in definitions)
                    using (html.In("tr"))
                    {
                        html.Element("th", definition.Name, ("scope", "row"));
                        html.Element("td", definition.Formula);
                        html.Element("td", definition.Better switch
                        {
                            MetricDirection.Higher => "higher",
                            MetricDirection.Lower => "lower",
                            _ => "neither"
                        });
                    }
        }
    }

    private static void WriteCounts(Html html, Page page)
    {
        var (report, counts) = (page.First, page.First.Counts);
        using (html.In("ul", ("class", "points")))
        {
            html.Element("li", $"Every list is ranked out of all {Format.Many(counts.Items, "item")}, "
                + $"{(counts.AllowsRepeats ? "also those" : "without those")} the user had; "
                + "no sampled negatives.");
            html.Element("li", $"Trained on {Format.Many(counts.TrainEvents, "event")}; "
                + $"measured on {Format.Many(counts.TestEvents, "event")} of "
                + $"{Format.Many(counts.Users, "user")}: {Format.Count(counts.WarmUsers)} warm (with training events), "
                + $"{Format.Count(counts.ColdUsers)} cold.");
            html.Element("li", $"{Format.Many(counts.ColdItemTestEvents, "test event")} on items without a training event; "
                + (counts.AllowsRepeats ? "repeats of what a user already had are measured."
                    : $"left out: {Format.Many(counts.RepeatsLeftOut, "repeat")} of what a user already had."));
            html.Element("li", "Users without a list, who count as zero: "
                + $"{string.Join(", ", page.Entrants.Select(e => $"{e.Name}: {Format.Count(e.Report.Counts.UsersWithoutList)}"))}.");
            html.Element("li", $"95 % intervals are from {Format.Many(report.Resamples, "bootstrap resample")} of the users, "
                + $"seed {report.Seed}. "
                + "Models are compared by the differences of each user; "
                + "adjusted p-values account for all comparisons made together (Holm).");
            html.Element("li", "The effect size is the mean of the users' differences / their standard deviation: "
                + ".2 is small, .5 medium, .8 large. "
                + "A point is a hundredth of a metric that goes from 0 to 1.");
        }
    }
}
