using Kindred.Reports.Markup;

namespace Kindred.Reports.Charts;

/// <summary>Dots with whiskers, one drawing for each row of a table, all on one axis.</summary>
/// <param name="reference">Drawn through all rows.</param>
internal sealed class IntervalPlot(Axis axis, double reference)
{
    private const double Width = 224, Height = 36, Margin = 14;

    /// <summary>Lines continue over the ends of a row, whose cell cuts them off: rows can be higher than their drawing.</summary>
    private const double Over = 200;

    /// <summary>For the row of titles.</summary>
    public void DrawAxis(Html html) =>
        Svg.Draw(html, Width, 22, $"Axis from {axis.Label(axis.Low)} to {axis.Label(axis.High)}", svg =>
        {
            foreach (double tick in axis.Ticks)
            {
                svg.Label(At(tick), 13, axis.Label(tick), "middle", "tick");
                svg.Line(At(tick), 18, At(tick), 22, "axis");
            }
        }, "rows");

    public void DrawRow(Html html, ModelMarker sign, double mean, double low, double high, string says) =>
        Svg.Draw(html, Width, Height, says, svg =>
        {
            foreach (double tick in axis.Ticks) svg.Line(At(tick), -Over, At(tick), Height + Over, "grid");
            if (double.IsFinite(reference)) svg.Line(At(reference), -Over, At(reference), Height + Over, "reference");
            if (!double.IsFinite(mean)) return;
            if (double.IsFinite(low) && double.IsFinite(high))
            {
                svg.Line(At(low), Height / 2, At(high), Height / 2, $"whisker {sign.Class}");
                foreach (double end in (double[])[low, high])
                    svg.Line(At(end), (Height / 2) - 4, At(end), (Height / 2) + 4, $"whisker {sign.Class}");
            }
            svg.Sign(sign, At(mean), Height / 2, 6, says);
        }, "rows");

    private double At(double value) => axis.At(value, Margin, Width - Margin);
}
