using Spectre.Console;
using Spectre.Console.Rendering;

namespace Kindred.Cli.Output;

/// <summary>Tables and colors for a person at a terminal.</summary>
internal sealed class TerminalPrinter : IPrinter
{
    // A column that may be broken into lines needs so many characters to be read, and so many to be read with pleasure.
    private const int FewestCharacters = 16, PleasantCharacters = 30, Gap = 2;

    private readonly IAnsiConsole _console = Terminal.On(Console.Out);

    public void Print(Block block)
    {
        switch (block)
        {
            case Heading heading:
                _console.WriteLine();
                _console.Write(new Rule($"[bold aqua]{Markup.Escape(heading.Text)}[/]") { Justification = Justify.Left, Style = "grey35" });
                break;
            case Paragraph paragraph:
                _console.WriteLine();
                _console.Write(new Text(paragraph.Text));
                _console.WriteLine();
                break;
            case BulletList points:
                _console.WriteLine();
                _console.Write(Bullets(points.Sentences));
                break;
            case CommandLines commands: // not wrapped by us: they are there to be copied
                _console.WriteLine();
                foreach (string line in commands.Lines) Console.Out.WriteLine($"  {line}");
                break;
            case LinePlot plot:
                _console.WriteLine();
                foreach (string line in PlotDrawing.LinesOf(plot, _console.Profile.Width)) Console.Out.WriteLine(line);
                break;
            case Grid grid:
                foreach (var part in PartsOf(WithoutExtras(grid)))
                {
                    _console.WriteLine();
                    _console.Write(TableOf(part));
                }
                break;
        }
    }

    private static Spectre.Console.Grid Bullets(IReadOnlyList<string> sentences)
    {
        var grid = new Spectre.Console.Grid().AddColumn(new() { NoWrap = true, Padding = new(0, 0, 1, 0) })
            .AddColumn(new() { Padding = new(0, 0, 0, 0) });
        foreach (string sentence in sentences) grid.AddRow(new Markup("[grey]•[/]"), new Text(sentence));
        return grid;
    }

    private static Table TableOf(Grid grid)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = grid.HasHeader };
        foreach (var column in grid.Columns)
        {
            table.AddColumn(new TableColumn(new Markup($"[grey]{Markup.Escape(column.Header)}[/]"))
            {
                Alignment = column.IsNumber ? Justify.Right : Justify.Left,
                NoWrap = !column.Wraps,
                Padding = new(0, 0, Gap, 0),
            });
        }
        foreach (string[] row in grid.Rows)
            table.AddRow(
                row.Select((cell, c) => (IRenderable)new Text(cell, c == 0 && !grid.HasHeader ? new Style(Color.Grey) : Style.Plain)));
        return table;
    }

    private Grid WithoutExtras(Grid grid)
    {
        int width = Enumerable.Range(0, grid.Columns.Count).Sum(c => WidthOf(grid, c, PleasantCharacters) + Gap) - Gap;
        return width <= _console.Profile.Width ? grid
            : Of(grid, Enumerable.Range(0, grid.Columns.Count).Where(c => !grid.Columns[c].IsExtra));
    }

    /// <summary>Columns that do not fit beside the others come again below, with the first column to tell the rows.</summary>
    private IEnumerable<Grid> PartsOf(Grid grid)
    {
        for (int next = 1; next < grid.Columns.Count;)
        {
            var chosen = new List<int> { 0 };
            for (int used = WidthOf(grid, 0, FewestCharacters); next < grid.Columns.Count; next++)
            {
                used += Gap + WidthOf(grid, next, FewestCharacters);
                if (used > _console.Profile.Width && chosen.Count > 1) break;
                chosen.Add(next);
            }
            yield return Of(grid, chosen);
        }
    }

    private static Grid Of(Grid grid, IEnumerable<int> columns) =>
        new([.. columns.Select(c => grid.Columns[c])], [.. grid.Rows.Select(row => columns.Select(c => row[c]).ToArray())]);

    /// <param name="enough">Characters that a column which may be broken into lines can do with.</param>
    private static int WidthOf(Grid grid, int column, int enough)
    {
        int width = grid.Rows.Select(row => row[column].Length).Append(grid.Columns[column].Header.Length).Max();
        return grid.Columns[column].Wraps ? Math.Min(enough, width) : width;
    }
}
