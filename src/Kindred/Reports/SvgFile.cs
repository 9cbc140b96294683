using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports;

/// <summary>Drawings as an SVG file of their own, with the colors of the reports, in light and dark as who looks prefers.</summary>
internal static class SvgFile
{
    private const int LegendColumns = 3;

    private const double LegendRow = 20;

    /// <param name="label">What the picture shows, in words, for screen readers.</param>
    /// <param name="draw">On paper of that size.</param>
    public static void Write(TextWriter output, double width, double height, string label, Action<Html, Svg> draw)
    {
        var html = new Html(output);
        using (html.In(
            "svg", ("xmlns", "http://www.w3.org/2000/svg"), ("viewBox", $"0 0 {Format.Coordinate(width)} {Format.Coordinate(height)}"),
            ("width", Format.Coordinate(width)), ("height", Format.Coordinate(height)), ("role", "img"), ("aria-label", label)))
        {
            using (html.In("style")) html.Raw(StyleOfDrawings());
            var svg = new Svg(html);
            svg.Rectangle(0, 0, width, height, "paper");
            draw(html, svg);
        }
    }

    public static double LegendHeightOf(int signs) => LegendRow * ((signs + LegendColumns - 1) / LegendColumns);

    /// <summary>At the top.</summary>
    public static void WriteLegend(Svg svg, IReadOnlyList<ModelMarker> signs, double width)
    {
        for (int n = 0; n < signs.Count; n++)
        {
            double x = n % LegendColumns * (width / LegendColumns), y = n / LegendColumns * LegendRow;
            svg.Sign(signs[n], x + 14, y + 12, 4.5);
            svg.Label(x + 26, y + 16, signs[n].Name, type: "label");
        }
    }

    // of the style sheet the colors, which stand first, and what drawings use
    private static string StyleOfDrawings()
    {
        string[] drawn = ["svg text", "svg .", ".grid", ".axis", ".m0", ".m5", ".baseline", ".sign", ".line", ".bar", ".mark"];
        string colors = HtmlPage.Style[..HtmlPage.Style.IndexOf("\n\n", StringComparison.Ordinal)];
        var rules = HtmlPage.Style.Split('\n').Where(line => drawn.Any(start => line.StartsWith(start, StringComparison.Ordinal)));
        return $"{colors}\n{string.Join('\n', rules)}\n.paper {{ fill: var(--paper); }}\n";
    }
}
