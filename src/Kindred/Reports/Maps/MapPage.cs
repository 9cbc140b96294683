using Kindred.Reports.Markup;

namespace Kindred.Reports.Maps;

/// <summary>A map as a page, or as a drawing, of its own: one file that needs no network and no script.</summary>
internal static class MapPage
{
    public static void WriteHtml(TextWriter output, string name, MapDrawing drawing) => HtmlPage.Write(output, $"Map of {name}", html =>
    {
        using (html.In("header"))
        {
            html.Element("p", "Map of items", ("class", "kicker"));
            html.Element("h1", name);
            html.Element("p", Explain(drawing.Map.Layout), ("class", "hint"));
        }
        using (html.In("main"))
        {
            drawing.Legend(html);
            drawing.Draw(html);
        }
    });

    public static void WriteSvg(TextWriter output, MapDrawing drawing) =>
        SvgFile.Write(output, MapDrawing.Size, MapDrawing.Size, drawing.Label, (_, svg) => drawing.Draw(svg));

    public static string Explain(MapLayout layout) => layout == MapLayout.Components
        ? "Principal components of the directions of embeddings: what lies far apart, differs; what lies close may differ in what is "
            + "not seen."
        : "By neighbours: items lie beside those that the model takes for most alike. How far groups are from each other says little.";
}
