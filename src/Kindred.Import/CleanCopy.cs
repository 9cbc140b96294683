using System.Buffers;
using System.Text;

namespace Kindred.Import;

/// <summary>
/// A copy of a text that the engine cannot misread: one row a line, nothing quoted, the number of its line in front. Made for files with
/// quotes, broken rows or uneven line ends: there DuckDB's own reader was seen to leave rows out without a word.
/// </summary>
/// <param name="Lines">Rows in the copy.</param>
/// <param name="Broken">Rows that are not in the copy.</param>
/// <param name="Blank">Rows of nothing but delimiters.</param>
/// <param name="Headers">Rows that are the header again.</param>
internal sealed record CleanCopy(string Path, long Lines, BrokenRows Broken, long Blank, long Headers)
{
    /// <param name="most">Rows to copy; the rest of the file is not read.</param>
    public static CleanCopy Of(Table table, string target, CancellationToken cancellation, long most = long.MaxValue)
    {
        var broken = new BrokenRows();
        using var reader = new RecordReader(table.File.OpenText(), table.Dialect, table.Skip);
        using var output = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
        var writer = new RowWriter(output);
        byte[][] header = [.. table.Columns.Select(c => Encoding.UTF8.GetBytes(c.Name))];
        var names = table.Columns.Select(c => c.Name).Order(StringComparer.Ordinal).ToList();
        bool isHeaderNext = table.HasHeader;
        long blank = 0, headers = 0;
        for (int n = 0; writer.Rows < most && reader.Read(); n++)
        {
            if ((n & 0xFFFF) == 0) cancellation.ThrowIfCancellationRequested();
            if (isHeaderNext) { isHeaderNext = false; continue; }
            if (reader.Fault is null && (IsBlank(reader) || IsRule(reader))) { blank++; continue; }
            if (reader.Fault is null && table.HasHeader && table.Expand is null && IsHeader(reader, header)) { headers++; continue; }
            if (reader.Fault is null && table.HasHeader && table.Expand is null && IsHeaderInOtherOrder(reader, names))
                throw new InputException($"{table.File.Path}, line {reader.Line}: a header again, with the columns in another order "
                    + $"than in the " +
                    "first; make a file of each part.");
            if (Write(table, reader, writer) is { } fault) broken.Add(table.File.Name, reader.Line, fault, reader.Raw.Span);
        }
        return new(target, writer.Rows, broken, blank, headers);
    }

    /// <returns>What is wrong with the record, or null.</returns>
    private static string? Write(Table table, RecordReader reader, RowWriter writer)
    {
        if (reader.Fault is not null) return reader.Fault;
        if (table.Expand is not null)
        {
            int width = table.Width ?? reader.FieldCount;
            if (!Fits(reader, width, table.Needed)) return $"{reader.FieldCount} fields instead of {width}";
            string[] fields =
                [.. Enumerable.Range(0, width).Select(n => n < reader.FieldCount ? Encoding.UTF8.GetString(reader.Field(n)) : "")];
            if (table.Expand(reader.Line, fields) is not { } rows) return "the line is not a JSON object";
            foreach (var row in rows) writer.Write(reader.Line, row);
            return null;
        }
        int columns = table.Format == TableFormat.Delimited ? table.Columns.Count : 1;
        if (!Fits(reader, columns, table.Needed)) return $"{reader.FieldCount} fields instead of {columns}";
        writer.Write(reader, columns);
        return null;
    }

    /// <summary>Fields that are needed are there, and what is there beyond the columns is empty.</summary>
    private static bool Fits(RecordReader reader, int columns, int needed) =>
        reader.FieldCount >= Math.Min(columns, needed) && IsEmptyFrom(reader, columns);

    private static bool IsBlank(RecordReader reader) => reader.FieldCount > 1 && IsEmptyFrom(reader, 0);

    /// <summary>A delimiter at the end of a row makes a field of nothing.</summary>
    private static bool IsEmptyFrom(RecordReader reader, int first)
    {
        for (int n = first; n < reader.FieldCount; n++)
            if (reader.Field(n).TrimStart(" \t"u8) is { IsEmpty: false } field && (field[0] < 0x80
                || ColumnText.Trim(Encoding.UTF8.GetString(field)).Length > 0))
                return false;
        return true;
    }

    private static readonly SearchValues<byte> OfRules = SearchValues.Create("-=+|:, \t\r"u8);

    /// <summary>A line that is drawn between rows: <c>|---|:--:|</c>, <c>-----+-----</c>.</summary>
    private static bool IsRule(RecordReader reader)
    {
        const int Short = 3;
        var line = reader.Raw.Span;
        return line.Length > Short && !line.ContainsAnyExcept(OfRules) && line.IndexOf("---"u8) >= 0;
    }

    private static bool IsHeader(RecordReader reader, byte[][] header)
    {
        if (reader.FieldCount < header.Length) return false;
        for (int n = 0; n < header.Length; n++)
        {
            var field = reader.Field(n).Trim(" \t"u8);
            if (field.StartsWith("\uFEFF"u8)) field = field[3..]; // of a file that was put behind another
            if (!field.SequenceEqual(header[n]) && !Ascii.EqualsIgnoreCase(field, header[n])) return false;
        }
        return true;
    }

    private static bool IsHeaderInOtherOrder(RecordReader reader, List<string> names)
    {
        if (reader.FieldCount != names.Count || names.Count < 2 || names[0].Length == 0) return false;
        string first = Encoding.UTF8.GetString(reader.Field(0));
        return names.Contains(first) && names.SequenceEqual(Enumerable.Range(0, names.Count)
            .Select(n => Encoding.UTF8.GetString(reader.Field(n)).Trim()).Order(StringComparer.Ordinal));
    }

    /// <summary>Rows of the copy.</summary>
    private sealed class RowWriter(FileStream output)
    {
        private readonly byte[] _number = new byte[20];

        public long Rows { get; private set; }

        /// <param name="columns">Of which the last may be missing in the record.</param>
        public void Write(RecordReader reader, int columns)
        {
            Begin(reader.Line);
            for (int field = 0; field < columns; field++)
            {
                output.WriteByte((byte)Table.FieldSeparator);
                if (field < reader.FieldCount) Write(reader.Field(field));
            }
            output.WriteByte((byte)'\n');
        }

        public void Write(long line, IReadOnlyList<string> fields)
        {
            Begin(line);
            foreach (string field in fields)
            {
                output.WriteByte((byte)Table.FieldSeparator);
                Write(Encoding.UTF8.GetBytes(field));
            }
            output.WriteByte((byte)'\n');
        }

        private void Begin(long line)
        {
            line.TryFormat(_number, out int digits);
            output.Write(_number.AsSpan(0, digits));
            Rows++;
        }

        private void Write(ReadOnlySpan<byte> field)
        {
            for (int lf; (lf = field.IndexOf((byte)'\n')) >= 0; field = field[(lf + 1)..])
            {
                output.Write(field[..lf]);
                output.WriteByte((byte)Table.LineSeparator);
            }
            output.Write(field);
        }
    }
}
