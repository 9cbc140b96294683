using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Server.Dashboard;

/// <summary>A small line of what was measured in each of the last minutes, from 0 up.</summary>
internal static class Sparkline
{
    private const double Width = 240, Height = 48, Edge = 3;

    /// <param name="values">By minute, oldest first; NaN: nothing was measured.</param>
    /// <param name="label">What the picture shows, in words, for screen readers.</param>
    public static void Draw(Html html, IReadOnlyList<double> values, string label)
    {
        double highest = values.Where(double.IsFinite).Append(0).Max();
        if (highest <= 0) highest = 1;
        double X(int n) => Edge + (n * (Width - (2 * Edge)) / Math.Max(1, values.Count - 1));
        double Y(double value) => Height - Edge - (value / highest * (Height - (2 * Edge)));
        Svg.Draw(html, Width, Height, label, svg =>
        {
            svg.Line(Edge, Height - Edge, Width - Edge, Height - Edge, "axis");
            svg.Path(values.Select((value, n) => (X(n), Y(value))), "line m0");
            // a single minute among silent ones makes no line
            for (int n = 0; n < values.Count; n++)
            {
                bool isAlone = double.IsFinite(values[n]) && !IsKnown(n - 1) && !IsKnown(n + 1);
                if (isAlone) svg.Rectangle(X(n) - 1.5, Y(values[n]) - 1.5, 3, 3, "bar m0");
            }
        });

        bool IsKnown(int n) => n >= 0 && n < values.Count && double.IsFinite(values[n]);
    }
}
