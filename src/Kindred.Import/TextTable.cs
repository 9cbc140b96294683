namespace Kindred.Import;

/// <summary>How people write what cells hold, where cells alone cannot tell; null: as they tell.</summary>
/// <param name="Time">As <see cref="ImportOptions.TimeFormat"/>.</param>
/// <param name="DecimalPoint">As <see cref="ImportOptions.DecimalPoint"/>.</param>
internal sealed record CellForms(string? Time = null, char? DecimalPoint = null);

/// <summary>
/// A table of any kind that imports read — delimited text, JSON lines, Parquet, Excel, compressed, from a pipe or a database — as named
/// columns of text, and the SQL of what their cells say.
/// </summary>
internal sealed class TextTable
{
    private const int SampleRows = 1000;

    private static readonly string Nothing = Sql.List(NullWords.All.Select(Sql.Literal));

    private readonly DuckDbSession _engine;
    private readonly Table _table;
    private readonly CellForms _forms;
    private readonly CancellationToken _cancellation;

    private TextTable(DuckDbSession engine, string path, Table table, CellForms forms, CancellationToken cancellation)
    {
        (_engine, Path, _table, _forms, _cancellation) = (engine, path, table, forms, cancellation);
        Columns = [.. table.Columns.Select(column => column.Name)];
    }

    /// <summary>As the caller wrote it.</summary>
    public string Path { get; }

    /// <summary>Names, as they are written.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>All names, for a sentence.</summary>
    public string Names => string.Join(", ", Columns.Take(30)) + (Columns.Count > 30 ? ", …" : "");

    /// <param name="names">Columns that are expected: a first line that holds one is a header.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static TextTable Open(
        DuckDbSession engine, string path, IReadOnlyCollection<string> names, CellForms forms, CancellationToken cancellation)
    {
        var reading = new Reading(names) { Shape = TableShape.Events };
        var table = Sniffer.Look(engine, SourceFile.Open(engine, path, reading, cancellation), reading);
        return table.IsText && table.Format == TableFormat.Delimited && !table.HasHeader
            ? throw new InputException($"{path} has no header; its first line must name the columns.")
            : new(engine, path, table, forms, cancellation);
    }

    /// <returns>SQL: the text of a column's cell; NULL where it is empty.</returns>
    public static string Text(int column) => $"nullif({Sql.Trimmed($"c{column + 1}")}, '')";

    /// <returns>SQL: as <see cref="Text"/>; NULL too where it is a word for nothing, such as NaN.</returns>
    public static string Cell(int column) => $"(CASE WHEN {Text(column)} NOT IN ({Nothing}) THEN {Text(column)} END)";

    /// <returns>The first column that has one of the usual names, whatever its case and signs; null where none has.</returns>
    public int? Find(IReadOnlyList<string> usual, Func<int, bool>? allowed = null) => ColumnNames.Find(_table.Columns, usual, allowed);

    /// <returns>The column that a person named; null where there is none.</returns>
    public int? WithName(string name)
    {
        string plain = ColumnNames.Normalize(name);
        int exact = Columns.ToList().FindIndex(column => column == name);
        int alike = exact >= 0 ? exact : Columns.ToList().FindIndex(column => ColumnNames.Normalize(column) == plain);
        return alike < 0 ? null : alike;
    }

    /// <returns>As <see cref="WithName"/>.</returns>
    /// <exception cref="InputException">There is none of that name.</exception>
    public int Named(string name) =>
        WithName(name) ?? throw new InputException($"{Path} has no column {name}; it has {Names}.");

    /// <summary>How times can be written, to end a sentence about one that cannot be read.</summary>
    public const string TimeForms = "Write all times in one form, such as 2026-01-31T18:30:00Z, an offset as +02:00 and not as GMT+2, or "
        + "say theirs with --time-format";

    /// <returns>SQL: UTC Unix milliseconds as BIGINT; NULL where the cell is no time.</returns>
    /// <exception cref="InputException">It cannot be seen how times are written.</exception>
    public string Milliseconds(int column)
    {
        string cell = Cell(column);
        var format = _forms.Time is { } name ? TimeFormat.Named(name) : TimeFormat.Find(_engine, Sample(column), expression => _table.Count(
            _engine, $"SELECT count({expression}) FROM (SELECT {cell} AS cell FROM {Table.RelationMark})", _cancellation));
        return $"({format.Milliseconds(cell, $"TRY_CAST({cell} AS DOUBLE)")})::BIGINT";
    }

    /// <returns>Whether its first cells are times that are not written as numbers.</returns>
    public bool HoldsTimes(int column) => TimeFormat.AreTimes(_engine, Sample(column));

    /// <returns>SQL: a finite DOUBLE; NULL where the cell is none.</returns>
    /// <exception cref="InputException">It cannot be seen how numbers are written.</exception>
    public string Number(int column) => Finite(FormatOf(column).NumberAs(Cell(column), "DOUBLE"));

    /// <returns>SQL: as <see cref="Number"/>; 5 % is .05.</returns>
    /// <exception cref="InputException">It cannot be seen how numbers are written.</exception>
    public string Share(int column) => $"({Number(column)} / CASE WHEN ends_with({Cell(column)}, '%') THEN 100 ELSE 1 END)";

    /// <returns>As <see cref="Number"/>; null where the first cells are texts, or there are none.</returns>
    public string? NumberOrNull(int column)
    {
        var sample = Sample(column);
        var format = FormatOf(column);
        return sample.Count > 0 && sample.All(cell => format.Parse(cell) is null) ? null
            : Finite(format.NumberAs(Cell(column), "DOUBLE"));
    }

    /// <summary>Makes a table of the engine.</summary>
    /// <param name="select">SQL over the cells.</param>
    /// <exception cref="InputException">A row is broken.</exception>
    public void Load(string name, string select)
    {
        _engine.Execute($"CREATE OR REPLACE TABLE {name} AS SELECT {select} FROM "
            + $"(SELECT {Sql.List(Columns.Select((_, n) => $"NULL::VARCHAR AS c{n + 1}"))}) WHERE false");
        var copy = _table.Read(_engine, relation => _engine.Execute($"INSERT INTO {name} SELECT {select} FROM {relation}"),
            () => _engine.Count($"SELECT count(*) FROM {name}"), () => true, _cancellation);
        if (copy is not { Broken.Count: > 0 and var broken }) return;
        throw new InputException(broken == 1 ? $"{copy.Broken.First[0]}; mend the file."
            : $"{copy.Broken.First[0]}; mend the file, which has {broken:N0} such rows.");
    }

    /// <summary>Hands out the rows, one after another: 1-based number, and what the SQL of each cell gives, as text.</summary>
    public void ForEach(IReadOnlyList<string> cells, Action<long, string?[]> row)
    {
        Load("rows", Sql.List(cells.Select((cell, n) => $"({cell})::VARCHAR AS v{n}")));
        long number = 0;
        var values = new string?[cells.Count];
        _engine.ForEachChunk("SELECT * FROM rows ORDER BY rowid", chunk =>
        {
            for (int n = 0; n < chunk.Count; n++)
            {
                for (int column = 0; column < values.Length; column++) values[column] = chunk.Text(column, n);
                row(++number, values);
            }
        });
    }

    private static string Finite(string number) => $"(CASE WHEN isfinite({number}) THEN {number} END)";

    private ValueFormat FormatOf(int column)
    {
        try
        {
            var sample = Sample(column);
            if (ValueFormat.Currencies(sample) is { Length: > 1 } several)
                throw new InputException($"Values are in several currencies, {string.Join(" and ", several)}; convert them to one.");
            return ValueFormat.Find(sample, _forms.DecimalPoint);
        }
        catch (InputException error)
        {
            throw new InputException($"{Path}, column {Columns[column]}: {error.Message}", error);
        }
    }

    private List<string> Sample(int column) =>
        _table.Sample(_engine, column, SampleRows).FindAll(cell => !NullWords.Are(cell));
}
