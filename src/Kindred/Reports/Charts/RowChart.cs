using Kindred.Reports.Markup;

namespace Kindred.Reports.Charts;

/// <param name="Says">Shown on pointing at it.</param>
internal sealed record Row(ModelMarker Sign, double Value, double Low, double High, string Says);

/// <summary>Bars from the left with intervals, one below the other, in groups; each has its name and its value beside it.</summary>
/// <param name="label">What the chart shows, in words.</param>
internal sealed class RowChart(string label, Axis axis)
{
    private const double Names = 124, Values = 48, TitleHeight = 22, RowHeight = 19, Gap = 8, AxisHeight = 24;
    private const int LongestName = 14;

    public void Draw(Html html, IReadOnlyList<(string Title, IReadOnlyList<Row> Rows)> groups)
    {
        double bottom = groups.Sum(group => TitleHeight + (RowHeight * group.Rows.Count) + Gap);
        Svg.Draw(html, Svg.Width, bottom + AxisHeight, label, svg =>
        {
            foreach (double tick in axis.Ticks) svg.Label(X(tick), bottom + 12, axis.Label(tick), "middle", "tick");
            double y = 0;
            foreach (var (title, rows) in groups)
            {
                svg.Label(0, y + 15, Texts.Shortened(title, 50), type: "title", says: title);
                y += TitleHeight;
                double end = y + (RowHeight * rows.Count);
                foreach (double tick in axis.Ticks) svg.Line(X(tick), y, X(tick), end, "grid");
                foreach (var row in rows)
                {
                    DrawRow(svg, row, y);
                    y += RowHeight;
                }
                svg.Line(X(0), end - (RowHeight * rows.Count), X(0), end, "axis");
                y += Gap;
            }
        });
    }

    private void DrawRow(Svg svg, Row row, double y)
    {
        double middle = y + (RowHeight / 2);
        svg.Sign(row.Sign, 7, middle, 4.5);
        svg.Label(17, middle + 4, Texts.Shortened(row.Sign.Name, LongestName), type: "label", says: row.Sign.Name);
        svg.Label(Svg.Width, middle + 4, Format.Metric(row.Value), "end", "value");
        if (!double.IsFinite(row.Value)) return;
        var (left, right) = row.Value < 0 ? (X(row.Value), X(0)) : (X(0), X(row.Value));
        svg.Rectangle(left, y + 3, right - left, RowHeight - 6, $"bar {row.Sign.Class}", row.Says);
        if (!double.IsFinite(row.Low) || !double.IsFinite(row.High)) return;
        svg.Line(X(row.Low), middle, X(row.High), middle, "error");
        foreach (double end in (double[])[row.Low, row.High]) svg.Line(X(end), middle - 3, X(end), middle + 3, "error");
    }

    private double X(double value) => axis.At(value, Names, Svg.Width - Values - 6);
}
