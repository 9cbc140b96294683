using Kindred.Reports.Charts;
using Kindred.Reports.Markup;
using Kindred.Reports.Sections;

namespace Kindred.Reports;

/// <summary>What one setting of a method reaches.</summary>
/// <param name="Setting">As it is written: <c>λ = .8</c>.</param>
/// <param name="Values">By metric, the same metrics in the same order for all points.</param>
internal sealed record TradeOffPoint(string Setting, IReadOnlyDictionary<string, double> Values);

/// <summary>One method over its settings, in their order.</summary>
internal sealed record TradeOffCurve(string Name, IReadOnlyList<TradeOffPoint> Points);

/// <summary>
/// What a method costs in one metric for what it brings in others: a drawing for each of the others, as a page and as an image.
/// </summary>
internal static class TradeOffReport
{
    private const double Panel = Svg.Width, PanelHeight = 220, Gap = 24, Title = 22;

    /// <summary>A page like <see cref="HtmlReport"/>: one file that needs nothing else, with all numbers in a table.</summary>
    /// <param name="metric">What is paid with; the others are bought.</param>
    /// <param name="curves">The first one, shown in gray, is what the others start from.</param>
    /// <exception cref="ArgumentException">There is no point.</exception>
    public static void Write(string title, string protocol, string metric, IReadOnlyList<TradeOffCurve> curves, TextWriter output)
    {
        var (signs, bought) = Prepare(metric, curves);
        HtmlPage.Write(output, title, html =>
        {
            using (html.In("main"))
            {
                using (html.In("header"))
                {
                    html.Element("h1", title);
                    html.Element("p", protocol, ("class", "protocol"));
                }
                using (html.In("ul", ("class", "legend")))
                {
                    foreach (var sign in signs)
                    {
                        using (html.In("li"))
                        using (html.In("span", ("class", "model")))
                        {
                            Legend.WriteSign(html, sign);
                            html.Element("span", sign.Name, ("class", "name"));
                        }
                    }
                }
                using (html.In("div", ("class", "charts")))
                {
                    foreach (string other in bought)
                    {
                        using (html.In("figure"))
                        {
                            html.Element("figcaption", $"{metric} by {other}");
                            Draw(html, metric, other, curves, signs);
                        }
                    }
                }
                using (html.In("section")) WriteTable(html, metric, bought, curves);
            }
        });
    }

    /// <summary>The drawings alone, two beside each other, with a legend: an SVG file, in light and dark as who looks prefers.</summary>
    /// <param name="metric">As of <see cref="Write"/>, as are <paramref name="curves"/>.</param>
    public static void WriteImage(string metric, IReadOnlyList<TradeOffCurve> curves, TextWriter output)
    {
        var (signs, bought) = Prepare(metric, curves);
        const double Width = (2 * Panel) + Gap;
        double legend = SvgFile.LegendHeightOf(signs.Length), height = legend + ((bought.Length + 1) / 2 * (Title + PanelHeight + Gap));
        SvgFile.Write(output, Width, height, $"{metric} against {string.Join(", ", bought)}", (html, svg) =>
        {
            SvgFile.WriteLegend(svg, signs, Width);
            for (int n = 0; n < bought.Length; n++)
            {
                double x = n % 2 * (Panel + Gap), y = legend + (n / 2 * (Title + PanelHeight + Gap));
                using (html.In("g", ("transform", $"translate({Format.Coordinate(x)} {Format.Coordinate(y)})")))
                {
                    svg.Label(8, 15, $"{metric} by {bought[n]}", type: "title");
                    using (html.In("g", ("transform", $"translate(0 {Format.Coordinate(Title)})")))
                        Draw(html, metric, bought[n], curves, signs);
                }
            }
        });
    }

    private static (ModelMarker[] Signs, string[] Bought) Prepare(string metric, IReadOnlyList<TradeOffCurve> curves)
    {
        if (curves.Count == 0 || curves.Any(curve => curve.Points.Count == 0))
            throw new ArgumentException("Every curve needs a point.", nameof(curves));
        return ([.. curves.Select((curve, n) => new ModelMarker(curve.Name, n - 1))],
            [.. curves[0].Points[0].Values.Keys.Where(name => name != metric)]);
    }

    private static void Draw(Html html, string metric, string other, IReadOnlyList<TradeOffCurve> curves, ModelMarker[] signs)
    {
        var points = curves.SelectMany(curve => curve.Points).ToArray();
        Axis x = Axis.Of(points.Select(point => point.Values[other])), y = Axis.Of(points.Select(point => point.Values[metric]));
        // lines are drawn from the last to the first: where the curves start lies on top
        Line[] lines = [.. curves.Select((curve, n) => new Line(signs[n], [.. curve.Points.Select(point => new LinePoint(
            x.At(point.Values[other], 0, 1), point.Values[metric], double.NaN, double.NaN,
            $"{curve.Name}, {point.Setting}: {metric} {Format.Metric(point.Values[metric])}, " +
            $"{other} {Format.Metric(point.Values[other])}"))]))];
        new LineChart($"{metric} over {other}, a line for each method", other,
            [.. x.Ticks.Select(tick => (x.At(tick, 0, 1), x.Label(tick)))], y).Draw(html, lines);
    }

    private static void WriteTable(Html html, string metric, string[] bought, IReadOnlyList<TradeOffCurve> curves)
    {
        using (html.Table("All settings"))
        {
            html.Titles(["Method", "Setting", $" {metric}", .. bought.Select(name => $" {name}")]);
            using (html.In("tbody"))
            {
                foreach (var curve in curves)
                {
                    foreach (var point in curve.Points)
                    {
                        using (html.In("tr"))
                        {
                            html.Element("th", curve.Name, ("scope", "row"));
                            html.Element("td", point.Setting);
                            html.Number(Format.Metric(point.Values[metric]));
                            foreach (string name in bought) html.Number(Format.Metric(point.Values[name]));
                        }
                    }
                }
            }
        }
    }
}
