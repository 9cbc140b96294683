using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>Each family of metrics over the length of the list.</summary>
internal static class CurveSection
{
    public static Section? Of(Page page)
    {
        var families = page.Metrics.Select(metric => (Metric: metric, Parsed: MetricFamily.Parse(metric)))
            .Where(m => m.Parsed.K is not null)
            .GroupBy(m => m.Parsed.Family, m => (m.Metric, K: m.Parsed.K!.Value))
            .Where(family => family.Count() > 1)
            .Select(family => (Name: family.Key, CutOffs: family.OrderBy(m => m.K).ToArray()))
            .ToArray();
        if (families.Length == 0) return null;
        return new("curves", "Short lists and long ones", html =>
        {
            html.Element("p", $"Each metric by the length of the list, K, on a logarithmic axis; "
                + $"the band is the 95 % interval of {page.Entrants[0].Name}.", ("class", "hint"));
            Legend.Write(html, page);
            using (html.In("div", ("class", "charts")))
                foreach (var (name, cutOffs) in families) Write(html, page, name, cutOffs);
        });
    }

    private static void Write(Html html, Page page, string family, (string Metric, int K)[] cutOffs)
    {
        double low = Math.Log(cutOffs[0].K), high = Math.Log(cutOffs[^1].K);
        double At(int k) => (Math.Log(k) - low) / (high - low);
        Line[] lines = [.. page.Entrants.Select(entrant => new Line(entrant.Sign, [.. cutOffs
            .Select(c => (c.K, Estimate: entrant.Of(c.Metric)))
            .Where(c => c.Estimate is not null)
            .Select(c => new LinePoint(At(c.K), c.Estimate!.Mean, c.Estimate.Low, c.Estimate.High,
                $"{entrant.Name}: {c.Estimate.Metric} {Format.Metric(c.Estimate.Mean)} "
                + $"({Format.Range(c.Estimate.Low, c.Estimate.High)})"))]))];
        var y = Axis.Of(lines.SelectMany(line => line.Points).SelectMany(p => (double[])[p.Y, p.Low, p.High]).Append(0));
        using (html.In("figure"))
        {
            html.Element("figcaption", $"{family}@K");
            new LineChart($"{family} over the length of the list, a line for each model", "K",
                [.. cutOffs.Select(c => (At(c.K), Format.Count(c.K)))], y).Draw(html, lines);
        }
    }
}
