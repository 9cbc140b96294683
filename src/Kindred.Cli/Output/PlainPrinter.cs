namespace Kindred.Cli.Output;

/// <summary>Aligned text without colors: for files, pipes and simple terminals.</summary>
internal sealed class PlainPrinter : IPrinter
{
    private const string Gap = "  ";

    private bool _started;

    public void Print(Block block)
    {
        string[] lines = [.. LinesOf(block)];
        if (lines.Length == 0) return;
        if (_started) Console.Out.WriteLine();
        _started = true;
        foreach (string line in lines) Console.Out.WriteLine(line);
    }

    private static IEnumerable<string> LinesOf(Block block) => block switch
    {
        Heading heading => [heading.Text, new string('-', heading.Text.Length)],
        Paragraph paragraph => [paragraph.Text],
        BulletList points => points.Sentences.Select(sentence => $"- {sentence}"),
        CommandLines commands => commands.Lines.Select(line => $"  {line}"),
        Grid grid => LinesOf(grid),
        _ => [],
    };

    private static IEnumerable<string> LinesOf(Grid grid)
    {
        string[] headers = [.. grid.Columns.Select(column => column.Header)];
        int[] widths = [.. headers.Select((header, c) => grid.Rows.Select(row => row[c].Length).Append(header.Length).Max())];
        string Line(string[] cells) =>
            string.Join(Gap, cells.Select((cell, c) => grid.Columns[c].IsNumber ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c])))
                .TrimEnd();

        if (grid.HasHeader)
        {
            yield return Line(headers);
            yield return string.Join(Gap, widths.Select(width => new string('-', width)));
        }
        foreach (string[] row in grid.Rows) yield return Line(row);
    }
}
