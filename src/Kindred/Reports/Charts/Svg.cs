using Kindred.Reports.Markup;

namespace Kindred.Reports.Charts;

/// <summary>One drawing: shapes by coordinates, from the top left. Colors and fonts are in the style sheet, by class.</summary>
internal sealed class Svg(Html html)
{
    /// <summary>As wide as a small phone shows without shrinking.</summary>
    public const double Width = 340;

    /// <param name="label">What the picture shows, in words, for screen readers.</param>
    public static void Draw(Html html, double width, double height, string label, Action<Svg> draw, string? type = null)
    {
        using (html.In("svg", ("viewBox", $"0 0 {Format.Coordinate(width)} {Format.Coordinate(height)}"),
            ("width", Format.Coordinate(width)), ("height", Format.Coordinate(height)), ("role", "img"),
            ("aria-label", label), ("class", type)))
            draw(new(html));
    }

    public void Line(double x1, double y1, double x2, double y2, string type) =>
        html.Empty("line", ("x1", Format.Coordinate(x1)), ("y1", Format.Coordinate(y1)), ("x2", Format.Coordinate(x2)),
            ("y2", Format.Coordinate(y2)), ("class", type));

    /// <param name="says">Shown on pointing at it.</param>
    public void Rectangle(double x, double y, double width, double height, string type, string? says = null) =>
        Shape("rect", says, ("x", Format.Coordinate(x)), ("y", Format.Coordinate(y)), ("width", Format.Coordinate(Math.Max(0, width))),
            ("height", Format.Coordinate(Math.Max(0, height))), ("class", type));

    public void Dot(double x, double y, double radius, string type, string? says = null) =>
        Shape("circle", says, ("cx", Format.Coordinate(x)), ("cy", Format.Coordinate(y)), ("r", Format.Coordinate(radius)),
            ("class", type));

    /// <param name="points">Of one line; a gap where a coordinate is not a number.</param>
    public void Path(IEnumerable<(double X, double Y)> points, string type, string? says = null, bool isClosed = false)
    {
        var steps = new List<string>();
        bool pen = false;
        foreach (var (x, y) in points)
        {
            bool isKnown = double.IsFinite(x) && double.IsFinite(y);
            if (isKnown) steps.Add($"{(pen ? 'L' : 'M')}{Format.Coordinate(x)} {Format.Coordinate(y)}");
            pen = isKnown;
        }
        if (steps.Count > 0) Shape("path", says, ("d", string.Join("", steps) + (isClosed ? "Z" : "")), ("class", type));
    }

    /// <param name="anchor">"start", "middle" or "end": which part of the text is at x.</param>
    public void Label(double x, double y, string text, string anchor = "start", string? type = null, string? says = null)
    {
        using (html.In("text", ("x", Format.Coordinate(x)), ("y", Format.Coordinate(y)),
            ("text-anchor", anchor == "start" ? null : anchor), ("class", type)))
        {
            html.Text(text);
            if (says is not null) html.Element("title", says);
        }
    }

    /// <summary>A model's sign: color and shape.</summary>
    public void Sign(ModelMarker sign, double x, double y, double radius, string? says = null) =>
        Path(sign.Outline.Select(p => (x + (p.X * radius), y + (p.Y * radius))), $"sign {sign.Class}", says, isClosed: true);

    private void Shape(string tag, string? says, params ReadOnlySpan<(string, string?)> attributes)
    {
        if (says is null)
        {
            html.Empty(tag, attributes);
            return;
        }
        using (html.In(tag, attributes)) html.Element("title", says);
    }
}
