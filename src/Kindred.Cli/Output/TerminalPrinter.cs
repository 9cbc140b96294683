using Spectre.Console;
using Spectre.Console.Rendering;

namespace Kindred.Cli.Output;

/// <summary>Tables and colors for a person at a terminal.</summary>
internal sealed class TerminalPrinter : IPrinter
{
    // A column that may be broken into lines still needs so many characters to be read; a gap lies between two columns.
    private const int FewestCharacters = 16, Gap = 2;

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
            case Points points:
                _console.WriteLine();
                _console.Write(Bullets(points.Sentences));
                break;
            case Grid grid:
                _console.WriteLine();
                foreach (var part in PartsOf(grid)) _console.Write(TableOf(part));
                break;
        }
    }

    private static Spectre.Console.Grid Bullets(IReadOnlyList<string> sentences)
    {
        var grid = new Spectre.Console.Grid().AddColumn(new() { NoWrap = true, Padding = new(0, 0, 1, 0) }).AddColumn(new() { Padding = new(0, 0, 0, 0) });
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
            table.AddRow(row.Select((cell, c) => (IRenderable)new Text(cell, c == 0 && !grid.HasHeader ? new Style(Color.Grey) : Style.Plain)));
        return table;
    }

    /// <summary>Columns that do not fit beside the others come again below, with the first column to tell the rows.</summary>
    private IEnumerable<Grid> PartsOf(Grid grid)
    {
        int[] widths = [.. grid.Columns.Select((column, c) => WidthOf(grid, c))];
        for (int next = 1; next < widths.Length;)
        {
            var chosen = new List<int> { 0 };
            for (int used = widths[0]; next < widths.Length; next++)
            {
                used += Gap + widths[next];
                if (used > _console.Profile.Width && chosen.Count > 1) break;
                chosen.Add(next);
            }
            yield return new([.. chosen.Select(c => grid.Columns[c])], [.. grid.Rows.Select(row => chosen.Select(c => row[c]).ToArray())]);
        }
    }

    private static int WidthOf(Grid grid, int column)
    {
        var (header, _, wraps) = grid.Columns[column];
        int width = grid.Rows.Select(row => row[column].Length).Append(header.Length).Max();
        return wraps ? Math.Min(FewestCharacters, width) : width;
    }
}
