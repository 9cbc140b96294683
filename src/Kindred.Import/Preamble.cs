namespace Kindred.Import;

/// <summary>What stands before the rows: comments, <c>sep=;</c>, a title.</summary>
/// <param name="Lines">Lines to skip.</param>
/// <param name="Delimiter">That the header or <c>sep=</c> tells; null where neither does.</param>
/// <param name="IsHeader">Whether the next line names users and items.</param>
internal sealed record Preamble(int Lines, string? Delimiter, bool IsHeader)
{
    private const int LinesLookedAt = 30;
    private const string Separator = "sep=";

    // Characters that stand inside names and values.
    private const string NoDelimiters = "_-.\"' #@:/()[]{}";

    public static Preamble Of(SourceFile file, Reading reading, bool latin1)
    {
        var lines = new List<(int Line, string Text)>();
        using (var reader = new RecordReader(file.OpenText(), Dialect.Lines with { Latin1 = latin1 }, reading.SkipLines))
        {
            while (lines.Count < LinesLookedAt && reader.Read())
                if (reader.Fault is null)
                    lines.Add(((int)reader.Line, System.Text.Encoding.UTF8.GetString(reader.Field(0)).TrimStart('\uFEFF')));
        }
        int skip = reading.SkipLines;
        string? delimiter = null;
        int first = 0;
        if (skip == 0 && lines.Count > 1 && lines[0].Text.StartsWith(Separator, StringComparison.OrdinalIgnoreCase)
            && lines[0].Text.TrimEnd()[Separator.Length..] is { Length: > 0 and <= 2 } named)
            (skip, delimiter, first) = (lines[0].Line, Dialect.Characters(named), 1);

        if (reading.Header != false)
        {
            var candidates = skip > 0 && reading.SkipLines > 0 ? lines.Take(1) : lines.Skip(first);
            foreach (var (line, text) in candidates)
                if ((reading.Delimiter ?? delimiter ?? DelimiterOfHeader(text)) is { } found && IsHeaderLine(text, found, reading.Names))
                    return new(line - 1, found, true);
        }
        // Comments: a first column may be called #user_id, and that has been looked for.
        while (reading.SkipLines == 0 && first < lines.Count - 1 && lines[first].Text.StartsWith('#')) skip = lines[first++].Line;
        return new(skip, delimiter, false);
    }

    private static bool IsHeaderLine(string text, string delimiter, IReadOnlyCollection<string> names)
    {
        var fields = text.Split(delimiter).Select(f => f.Trim().Trim('"', '\'')).ToList();
        return fields.Count > 1 && !fields.Exists(f => double.TryParse(f, System.Globalization.CultureInfo.InvariantCulture, out _))
            && (fields.Count(names.Contains) > 1 || ColumnNames.NamesRoles(fields));
    }

    /// <returns>The delimiter that cuts the line into usual names, the largest number of them; null where none does.</returns>
    private static string? DelimiterOfHeader(string text) =>
        text.Where(c => !char.IsLetterOrDigit(c) && !NoDelimiters.Contains(c)).Distinct().Select(c => c.ToString())
            .Concat(text.Contains("::", StringComparison.Ordinal) ? ["::"] : [])
            .Concat(text.Contains(' ') ? [" "] : [])
            .Where(d => ColumnNames.NamesRoles(text.Split(d).Select(f => f.Trim().Trim('"', '\''))))
            .OrderByDescending(d => d == " " ? 0 : text.Split(d).Length).FirstOrDefault();
}
