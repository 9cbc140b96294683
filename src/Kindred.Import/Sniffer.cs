using System.Text;
using System.Text.Json;

namespace Kindred.Import;

/// <summary>Looks at the beginning of a file and finds out how its rows stand in it.</summary>
internal static class Sniffer
{
    private const int SampleRows = 200;

    /// <summary>
    /// From the rarest in ordinary text to the most common: the first of equals wins. The space only counts where nothing else does.
    /// </summary>
    private static readonly string[] Delimiters = ["::", "\t", ",", ";", "|"];

    /// <param name="names">Column names that the caller expects: a first line that holds one is a header.</param>
    /// <param name="latin1">Whether text that is not UTF-8 is ISO 8859-1.</param>
    /// <exception cref="InputException">No rows can be seen in it.</exception>
    public static Table Look(
        DuckDbSession engine, SourceFile file, string? delimiter, bool? header, IReadOnlyCollection<string> names, bool latin1 = false)
    {
        if (file.IsParquet) return ParquetTable(engine, file);
        bool transcode = latin1 && !file.Survey!.IsUtf8;
        var lines = Sample(file, new Dialect("", false, transcode)).ConvertAll(r => r[0]);
        if (lines.Count == 0) throw new InputException($"{file.Path} holds no rows, only blank lines; nothing can be read from it.");
        if (lines.Count == 1 && lines[0].Contains('\r'))
            throw new InputException($"{file.Path} ends its lines in CR alone; convert it to LF or CR LF line ends.");
        if (delimiter is null && lines[0].TrimStart().StartsWith('{')) return JsonTable(file, lines, transcode);
        if (lines[0].TrimStart() is "[" or ['[', '{', ..])
            throw new InputException(
                $"{file.Path} is one JSON array; write one object a line (JSON lines), for example with: jq -c '.[]'.");

        delimiter = delimiter is "\\t" ? "\t" : delimiter ?? FindDelimiter(file, lines);
        if (delimiter is null) return AsItemLists(file);
        var dialect = new Dialect(delimiter, Quotes: delimiter != "::" && file.Survey!.HasQuotes, transcode);
        var rows = Sample(file, dialect);
        if (rows.Count == 0) throw new InputException($"{file.Path} holds no readable rows; is it text in UTF-8?");
        bool named = header ?? IsHeader(rows, names);
        int width = named ? rows[0].Length : rows.GroupBy(r => r.Length).MaxBy(g => g.Count())!.Key;
        var columns = Enumerable.Range(1, width).Select(n => new TableColumn(named ? rows[0][n - 1].Trim() : $"column {n}", $"c{n}"));
        return new(file, TableFormat.Delimited, dialect, named ? 1 : 0, [.. columns]);
    }

    public static Table AsItemLists(SourceFile file) =>
        new(file, TableFormat.ItemLists, new("", false), 0, [new("user", "c1"), new("item", "c2")]);

    /// <returns>Up to <paramref name="count"/> rows of text from the beginning, broken ones left out.</returns>
    public static List<string[]> Sample(SourceFile file, Dialect dialect, int count = SampleRows)
    {
        var rows = new List<string[]>();
        using var reader = new RecordReader(file.OpenText(), dialect);
        while (rows.Count < count && reader.Read())
        {
            if (reader.Fault is not null) continue;
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(n => Encoding.UTF8.GetString(reader.Field(n)))]);
        }
        return rows;
    }

    /// <returns>The delimiter that cuts nearly all lines into the same number of fields, the largest number; null for item lists.</returns>
    private static string? FindDelimiter(SourceFile file, List<string> lines)
    {
        const double NearlyAll = 0.9;
        var cuts = Delimiters.Append(" ").Select(d => (Delimiter: d, Cut: CutBy(file, d))).Where(c => c.Cut.Fields > 1).ToList();
        var separators = cuts.FindAll(c => c.Delimiter != " ");
        var even = separators.FindAll(c => c.Cut.Share >= NearlyAll);
        if (even.Count > 0) return even.MaxBy(c => c.Cut.Fields).Delimiter;

        string first = lines[0];
        var (_, spaces) = cuts.Find(c => c.Delimiter == " ");
        if (spaces.Fields > 1 && !separators.Exists(s => first.Contains(s.Delimiter, StringComparison.Ordinal)))
            return spaces.Share >= NearlyAll ? " " : IsItemLists(lines) ? null : " ";
        if (separators.Count > 0) return separators.MaxBy(c => c.Cut.Share).Delimiter;
        if (IsItemLists(lines)) return null;
        throw new InputException(
            $"{file.Path}: no delimiter was found in '{BrokenRows.Shorten(first)}'; name it with --delimiter, "
            + "or give CSV, JSON lines or Parquet.");
    }

    /// <returns>The most frequent number of fields, and the share of lines that have it.</returns>
    private static (int Fields, double Share) CutBy(SourceFile file, string delimiter)
    {
        var rows = Sample(file, new Dialect(delimiter, Quotes: true, Latin1: true));
        if (rows.Count == 0) return (0, 0);
        var most = rows.GroupBy(r => r.Length).MaxBy(g => g.Count())!;
        return (most.Key, most.Count() / (double)rows.Count);
    }

    /// <summary>Ids separated by spaces, of uneven number: most lines differ in length from most others.</summary>
    private static bool IsItemLists(List<string> lines)
    {
        var counts = lines.ConvertAll(l => l.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries).Length);
        return counts.Distinct().Count() > 1 && counts.Max() > 2 && counts.GroupBy(c => c).Max(g => g.Count()) <= 0.6 * counts.Count;
    }

    private static bool IsHeader(List<string[]> rows, IReadOnlyCollection<string> names)
    {
        var first = rows[0];
        if (first.Any(name => names.Contains(name.Trim()) || ColumnRoles.IsUsualName(name))) return true;
        if (rows.Count == 1 || first.Any(IsNumber)) return false;
        // Unknown words above numbers name them.
        return Enumerable.Range(0, first.Length).Any(n => rows.Skip(1).All(r => n < r.Length && IsNumber(r[n])));
    }

    private static bool IsNumber(string text) => double.TryParse(text, out _);

    private static Table JsonTable(SourceFile file, List<string> lines, bool latin1)
    {
        var columns = new Dictionary<string, TableColumn>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                AddColumns(columns, json.RootElement, "", "$", deeper: true);
            }
            // A broken line is reported with the rows; a name may be half of a surrogate pair.
            catch (Exception e) when (e is JsonException or InvalidOperationException) { }
        }
        if (columns.Count == 0)
            throw new InputException($"{file.Path} begins like JSON, but its first lines are not JSON objects, one a line.");
        return new(file, TableFormat.JsonLines, new("", false, latin1), 0, [.. columns.Values]);
    }

    /// <summary>Objects inside the object are taken apart, one level deep: <c>Labels.genre</c>.</summary>
    private static void AddColumns(Dictionary<string, TableColumn> columns, JsonElement element, string prefix, string path, bool deeper)
    {
        if (element.ValueKind != JsonValueKind.Object) return;
        foreach (var property in element.EnumerateObject())
        {
            if (property.Name.AsSpan().IndexOfAny('"', '\\', '*') >= 0) continue; // cannot be written as a path
            string name = prefix + property.Name, source = $"{path}.\"{property.Name}\"";
            if (deeper && property.Value.ValueKind == JsonValueKind.Object)
                AddColumns(columns, property.Value, $"{name}.", source, deeper: false);
            else columns.TryAdd(name, new(name, source));
        }
    }

    private static Table ParquetTable(DuckDbSession engine, SourceFile file)
    {
        try
        {
            var columns = engine.Rows($"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {Sql.Parquet(file.ReadPath)})")
                .Select(c => new TableColumn(c[0]!, TextOf(Sql.Identifier(c[0]!), c[1]!)));
            return new(file, TableFormat.Parquet, new("", false), 0, [.. columns]);
        }
        catch (EngineException e) { throw new InputException($"{file.Path} is not a readable Parquet file: {e.FirstLine}."); }
    }

    private static string TextOf(string column, string type) =>
        type.EndsWith(']') || type.StartsWith("STRUCT", StringComparison.Ordinal) || type.StartsWith("MAP", StringComparison.Ordinal)
            ? $"CAST(to_json({column}) AS VARCHAR)"
            : $"CAST({column} AS VARCHAR)";
}
