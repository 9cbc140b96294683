using System.Text;

namespace Kindred.Import;

/// <summary>Looks at the beginning of a file and finds out how its rows lie in it.</summary>
internal static class Sniffer
{
    private const int SampleRows = 200;

    /// <summary>
    /// From the rarest in ordinary text to the most common: the first of equals wins. The space only counts where nothing else does.
    /// </summary>
    private static readonly string[] Delimiters = ["::", "\t", ",", ";", "||", "|", "\u0001", "\u0002", "~", "^", "¦", "§"];

    /// <exception cref="InputException">No rows can be seen in it.</exception>
    public static Table Look(DuckDbSession engine, SourceFile file, Reading reading)
    {
        if (file.IsParquet) return ParquetColumns.TableOf(engine, file);
        bool transcode = reading.Latin1 && !file.Survey!.IsUtf8;
        var lines = Sample(file, Dialect.Lines with { Latin1 = transcode }, reading.SkipLines).ConvertAll(r => r[0]);
        if (lines.Count == 0 && file.Survey is { IsUtf8: false })
            throw new InputException(
                $"{file.Path} is not UTF-8, and not a line of it can be read; name its encoding, such as --encoding windows-1252.");
        if (lines.Count == 0) throw new InputException($"{file.Path} holds no rows, only blank lines; nothing can be read from it.");
        if (reading.Delimiter is null) ForeignText.Check(file, lines);
        if (reading.Delimiter is null && lines[0].TrimStart().StartsWith('{')) return JsonColumns.TableOf(file, lines, transcode);

        var preamble = Preamble.Of(file, reading, transcode);
        string? delimiter = reading.Delimiter ?? preamble.Delimiter ?? FindDelimiter(file, reading, preamble.Lines);
        if (delimiter is null && reading.Shape is null && Shapes.ShareFirsts(lines)) throw Shapes.LooksLikeBaskets(file, " ");
        if (delimiter is null || reading.Shape == TableShape.Lists) return Shapes.Lists(file, delimiter, preamble.Lines);
        var dialect = DialectOf(file, reading, delimiter, preamble.Lines, transcode);
        int skip = preamble.Lines + LinesOfTitle(file, reading, dialect, preamble);
        if (reading.Shape == TableShape.Baskets) return Shapes.Baskets(file, dialect, reading.Header == true
            || Shapes.IsHeaderOfBaskets(lines[0], delimiter) ? skip + 1 : skip);
        var rows = Sample(file, dialect, skip);
        if (rows.Count == 0)
            throw new InputException(
                $"{file.Path} holds no readable rows; is it text in UTF-8? Name another encoding, such as --encoding windows-1252.");
        if (reading.Header is null && Header.IsNumbered(rows[0]) && rows.Count > 1)
        {
            skip++; // as pandas writes columns without names
            rows.RemoveAt(0);
        }
        bool named = reading.Header ?? (preamble.IsHeader || Header.Is(rows, reading.Names));
        // Of rows that end in delimiters, the last fields are none.
        if (named && HasRowNames(rows)) rows[0] = ["", .. rows[0]];
        int width = named ? rows[0].Length : rows.GroupBy(r => r.Length).MaxBy(g => g.Count())!.Key;
        var columns = Enumerable.Range(1, width)
            .Select(n => new TableColumn(named ? ColumnText.Trim(rows[0][n - 1]) : $"column {n}", $"c{n}")).ToList();
        var table = new Table(file, TableFormat.Delimited, dialect, skip, named, columns);
        return reading.Shape == TableShape.Matrix ? Shapes.Matrix(table, rows) : table;
    }

    /// <summary>As R writes tables: every row begins with a name, which has no place in the header.</summary>
    private static bool HasRowNames(List<string[]> rows) => rows.Count > 2
        && rows.Skip(1).All(r => r.Length == rows[0].Length + 1 && r[^1].Length > 0)
        && rows.Skip(1).Select(r => r[0]).Distinct(StringComparer.Ordinal).Count() == rows.Count - 1;

    /// <returns>Up to <paramref name="count"/> rows of text from the beginning, broken ones left out.</returns>
    public static List<string[]> Sample(SourceFile file, Dialect dialect, int skip, int count = SampleRows)
    {
        var rows = new List<string[]>();
        using var reader = new RecordReader(file.OpenText(), dialect, skip);
        while (rows.Count < count && reader.Read())
        {
            if (reader.Fault is not null) continue;
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(n => Encoding.UTF8.GetString(reader.Field(n)))]);
        }
        return rows;
    }

    /// <returns>The delimiter that cuts nearly all lines into the same number of fields, the largest number; null for item lists.</returns>
    private static string? FindDelimiter(SourceFile file, Reading reading, int skip)
    {
        const double NearlyAll = 0.9;
        var lines = Sample(file, Dialect.Lines with { Latin1 = true }, skip).ConvertAll(r => r[0]);
        var all = Delimiters.Append(" ").Select(d => (Delimiter: d, Cut: CutBy(file, d, skip))).Where(c => c.Cut.Most > 1).ToList();
        if (reading.Shape is TableShape.Baskets or TableShape.Lists)
            return all.FindAll(c => c.Delimiter != " ").OrderByDescending(c => c.Cut.Most).FirstOrDefault().Delimiter ?? " ";
        var cuts = all.FindAll(c => c.Cut.Fields > 1);
        var separators = cuts.FindAll(c => c.Delimiter != " ");
        var even = separators.FindAll(c => c.Cut.Share >= NearlyAll);
        // A delimiter that cuts the header as it cuts the rows is not one that only occurs in their texts.
        if (even.Exists(c => c.Cut.IsFirstAlike)) even.RemoveAll(c => !c.Cut.IsFirstAlike);
        if (even.Exists(c => c.Delimiter == "||")) even.RemoveAll(c => c.Delimiter == "|");
        if (even.Count > 0) return even.MaxBy(c => c.Cut.Fields).Delimiter;

        string first = lines[0];
        var (_, spaces) = cuts.Find(c => c.Delimiter == " ");
        bool separated = separators.Exists(s => first.Contains(s.Delimiter, StringComparison.Ordinal));
        if (!separated && all.Find(s => s.Delimiter is "," or ";" or "|" or "\t"
            && IsUneven(file, s.Delimiter, skip)) is { Delimiter: not null } uneven)
            throw Shapes.LooksLikeBaskets(file, uneven.Delimiter);
        if (spaces.Fields > 1 && !separated) return spaces.Share >= NearlyAll ? " " : Shapes.IsLists(lines) ? null : " ";
        if (separators.Count > 0)
        {
            string best = separators.MaxBy(c => c.Cut.Share).Delimiter;
            if (IsUneven(file, best, skip) && !ColumnNames.NamesRoles(first.Split(best))) throw Shapes.LooksLikeBaskets(file, best);
            return best;
        }
        if (!separated && all.Find(s => s.Delimiter is "," or ";" or "|" or "\t"
            && s.Cut.Most > 2 && IsUneven(file, s.Delimiter, skip)) is { Delimiter: not null } some)
            throw Shapes.LooksLikeBaskets(file, some.Delimiter);
        if (Shapes.IsLists(lines)) return null;
        throw new InputException(
            $"{file.Path}: no delimiter was found in '{BrokenRows.Shorten(Dialect.Visible(first))}'; name it with --delimiter, "
            + "or give CSV, JSON lines or Parquet.");
    }

    /// <returns>The most frequent number of fields, the share of lines that have it, whether the first has, and the largest
    /// number.</returns>
    private static (int Fields, double Share, bool IsFirstAlike, int Most) CutBy(SourceFile file, string delimiter, int skip)
    {
        var plain = new Dialect(delimiter, Latin1: true);
        var dialect = plain with { Quote = IsQuotedBy('\'', file, plain, skip) ? '\'' : '"' };
        var rows = Sample(file, dialect, skip);
        if (file.Survey!.HasEscapedQuotes && Sample(file, dialect with { Escape = '\\' }, skip) is var escaped
            && escaped.Count > rows.Count)
            rows = escaped;
        if (rows.Count == 0) return default;
        var most = rows.GroupBy(r => r.Length).MaxBy(g => g.Count())!;
        return (most.Key, most.Count() / (double)rows.Count, rows[0].Length == most.Key, rows.Max(r => r.Length));
    }

    /// <summary>No number of fields is that of most lines, and many lines have more than two.</summary>
    private static bool IsUneven(SourceFile file, string delimiter, int skip)
    {
        const double Most = 0.6, Some = 0.2;
        var rows = Sample(file, new Dialect(delimiter, Quote: '"', Latin1: true), skip);
        return rows.Count > 2 && rows.GroupBy(r => r.Length).Max(g => g.Count()) <= Most * rows.Count
            && rows.Count(r => r.Length > 2) >= Some * rows.Count;
    }

    private static Dialect DialectOf(SourceFile file, Reading reading, string delimiter, int skip, bool latin1)
    {
        var plain = new Dialect(delimiter, Latin1: latin1);
        char quote = reading.Quote
            ?? (delimiter == "::" ? '\0' : IsQuotedBy('\'', file, plain, skip) ? '\'' : file.Survey!.HasQuotes ? '"' : '\0');
        if (quote == '\0' && reading.Quote is null && delimiter != "::"
            && Sample(file, Dialect.Lines, skip).Exists(l => l[0].Contains($"{delimiter}'", StringComparison.Ordinal))
            && Faults(file, plain with { Quote = '\'' }, skip) < Faults(file, plain, skip)) quote = '\'';
        if (reading.Escape is { } escape) return plain with { Quote = quote, Escape = escape };
        var quoted = plain with { Quote = quote };
        if (quote == '\0' || !file.Survey!.HasEscapedQuotes) return quoted;
        // A backslash before a quote takes its meaning from it, if more rows can be read so.
        var escaped = quoted with { Escape = '\\' };
        return Faults(file, escaped, skip) < Faults(file, quoted, skip) ? escaped : quoted;
    }

    private static bool IsQuotedBy(char quote, SourceFile file, Dialect plain, int skip)
    {
        const double NearlyAll = 0.9;
        var fields = Sample(file, plain, skip).Where(r => r.Length > 1 && r.Any(f => f.Length > 0)).ToList();
        return fields.Count > 0 && fields.Count(r => r[0].Length > 1 && r[0][0] == quote && r[0][^1] == quote) >= NearlyAll * fields.Count;
    }

    /// <returns>Rows that are broken, or that have another number of fields than the first. Cost: a pass over the file.</returns>
    private static long Faults(SourceFile file, Dialect dialect, int skip)
    {
        using var reader = new RecordReader(file.OpenText(), dialect, skip);
        long faults = 0;
        int fields = -1;
        while (reader.Read())
        {
            if (fields < 0 && reader.Fault is null) fields = reader.FieldCount;
            if (reader.Fault is not null || reader.FieldCount != fields) faults++;
        }
        return faults;
    }

    /// <returns>Lines before the first row: of one field where nearly all rows have the same larger number.</returns>
    private static int LinesOfTitle(SourceFile file, Reading reading, Dialect dialect, Preamble preamble)
    {
        const int Most = 10;
        const double NearlyAll = 0.9;
        if (preamble.IsHeader || reading.SkipLines > 0) return 0;
        using var reader = new RecordReader(file.OpenText(), dialect, preamble.Lines);
        var widths = new List<(long Line, int Fields)>();
        while (widths.Count < SampleRows && reader.Read()) widths.Add((reader.Line, reader.Fault is null ? reader.FieldCount : 0));
        int titles = widths.FindIndex(w => w.Fields != 1);
        if (titles is < 1 or > Most) return 0;
        int width = widths[titles].Fields;
        var rest = widths[titles..];
        return width > 1 && rest.Count(w => w.Fields == width) >= NearlyAll * rest.Count ? (int)widths[titles].Line - 1 - preamble.Lines
            : 0;
    }
}
