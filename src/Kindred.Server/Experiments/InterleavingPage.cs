using Kindred.Reports.Markup;

namespace Kindred.Server.Experiments;

/// <summary>The report of an interleaved experiment as a page: one file that needs no network and no script.</summary>
internal static class InterleavingPage
{
    public static string Of(InterleavingReport report) => HtmlPage.Of(text => HtmlPage.Write(
        text, $"{report.Experiment}: {report.Summary}", html =>
        {
            using (html.In("header"))
            {
                html.Element("p", "Interleaved experiment", ("class", "kicker"));
                html.Element("h1", report.Experiment);
                html.Element("p", report.Summary, ("class", "advice"));
            }
            using (html.In("main"))
            using (html.In("section", ("id", "votes"), ("aria-labelledby", "votes-title")))
            {
                html.Element("h2", $"{report.Treatment} against {report.Control}", ("id", "votes-title"));
                using (html.Table("Votes"))
                using (html.In("tbody"))
                    foreach (var (name, value) in report.Facts())
                        using (html.In("tr"))
                        {
                            html.Element("th", name, ("scope", "row"));
                            html.Number(value);
                        }
            }
        }));
}
