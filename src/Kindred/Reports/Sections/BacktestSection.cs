using Kindred.Comparison;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>The same question at several moments.</summary>
internal static class BacktestSection
{
    public static Section? Of(Page page) => page.Report.Backtest is not { Cuts.Count: > 1 } backtest ? null
        : new("backtest", "Back-test", html =>
        {
            html.Element("p", $"{backtest.Metric} at each of {backtest.Cuts.Count} cuts, oldest first; the rest of this page is about " +
                $"the last one. "
                + $"Better and worse count the cuts in which a model differs from {backtest.Baseline} by more than noise.",
                    ("class", "hint"));
            Legend.Write(html, page);
            using (html.In("div", ("class", "charts wide"))) WriteLines(html, page, backtest);
            WriteTable(html, backtest);
            using (html.In("details"))
            {
                html.Element("summary", "How each cut was made");
                using (html.In("ol")) foreach (string cut in backtest.Cuts) html.Element("li", cut);
            }
        });

    private static void WriteLines(Html html, Page page, Backtest backtest)
    {
        int cuts = backtest.Cuts.Count;
        double At(int cut) => (cut + .5) / cuts;
        Line[] lines = [.. page.Entrants
            .Select(entrant => (Entrant: entrant, Row: backtest.Rows.FirstOrDefault(row => row.Name == entrant.Name)))
            .Where(pair => pair.Row is not null)
            .Select(pair => new Line(pair.Entrant.Sign, [.. pair.Row!.Values.Select((value, cut) => new LinePoint(
                At(cut), value, double.NaN, double.NaN, $"{pair.Entrant.Name}, cut {cut + 1}: {Format.Number(value)}"))]))];
        using (html.In("figure"))
        {
            html.Element("figcaption", $"{backtest.Metric} by cut");
            new LineChart($"{backtest.Metric} at {cuts} cuts, a line for each model", "cut",
                [.. Enumerable.Range(0, cuts).Select(cut => (At(cut), $"{cut + 1}"))],
                Axis.Of(backtest.Rows.SelectMany(row => row.Values).Append(0)), Svg.Width * 2).Draw(html, lines);
        }
    }

    private static void WriteTable(Html html, Backtest backtest)
    {
        using (html.In("div", ("class", "scroll"), ("role", "region"), ("tabindex", "0"), ("aria-label", "Means over the cuts")))
        using (html.In("table"))
        {
            using (html.In("thead"))
            using (html.In("tr"))
            {
                html.Element("th", "model", ("scope", "col"));
                foreach (string header in (string[])["mean", "spread", "better", "worse"]) html.Element("th", header, ("scope", "col"));
            }
            using (html.In("tbody"))
                foreach (var row in backtest.Rows)
                    using (html.In("tr"))
                    {
                        html.Element("th", row.Name, ("scope", "row"));
                        string[] cells = [Format.Number(row.Mean), Format.Number(row.Spread), $"{row.TimesBetter}", $"{row.TimesWorse}"];
                        foreach (string cell in cells) html.Element("td", cell);
                    }
        }
    }
}
