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
/// <param name="List">The list of the row that it holds, or is in; null where there is none.</param>
/// <param name="Path">In JSON, the names that lead to it.</param>
/// <param name="ListDepth">How many of them lead to the list.</param>
internal sealed record TableColumn(string Name, string Source, string? List = null, IReadOnlyList<string>? Path = null, int ListDepth = 0);

/// <summary>Makes rows of a record.</summary>
/// <returns>Rows with a field for each column of the table; null where the record is broken.</returns>
internal delegate IEnumerable<IReadOnlyList<string>>? ExpandRecord(long line, IReadOnlyList<string> fields);

/// <summary>A file of rows, and how to read them as text.</summary>
/// <param name="Skip">Lines before the header, or before the first row where there is none.</param>
/// <param name="HasHeader">Whether a line names the columns.</param>
internal sealed record Table(
    SourceFile File, TableFormat Format, Dialect Dialect, int Skip, bool HasHeader, IReadOnlyList<TableColumn> Columns)
{
    /// <summary>Separates fields in clean copies, and stands for a line end within a field there. Records with either are broken.</summary>
    public const char FieldSeparator = '\x1f', LineSeparator = '\x1e';

    /// <summary>What makes several rows of a record; null: each is one row.</summary>
    public ExpandRecord? Expand { get; init; }

    /// <summary>Fields of each record, where <see cref="Expand"/> needs a certain number.</summary>
    public int? Width { get; init; }

    /// <summary>Fields that a row must have: those behind them may be missing.</summary>
    public int Needed { get; init; } = int.MaxValue;

    /// <summary>A list of a Parquet file each of whose elements is a row.</summary>
    public string? Unnested { get; init; }

    /// <summary>Instead of what <see cref="Description"/> says otherwise.</summary>
    public string? Described { get; init; }

    public bool IsText => Format != TableFormat.Parquet;

    /// <summary>Lines before the first row.</summary>
    public int FirstLines => Skip + (HasHeader ? 1 : 0);

    /// <summary>For a person.</summary>
    public string Description => (Described ?? Format switch
    {
        TableFormat.JsonLines => "JSON lines",
        TableFormat.Parquet => "Parquet",
        _ => $"{Columns.Count} columns separated by {Dialect.DelimiterName}, {(HasHeader ? "with" : "without")} a header",
    }) + (Dialect.Quote == '\'' ? ", in single quotes" : "") + (Dialect.Escape != '\0' ? $", with {Dialect.Escape} before quotes" : "")
        + (File.Nature is null ? "" : $" ({File.Nature})");

    /// <summary>
    /// The rows as a relation: c1, c2, … as VARCHAR, and <c>malformed</c> where a row cannot be taken apart. Rows come in the order of
    /// the file.
    /// </summary>
    /// <param name="copy">A clean copy to read instead of the file.</param>
    public string Relation(string? copy = null) => Format switch
    {
        TableFormat.Parquet => $"(SELECT {Numbered((c, _) => c.Source)}, false AS malformed FROM {Parquet})",
        TableFormat.JsonLines when Expand is null => $$"""
            (SELECT {{Numbered((_, n) => $"fields[{n}]")}}, fields IS NULL AS malformed
             FROM (SELECT CASE WHEN json_valid(line) AND starts_with(ltrim(line), '{')
                               THEN json_extract_string(line, [{{Sql.List(Columns.Select(c => Sql.Literal(c.Source)))}}]) END AS fields
                   FROM {{Read(copy, ["line"])}}))
            """,
        _ => $"""
            (SELECT {Numbered((_, n) => copy is null ? $"c{n}" : $"replace(c{n}, chr({(int)LineSeparator}), chr(10))")}, false AS malformed
             FROM {Read(copy, [.. Columns.Select((_, n) => $"c{n + 1}")])})
            """,
    };

    /// <summary>Reads the rows with the engine: from the file where it is clean, otherwise from a clean copy.</summary>
    /// <param name="insert">Stores the rows of a relation.</param>
    /// <param name="inserted">How many rows it stored, which is checked against our own count of the lines.</param>
    /// <param name="isSound">Whether the rows that were stored are all as they should be, so that no closer look is needed.</param>
    /// <param name="undo">Takes away what was stored outside the engine; null: nothing was.</param>
    /// <returns>The copy, if one was needed.</returns>
    /// <exception cref="InputException">The engine cannot read it.</exception>
    public CleanCopy? Read(
        DuckDbSession engine, Action<string> insert, Func<long> inserted, Func<bool> isSound, CancellationToken cancellation,
        Action? undo = null)
    {
        try
        {
            if (!IsText) { insert(Relation()); return null; }
            if (IsPlain && TryClean(engine, insert, inserted, isSound)) return null;
            if (IsPlain) undo?.Invoke();
            var copy = CleanCopy.Of(this, engine.NewFile(), cancellation);
            insert(Relation(copy.Path));
            if (inserted() != copy.Lines)
                throw new InvalidOperationException($"{copy.Lines} clean rows of {File.Path} were read as {inserted()}.");
            return copy;
        }
        catch (EngineException e) { throw new InputException($"{File.Path} cannot be read: {e.FirstLine}."); }
    }

    /// <returns>Values of a column in the first rows; broken rows are left out.</returns>
    /// <exception cref="InputException">The engine cannot read them.</exception>
    public List<string> Sample(DuckDbSession engine, int column, int rows) => Sample(engine, $"c{column + 1}", rows);

    /// <param name="cell">SQL over the columns c1, c2, …</param>
    public List<string> Sample(DuckDbSession engine, string cell, int rows)
    {
        string? copy = IsText ? CleanCopy.Of(this, engine.NewFile(), CancellationToken.None, rows).Path : null;
        try
        {
            return engine.Rows($"SELECT {cell} FROM {Relation(copy)} LIMIT {rows}").ConvertAll(row => ColumnText.Trim(row[0] ?? ""));
        }
        catch (EngineException e) { throw new InputException($"{File.Path} cannot be read: {e.FirstLine}."); }
    }

    /// <summary>Stands for the relation of all rows in a query; see <see cref="Count"/>.</summary>
    public const string RelationMark = "{rows}";

    /// <returns>The one number that a query over all rows gives.</returns>
    /// <exception cref="InputException">The engine cannot read them.</exception>
    public long Count(DuckDbSession engine, string query, CancellationToken cancellation)
    {
        try
        {
            string? copy = IsText ? CleanCopy.Of(this, engine.NewFile(), cancellation).Path : null;
            return engine.Count(query.Replace(RelationMark, Relation(copy), StringComparison.Ordinal));
        }
        catch (EngineException e) { throw new InputException($"{File.Path} cannot be read: {e.FirstLine}."); }
    }

    /// <summary>The engine's own reader cuts it as ours does.</summary>
    private bool IsPlain => Expand is null && File.Survey!.IsClean && Dialect.Quote is '\0' or '"' && Dialect.Escape == '\0';

    /// <summary>All rows have the same number of fields, or nothing is inserted.</summary>
    private bool TryClean(DuckDbSession engine, Action<string> insert, Func<long> inserted, Func<bool> isSound)
    {
        engine.Execute("BEGIN");
        try
        {
            insert(Relation());
            bool all = inserted() == File.Survey!.Lines - FirstLines && (Format != TableFormat.Delimited || isSound());
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
        return Format == TableFormat.Parquet ? $"SELECT '', to_json(r) FROM {Parquet} r {one}"
            : copy is null ? $"SELECT '', line FROM {Read(null, ["line"], "")} {one}"
            : $"""
                SELECT split_part(line, {separator}, 1), substr(line, strpos(line, {separator}) + 1)
                FROM {Sql.Lines(copy, "none", ["line"], "")} {one}
                """;
    }

    /// <returns>An expression for each column, named c1, c2, …</returns>
    private string Numbered(Func<TableColumn, int, string> expression) =>
        Sql.List(Columns.Select((column, n) => $"{expression(column, n + 1)} AS c{n + 1}"));

    private string Parquet => Unnested is null ? Sql.Parquet(File.ReadPath) : $"""
        (SELECT * REPLACE (unnest(CASE WHEN len({Sql.Identifier(Unnested)}) > 0 THEN {Sql.Identifier(Unnested)} ELSE [NULL] END) AS {Sql.Identifier(Unnested)})
         FROM {Sql.Parquet(File.ReadPath)})
        """;

    private string Compression => File.IsGzip ? "gzip" : "none";

    private string Read(string? copy, IReadOnlyList<string> names, string? delimiter = null) => copy is null
        ? Sql.Lines(File.ReadPath, Compression, names, delimiter ?? Dialect.Delimiter, FirstLines)
        : Sql.Lines(copy, "none", ["number", .. names], FieldSeparator.ToString());
}
