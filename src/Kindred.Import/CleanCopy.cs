using System.Text;

namespace Kindred.Import;

/// <summary>
/// A copy of a text that the engine cannot misread: one row a line, nothing quoted, the number of its line in front. Made for files with
/// quotes, broken rows or uneven line ends: there DuckDB's own reader was seen to leave rows out without a word.
/// </summary>
/// <param name="Lines">Rows in the copy.</param>
/// <param name="Broken">Rows that are not in the copy.</param>
internal sealed record CleanCopy(string Path, long Lines, BrokenRows Broken)
{
    /// <param name="most">Rows to copy; the rest of the file is not read.</param>
    public static CleanCopy Of(Table table, string target, CancellationToken cancellation, long most = long.MaxValue)
    {
        var broken = new BrokenRows();
        using var reader = new RecordReader(table.File.OpenText(), table.Dialect);
        using var output = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
        int fields = table.Format == TableFormat.Delimited ? table.Columns.Count : 1;
        Span<byte> number = stackalloc byte[20];
        long lines = 0;
        for (int n = 0; lines < most && reader.Read(); n++)
        {
            if ((n & 0xFFFF) == 0) cancellation.ThrowIfCancellationRequested();
            if (n < table.Header) continue;
            string? fault = reader.Fault ?? (reader.FieldCount != fields ? $"{reader.FieldCount} fields instead of {fields}" : null);
            if (fault is not null) { broken.Add(table.File.Name, reader.Line, fault, reader.Raw.Span); continue; }
            reader.Line.TryFormat(number, out int digits);
            output.Write(number[..digits]);
            for (int field = 0; field < fields; field++)
            {
                output.WriteByte((byte)Table.FieldSeparator);
                Write(output, reader.Field(field));
            }
            output.WriteByte((byte)'\n');
            lines++;
        }
        return new(target, lines, broken);
    }

    private static void Write(FileStream output, ReadOnlySpan<byte> field)
    {
        for (int lf; (lf = field.IndexOf((byte)'\n')) >= 0; field = field[(lf + 1)..])
        {
            output.Write(field[..lf]);
            output.WriteByte((byte)Table.LineSeparator);
        }
        output.Write(field);
    }
}

/// <summary>Rows that cannot be taken apart: the first ones, and how many of each kind.</summary>
internal sealed class BrokenRows
{
    /// <summary>How many rejected rows a report shows.</summary>
    public const int Shown = 5;

    private const int TextBytes = 200;

    private readonly List<RejectedRow> _first = [];
    private readonly Dictionary<string, long> _counts = [];

    public IReadOnlyList<RejectedRow> First => _first;

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public long Count => _counts.Values.Sum();

    public void Add(string file, long line, string reason, ReadOnlySpan<byte> text)
    {
        _counts[reason] = _counts.GetValueOrDefault(reason) + 1;
        if (_first.Count == Shown) return;
        _first.Add(new(file, line, reason, Shorten(Encoding.UTF8.GetString(text[..Math.Min(TextBytes, text.Length)]))));
    }

    /// <returns>The text on one line, at most 120 characters long.</returns>
    public static string Shorten(string text)
    {
        const int Longest = 120;
        string line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length <= Longest ? line : $"{line[..Longest]}…";
    }
}
