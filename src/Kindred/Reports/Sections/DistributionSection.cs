using Kindred.Evaluation;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>What is behind a mean: many users served a little, or a few served well.</summary>
internal static class DistributionSection
{
    public static Section? Of(Page page)
    {
        (Entrant Entrant, Distribution Spread)[] known = [.. page.Entrants
            .Select(e => (e, e.Report.Distributions.FirstOrDefault(d => d.Metric == page.Metric)))
            .Where(e => e.Item2 is { Counts.Count: > 0 })!];
        if (known.Length == 0) return null;
        var y = Axis.Of(known.SelectMany(e => SharesOf(e.Spread)).Append(0));
        return new("distribution", "User by user", html =>
        {
            html.Element("p", $"Share of the users by their own {page.Metric}. "
                + "A mean can be many users served a little, or a few served well.", ("class", "hint"));
            using (html.In("div", ("class", "charts small")))
                foreach (var (entrant, spread) in known) Write(html, page, entrant, spread, y);
        });
    }

    private static IEnumerable<double> SharesOf(Distribution spread)
    {
        double users = Math.Max(1, spread.Counts.Sum(count => (long)count));
        return spread.Counts.Select(count => count / users);
    }

    private static void Write(Html html, Page page, Entrant entrant, Distribution spread, Axis y)
    {
        int bins = spread.Counts.Count;
        double width = (spread.High - spread.Low) / bins;
        Column[] columns = [.. SharesOf(spread).Select((share, n) => new Column(share, double.NaN,
            $"{entrant.Name}, {Format.Range(spread.Low + (n * width), spread.Low + ((n + 1) * width))}: "
            + $"{Format.Many(spread.Counts[n], "user")}, {Format.Percent(share)}"))];
        (double, string)[] ticks = spread.High > spread.Low
            ? [.. new[] { 0, .25, .5, .75, 1 }.Select(x => (x, Format.Number(spread.Low + (x * (spread.High - spread.Low)))))]
            : [(.5, Format.Number(spread.Low))];
        using (html.In("figure"))
        {
            using (html.In("figcaption")) Legend.WriteName(html, page, entrant);
            new ColumnChart($"{entrant.Name}: share of the users by their {page.Metric}", page.Metric, ticks, y, gap: .12)
                .Draw(html, entrant.Sign, columns);
        }
    }
}
