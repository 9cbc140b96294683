using Kindred.Reports.Markup;

namespace Kindred.Reports.Charts;

/// <param name="Reference">A mark to compare the column with; NaN: none.</param>
/// <param name="Says">Shown on pointing at it.</param>
internal sealed record Column(double Value, double Reference, string Says);

/// <summary>Upright columns of one model, side by side: shares of a whole.</summary>
/// <param name="label">What the chart shows, in words.</param>
/// <param name="unit">Of the axis below.</param>
/// <param name="ticks">X from 0, the left of the first column, to 1, the right of the last.</param>
/// <param name="gap">Between columns, as a share of their width.</param>
internal sealed class ColumnChart(string label, string unit, IReadOnlyList<(double X, string Text)> ticks, Axis y, double gap)
{
    private const double Width = 260, Height = 176, Left = 44, Right = 10, Top = 8, Bottom = 38;

    public void Draw(Html html, ModelMarker sign, IReadOnlyList<Column> columns) => Svg.Draw(html, Width, Height, label, svg =>
    {
        foreach (double tick in y.Ticks)
        {
            svg.Line(Left, Y(tick), Width - Right, Y(tick), tick == y.Low ? "axis" : "grid");
            svg.Label(Left - 8, Y(tick) + 4, y.PercentLabel(tick), "end", "tick");
        }
        foreach (var (x, text) in ticks) svg.Label(X(x), Height - Bottom + 15, text, "middle", "tick");
        svg.Label((Left + Width - Right) / 2, Height - 5, unit, "middle", "unit");
        for (int n = 0; n < columns.Count; n++)
        {
            double left = X((n + (gap / 2)) / columns.Count), width = X((n + 1 - (gap / 2)) / columns.Count) - left;
            var (value, reference, says) = columns[n];
            if (double.IsFinite(value)) svg.Rectangle(left, Y(value), width, Y(0) - Y(value), $"bar {sign.Class}", says);
            if (double.IsFinite(reference)) svg.Line(left - 2, Y(reference), left + width + 2, Y(reference), "mark");
        }
    });

    private static double X(double share) => Left + (share * (Width - Right - Left));

    private double Y(double value) => y.At(value, Height - Bottom, Top);
}
