using Kindred.Reports.Maps;
using Kindred.Reports.Markup;

namespace Kindred.Reports;

/// <summary>A map as a page, or as a drawing, of its own: one file that needs no network and no script.</summary>
internal static class MapPage
{
    public static void WriteHtml(TextWriter output, string name, MapDrawing drawing) => HtmlPage.Write(output, $"Map of {name}", html =>
    {
        using (html.In("header"))
        {
            html.Element("p", "Map of items", ("class", "kicker"));
            html.Element("h1", name);
            html.Element("p", drawing.Map.Explanation, ("class", "hint"));
        }
        using (html.In("main"))
        {
            drawing.Legend(html);
            drawing.Draw(html);
        }
    });

    public static void WriteSvg(TextWriter output, MapDrawing drawing) =>
        SvgFile.Write(output, MapDrawing.Size, MapDrawing.Size, drawing.Label, (_, svg) => drawing.Draw(svg));
}
