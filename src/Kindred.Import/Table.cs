namespace Kindred.Import;

/// <summary>The four ways in which rows stand in files.</summary>
internal enum TableFormat
{
    /// <summary>Fields of equal number in every line.</summary>
    Delimited,

    /// <summary>A user and any number of items in every line: <c>user item item …</c>.</summary>
    ItemLists,

    /// <summary>A JSON object in every line.</summary>
    JsonLines,

    Parquet,
}

/// <summary>A column of a file.</summary>
/// <param name="Source">How the engine finds its text: a JSON path, or an expression over the file's own column.</param>
internal sealed record TableColumn(string Name, string Source);

/// <summary>A file of rows, and how to read them as text.</summary>
/// <param name="Header">Lines before the first row: 0 or 1.</param>
internal sealed record Table(SourceFile File, TableFormat Format, Dialect Dialect, int Header, IReadOnlyList<TableColumn> Columns)
{
    /// <summary>Separates fields in clean copies, and stands for a line end within a field there. Records with either are broken.</summary>
    public const char FieldSeparator = '\x1f', LineSeparator = '\x1e';

    public bool IsText => Format != TableFormat.Parquet;

    /// <summary>For a person.</summary>
    public string Description => Format switch
    {
        TableFormat.ItemLists => "lines 'user item item …'",
        TableFormat.JsonLines => "JSON lines",
        TableFormat.Parquet => "Parquet",
        _ => $"{Columns.Count} columns separated by {DelimiterName}, {(Header == 1 ? "with" : "without")} a header",
    };

    private string DelimiterName => Dialect.Delimiter switch
    {
        "\t" => "tab",
        " " => "space",
        "," => "comma",
        ";" => "semicolon",
        _ => $"'{Dialect.Delimiter}'",
    };

    /// <summary>
    /// The rows as a relation: c1, c2, … as VARCHAR, and <c>malformed</c> where a row cannot be taken apart. Rows come in the order of
    /// the file.
    /// </summary>
    /// <param name="copy">A clean copy to read instead of the file.</param>
    public string Relation(string? copy = null) => Format switch
    {
        TableFormat.Parquet => $"(SELECT {Numbered((c, _) => c.Source)}, false AS malformed FROM {Sql.Parquet(File.ReadPath)})",
        TableFormat.JsonLines => $$"""
            (SELECT {{Numbered((_, n) => $"fields[{n}]")}}, fields IS NULL AS malformed
             FROM (SELECT CASE WHEN json_valid(line) AND starts_with(ltrim(line), '{')
                               THEN json_extract_string(line, [{{Sql.List(Columns.Select(c => Sql.Literal(c.Source)))}}]) END AS fields
                   FROM {{Read(copy, ["line"])}}))
            """,
        TableFormat.ItemLists => $"""
            (SELECT tokens[1] AS c1, unnest(tokens[2:]) AS c2, false AS malformed
             FROM (SELECT list_filter(string_split(translate(line, e'\t\r', '  '), ' '), lambda token: token <> '') AS tokens
                   FROM {Read(copy, ["line"])}))
            """,
        _ => $"""
            (SELECT {Numbered((_, n) => copy is null ? $"c{n}" : $"replace(c{n}, chr({(int)LineSeparator}), chr(10))")}, false AS malformed
             FROM {Read(copy, [.. Columns.Select((_, n) => $"c{n + 1}")])})
            """,
    };

    /// <summary>Reads the rows with the engine: from the file where it is clean, otherwise from a clean copy.</summary>
    /// <param name="insert">Stores the rows of a relation.</param>
    /// <param name="inserted">How many rows it stored, which is checked against our own count of the lines.</param>
    /// <returns>The copy, if one was needed.</returns>
    /// <exception cref="InputException">The engine cannot read it.</exception>
    public CleanCopy? Read(DuckDbSession engine, Action<string> insert, Func<long> inserted, CancellationToken cancellation)
    {
        try
        {
            if (!IsText) { insert(Relation()); return null; }
            if (File.Survey!.IsClean && TryClean(engine, insert, inserted)) return null;
            var copy = CleanCopy.Of(this, engine.NewFile(), cancellation);
            insert(Relation(copy.Path));
            if (Format != TableFormat.ItemLists && inserted() != copy.Lines)
                throw new InvalidOperationException($"{copy.Lines} clean rows of {File.Path} were read as {inserted()}.");
            return copy;
        }
        catch (EngineException e) { throw new InputException($"{File.Path} cannot be read: {e.FirstLine}."); }
    }

    /// <returns>Values of a column in the first rows; broken rows are left out.</returns>
    /// <exception cref="InputException">The engine cannot read them.</exception>
    public List<string?> Sample(DuckDbSession engine, int column, int rows)
    {
        string? copy = IsText ? CleanCopy.Of(this, engine.NewFile(), CancellationToken.None, rows).Path : null;
        try { return engine.Rows($"SELECT c{column + 1} FROM {Relation(copy)} LIMIT {rows}").ConvertAll(row => row[0]); }
        catch (EngineException e) { throw new InputException($"{File.Path} cannot be read: {e.FirstLine}."); }
    }

    /// <summary>All rows have the same number of fields, or nothing is inserted.</summary>
    private bool TryClean(DuckDbSession engine, Action<string> insert, Func<long> inserted)
    {
        engine.Execute("BEGIN");
        try
        {
            insert(Relation());
            bool all = Format == TableFormat.ItemLists || inserted() == File.Survey!.Lines - Header;
            engine.Execute(all ? "COMMIT" : "ROLLBACK");
            return all;
        }
        catch (EngineException)
        {
            engine.Execute("ROLLBACK");
            return false;
        }
    }

    /// <returns>A relation of the numbered row as it stands in the file, and of its line number where it is a copy's.</returns>
    /// <param name="position">0-based, among the rows that the engine read.</param>
    public string RowAt(long position, string? copy)
    {
        string separator = $"chr({(int)FieldSeparator})";
        string one = $"LIMIT 1 OFFSET {position}";
        return Format == TableFormat.Parquet ? $"SELECT '', to_json(r) FROM {Sql.Parquet(File.ReadPath)} r {one}"
            : copy is null ? $"SELECT '', line FROM {Read(null, ["line"], "")} {one}"
            : $"""
                SELECT split_part(line, {separator}, 1), substr(line, strpos(line, {separator}) + 1)
                FROM {Sql.Lines(copy, "none", ["line"], "")} {one}
                """;
    }

    /// <returns>An expression for each column, named c1, c2, …</returns>
    private string Numbered(Func<TableColumn, int, string> expression) =>
        Sql.List(Columns.Select((column, n) => $"{expression(column, n + 1)} AS c{n + 1}"));

    private string Compression => File.IsGzip ? "gzip" : "none";

    private string Read(string? copy, IReadOnlyList<string> names, string? delimiter = null) => copy is null
        ? Sql.Lines(File.ReadPath, Compression, names, delimiter ?? Dialect.Delimiter, Header == 1)
        : Sql.Lines(copy, "none", ["number", .. names], FieldSeparator.ToString());
}
