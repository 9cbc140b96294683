using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Server.Dashboard;

/// <summary>Columns over time, one series stacked on the other.</summary>
internal static class ColumnsByTime
{
    private const double Width = Svg.Width, Height = 130, Right = 8, Top = 8, Bottom = 24;

    /// <param name="label">What the chart shows, in words.</param>
    /// <param name="series">Names with a value for each moment.</param>
    /// <param name="times">As they are written below; the first, the last and one in the middle are.</param>
    public static void Draw(Html html, string label, IReadOnlyList<(string Name, IReadOnlyList<double> Values)> series, string[] times)
    {
        double[] totals = [.. Enumerable.Range(0, times.Length).Select(n => series.Sum(one => one.Values[n]))];
        var axis = Axis.Of([0, 3, .. totals], 3);
        double left = 10 + axis.Ticks.Max(tick => Texts.Width(axis.Label(tick))), step = (Width - left - Right) / times.Length;
        double Y(double value) => axis.At(value, Height - Bottom, Top);
        using (html.In("figure"))
        {
            Legend(html, series);
            Svg.Draw(html, Width, Height, label, svg =>
            {
                foreach (double tick in axis.Ticks)
                {
                    svg.Line(left, Y(tick), Width - Right, Y(tick), tick == 0 ? "axis" : "grid");
                    svg.Label(left - 6, Y(tick) + 4, axis.Label(tick), "end");
                }
                for (int n = 0; n < times.Length; n++)
                {
                    double below = 0;
                    for (int s = 0; s < series.Count; s++)
                    {
                        double value = series[s].Values[n];
                        if (value > 0)
                            svg.Rectangle(left + (n * step) + (step / 10), Y(below + value), .8 * step, Y(below) - Y(below + value),
                                $"bar m{s % ModelMarker.Colors}", $"{times[n]}: {series[s].Name} {Format.Number(value)}");
                        below += value;
                    }
                }
                foreach (int n in (int[])[0, times.Length / 2, times.Length - 1])
                    svg.Label(left + ((n + .5) * step), Height - 6, times[n], n == 0 ? "start" : n == times.Length - 1 ? "end" : "middle");
            });
        }
    }

    private static void Legend(Html html, IReadOnlyList<(string Name, IReadOnlyList<double> Values)> series)
    {
        using (html.In("ul", ("class", "legend")))
            for (int s = 0; s < series.Count; s++)
                using (html.In("li"))
                {
                    using (html.In("svg", ("class", "key"), ("width", "12"), ("height", "12"), ("aria-hidden", "true")))
                        html.Empty("rect", ("width", "12"), ("height", "12"), ("class", $"bar m{s % ModelMarker.Colors}"));
                    html.Text($" {series[s].Name}: {Format.Number(series[s].Values.Sum())}");
                }
    }
}
