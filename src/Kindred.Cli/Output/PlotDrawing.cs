using System.Globalization;
using System.Text;

namespace Kindred.Cli.Output;

/// <summary>A plot as lines of text of at most 80 columns, colored by line.</summary>
internal static class PlotDrawing
{
    private const int Widest = 80, Height = 10, Narrowest = 20;

    private static readonly string[] Colors = ["36", "33", "35", "32", "34", "31"]; // cyan first, as headings are

    /// <param name="width">Columns of the terminal.</param>
    /// <returns>No lines where there is nothing to draw.</returns>
    public static IEnumerable<string> LinesOf(LinePlot plot, int width)
    {
        var lines = plot.Lines.Where(line => line.Points.Count > 1).ToList();
        if (lines.Count == 0) yield break;
        var all = lines.SelectMany(line => line.Points).ToList();
        Scale across = Scale.Of(all.Select(point => point.X), plot.IsLogarithmic || plot.IsLogarithmicAcross),
            up = Scale.Of(all.Select(point => point.Y), plot.IsLogarithmic);
        string top = plot.Show(up.High), bottom = plot.Show(up.Low);
        int label = Math.Max(top.Length, bottom.Length);
        var canvas = new PlotCanvas(Math.Max(Narrowest, Math.Min(Widest, width) - label - 2), Height);
        int columns = canvas.DotsAcross / 2;
        for (int n = 0; n < lines.Count; n++) Draw(canvas, n, lines[n], across, up);

        yield return plot.Title;
        for (int row = 0; row < Height; row++)
        {
            string named = row == 0 ? top : row == Height - 1 ? bottom : "";
            yield return $"{named.PadLeft(label)} │{Colored(canvas, row, columns)}";
        }
        yield return $"{new string(' ', label)} └{new string('─', columns)}";
        string left = TextOf(across.Low), right = TextOf(across.High);
        string middle = plot.Across.Length > columns - left.Length - right.Length - 4 ? "" : plot.Across;
        int before = (columns - middle.Length) / 2 - left.Length;
        yield return $"{new string(' ', label + 2)}{left}{new string(' ', before)}{middle}"
            + right.PadLeft(columns - left.Length - before - middle.Length);
        foreach (string key in Keys(lines, label, Math.Min(Widest, width))) yield return key;
    }

    private static void Draw(PlotCanvas canvas, int number, PlotLine line, Scale across, Scale up)
    {
        (int X, int Y) DotOf((double X, double Y) point) => (
            (int)Math.Round(across.ShareOf(point.X) * (canvas.DotsAcross - 1)),
            (int)Math.Round((1 - up.ShareOf(point.Y)) * (canvas.DotsDown - 1)));
        for (int n = 1; n < line.Points.Count; n++) canvas.Draw(number, DotOf(line.Points[n - 1]), DotOf(line.Points[n]));
    }

    private static string Colored(PlotCanvas canvas, int row, int columns)
    {
        var text = new StringBuilder();
        int color = -1;
        for (int column = 0; column < columns; column++)
        {
            var (character, line) = canvas.At(column, row);
            int wanted = character == ' ' ? -1 : line % Colors.Length;
            if (wanted != color) text.Append(wanted < 0 ? "\e[0m" : $"\e[{Colors[wanted]}m");
            color = wanted;
            text.Append(character);
        }
        return color < 0 ? text.ToString().TrimEnd() : text.Append("\e[0m").ToString();
    }

    /// <summary>Which line is whose, where there are several: as many in a row as fit.</summary>
    private static IEnumerable<string> Keys(List<PlotLine> lines, int label, int width)
    {
        if (lines.Count < 2) yield break;
        string indent = new(' ', label + 2), row = indent;
        int used = indent.Length;
        for (int n = 0; n < lines.Count; n++)
        {
            int most = width - indent.Length - 4;
            string name = lines[n].Name.Length > most ? $"{lines[n].Name[..(most - 1)]}…" : lines[n].Name;
            if (used > indent.Length && used + name.Length + 4 > width)
            {
                yield return row.TrimEnd();
                (row, used) = (indent, indent.Length);
            }
            row += $"\e[{Colors[n % Colors.Length]}m──\e[0m {name}  ";
            used += name.Length + 5;
        }
        yield return row.TrimEnd();
    }

    private static string TextOf(double x) => x.ToString(x == Math.Round(x) ? "#,0" : "0.##", CultureInfo.InvariantCulture);

    private sealed record Scale(double Low, double High, bool IsLogarithmic)
    {
        public static Scale Of(IEnumerable<double> values, bool isLogarithmic) => new(values.Min(), values.Max(), isLogarithmic);

        /// <returns>0 at the low end, 1 at the high one.</returns>
        public double ShareOf(double value)
        {
            if (High <= Low) return 0;
            return IsLogarithmic ? Math.Log(value / Low) / Math.Log(High / Low) : (value - Low) / (High - Low);
        }
    }
}
