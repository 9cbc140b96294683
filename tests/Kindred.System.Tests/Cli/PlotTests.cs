using System.Text.RegularExpressions;
using Kindred.Cli.Output;

namespace Kindred.SystemTests.Cli;

public sealed partial class PlotTests
{
    [Fact]
    public void A_line_is_drawn_in_dots_by_hand()
    {
        var canvas = new PlotCanvas(2, 1); // 4 × 4 dots
        canvas.Draw(0, (0, 3), (3, 0));
        Assert.Equal(('⡠', 0), canvas.At(0, 0)); // dots 7 and 6: (0, 3) and (1, 2)
        Assert.Equal(('⠊', 0), canvas.At(1, 0)); // dots 2 and 4: (2, 1) and (3, 0)
    }

    [Fact]
    public void Ends_of_the_axes_are_named()
    {
        var plot = new LinePlot("Loss by epoch", "epoch", [new("loss", [(1, 10), (2, 5), (3, 2.5)])], y => y.ToString("0.0"));
        string[] lines = [.. PlotDrawing.LinesOf(plot, 80).Select(line => Escapes.Replace(line, ""))];
        Assert.Equal("Loss by epoch", lines[0]);
        Assert.StartsWith("10.0 │⠉", lines[1], StringComparison.Ordinal); // falls from the left
        Assert.StartsWith(" 2.5 │", lines[10], StringComparison.Ordinal);
        Assert.Matches("^ +1 +epoch +3$", lines[12]);
        Assert.Equal(13, lines.Length); // one line needs no key
    }

    [Fact]
    public void Every_plot_fits_its_terminal_and_eighty_columns()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            int width = random.Next(40, 200);
            PlotLine[] all =
            [
                .. Enumerable.Range(0, random.Next(8)).Select(n => new PlotLine(
                    new string((char)('a' + n), random.Next(1, 90)),
                    [
                        .. Enumerable.Range(0, random.Next(30))
                            .Select(_ => (X: 1 + Math.Floor(random.NextDouble() * 1e6), Y: 1 + (random.Next(3) * random.NextDouble())))
                            .OrderBy(point => point.X),
                    ])),
            ];
            var plot = new LinePlot("Title", "across", all, y => y.ToString("0.00")) { IsLogarithmic = seed % 2 == 0 };
            string[] lines = [.. PlotDrawing.LinesOf(plot, width).Select(text => Escapes.Replace(text, ""))];
            Assert.All(lines, text => Assert.True(text.Length <= Math.Min(80, width), $"{seed}: {text.Length} of {width}: {text}"));
            Assert.Equal(all.Any(line => line.Points.Count > 1), lines.Length > 0);
        }
    }

    [GeneratedRegex(@"\e\[[0-9;]*m")]
    private static partial Regex Escapes { get; }
}
