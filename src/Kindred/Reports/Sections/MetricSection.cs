using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>Every metric of every model.</summary>
internal static class MetricSection
{
    public static Section Of(Page page) => new("metrics", "All metrics", html =>
    {
        html.Element("p", "Means over users with their 95 % intervals; below them what is said of all lists together, which has none. "
            + "Bold: the best of the line.", ("class", "hint"));
        using (html.Table("All metrics", "all"))
        {
            html.Titles(["metric", .. page.Entrants.Select(e => $" {e.Name}")]);
            using (html.In("tbody"))
            {
                foreach (string metric in page.Metrics)
                {
                    Estimate?[] estimates = [.. page.Entrants.Select(e => e.Of(metric))];
                    WriteRow(html, page, metric, [.. estimates.Select(e => e?.Mean ?? double.NaN)],
                        (n, isBest) => WriteEstimate(html, estimates[n], isBest));
                }
                foreach (string metric in page.Entrants.SelectMany(e => e.Report.Catalog.Select(c => c.Metric)).Distinct())
                {
                    double[] values = [.. page.Entrants.Select(e => e.OfCatalog(metric))];
                    WriteRow(html, page, metric, values, (n, isBest) => html.Estimate(Format.Metric(values[n]), null, isBest));
                }
            }
        }
    });

    /// <summary>A cell with a mean and its interval.</summary>
    public static void WriteEstimate(Html html, Estimate? estimate, bool isBest) => html.Estimate(
        Format.Metric(estimate?.Mean ?? double.NaN), estimate is null ? null : Format.Range(estimate.Low, estimate.High), isBest);

    private static void WriteRow(Html html, Page page, string metric, double[] values, Action<int, bool> writeCell)
    {
        double[] known = [.. values.Where(double.IsFinite)];
        double? best = known.Length == 0 ? null
            : page.Better(metric) switch { MetricDirection.Higher => known.Max(), MetricDirection.Lower => known.Min(), _ => null };
        using (html.In("tr", ("class", metric == page.Metric ? "decides" : null)))
        {
            html.Element("th", metric, ("scope", "row"));
            for (int n = 0; n < values.Length; n++) writeCell(n, values[n] == best);
        }
    }
}
