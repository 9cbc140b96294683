using Kindred.Reports.Markup;

namespace Kindred.Reports.Charts;

/// <param name="X">From 0, the left, to 1.</param>
/// <param name="Low">NaN: without an interval, as is <paramref name="High"/>.</param>
/// <param name="Says">Shown on pointing at it.</param>
internal sealed record LinePoint(double X, double Y, double Low, double High, string Says);

/// <summary>One model's line.</summary>
internal sealed record Line(ModelMarker Sign, IReadOnlyList<LinePoint> Points);

/// <summary>Lines of models over something that has an order.</summary>
/// <param name="label">What the chart shows, in words.</param>
/// <param name="unit">Of the axis below.</param>
/// <param name="ticks">X from 0 to 1, with its text.</param>
internal sealed class LineChart(string label, string unit, IReadOnlyList<(double X, string Text)> ticks, Axis y, double width = Svg.Width)
{
    private const double Height = 220, Right = 14, Top = 10, Bottom = 40, LeastLeft = 50;

    /// <summary>Room for the widest label of the axis.</summary>
    private double Left { get; } = Math.Max(LeastLeft, 12 + y.Ticks.Max(tick => Texts.Width(y.Label(tick))));

    /// <summary>More would hide each other.</summary>
    private const int MostSigns = 16;

    /// <param name="lines">The best first: only it has a band, for bands hide each other.</param>
    public void Draw(Html html, IReadOnlyList<Line> lines) => Svg.Draw(html, width, Height, label, svg =>
    {
        foreach (double tick in y.Ticks)
        {
            svg.Line(Left, Y(tick), width - Right, Y(tick), tick == y.Low ? "axis" : "grid");
            svg.Label(Left - 8, Y(tick) + 4, y.Label(tick), "end", "tick");
        }
        DrawTicks(svg);
        svg.Label((Left + width - Right) / 2, Height - 5, unit, "middle", "unit");
        DrawBand(svg, lines[0]);
        // The best model comes first in lists and lies on top in drawings.
        foreach (var line in lines.Reverse()) DrawLine(svg, line);
    });

    private double X(double share) => Left + (share * (width - Right - Left));

    private double Y(double value) => y.At(value, Height - Bottom, Top);

    /// <summary>Only texts that do not run into the one before.</summary>
    private void DrawTicks(Svg svg)
    {
        double free = double.NegativeInfinity;
        foreach (var (x, text) in ticks)
        {
            svg.Line(X(x), Height - Bottom, X(x), Height - Bottom + 4, "axis");
            double half = Texts.Width(text) / 2, middle = Math.Clamp(X(x), half, width - half);
            if (middle - half < free) continue;
            svg.Label(middle, Height - Bottom + 16, text, "middle", "tick");
            free = middle + half + 6;
        }
    }

    private void DrawBand(Svg svg, Line line)
    {
        LinePoint[] known = [.. line.Points.Where(p => double.IsFinite(p.Low) && double.IsFinite(p.High))];
        if (known.Length < 2) return;
        svg.Path(known.Select(p => (X(p.X), Y(p.High))).Concat(known.Reverse().Select(p => (X(p.X), Y(p.Low)))),
            $"band {line.Sign.Class}", isClosed: true);
    }

    private void DrawLine(Svg svg, Line line)
    {
        svg.Path(line.Points.Select(p => (X(p.X), Y(p.Y))), $"line {line.Sign.Class}", line.Sign.Name);
        LinePoint[] known = [.. line.Points.Where(p => double.IsFinite(p.Y))];
        foreach (var point in known.Length <= MostSigns ? known : [known[0], known[^1]])
            svg.Sign(line.Sign, X(point.X), Y(point.Y), 4, point.Says);
    }
}
