using Kindred.Storage;

namespace Kindred.Import;

/// <summary>
/// A table of any kind that imports read — delimited text, JSON lines, Parquet, Excel, compressed, from a pipe or a database — as named
/// columns of text. Its rows come in the order of the file.
/// </summary>
internal sealed class TextTable : IDisposable
{
    private readonly DuckDbSession _engine;

    private TextTable(DuckDbSession engine, string path, IReadOnlyList<string> columns)
    {
        (_engine, Path, Columns) = (engine, path, columns);
    }

    /// <summary>As the caller wrote it.</summary>
    public string Path { get; }

    /// <summary>Names, as they are written.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <param name="names">Columns that are expected: a first line that holds one is a header.</param>
    /// <exception cref="InputException">The file cannot be read, or one of its rows is broken.</exception>
    public static TextTable Open(string path, IReadOnlyCollection<string> names, CancellationToken cancellation) => Importer.Guarded(() =>
    {
        var engine = new DuckDbSession(DraftFolder.Temporary(), cancellation);
        try
        {
            var reading = new Reading(names) { Shape = TableShape.Events };
            var table = Sniffer.Look(engine, SourceFile.Open(engine, path, reading, cancellation), reading);
            if (table.IsText && table.Format == TableFormat.Delimited && !table.HasHeader)
                throw new InputException($"{path} has no header; its first line must name the columns.");
            string empty = Sql.List(table.Columns.Select((_, n) => $"NULL::VARCHAR AS c{n + 1}"));
            engine.Execute($"CREATE TABLE cells AS SELECT {empty} WHERE false");
            string cells = Sql.List(table.Columns.Select((_, n) => $"nullif({Sql.Trimmed($"c{n + 1}")}, '')"));
            var copy = table.Read(engine,
                relation => engine.Execute($"INSERT INTO cells SELECT {cells} FROM {relation}"),
                () => engine.Count("SELECT count(*) FROM cells"), () => true, cancellation);
            if (copy is { Broken.Count: > 0 }) throw new InputException($"{copy.Broken.First[0]}; mend the file.");
            return new TextTable(engine, path, [.. table.Columns.Select(column => column.Name)]);
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    });

    /// <returns>The index of the first of the names that is a column, whatever its case, spaces and signs; null where none is.</returns>
    public int? Find(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            for (int column = 0; column < Columns.Count; column++)
                if (Plain(Columns[column]) == Plain(name)) return column;
        }
        return null;
    }

    /// <returns>The index of a column that a person named.</returns>
    /// <exception cref="InputException">There is none of that name.</exception>
    public int Named(string name) => Find(name) ?? throw new InputException(
        $"{Path} has no column {name}; it has {string.Join(", ", Columns.Take(30))}.");

    /// <summary>Hands out the rows, one after another: 1-based number, and the cells of the columns, null where empty.</summary>
    public void ForEach(IReadOnlyList<int> columns, Action<long, string?[]> row) => Importer.Guarded(() =>
    {
        long number = 0;
        var cells = new string?[columns.Count];
        _engine.ForEachChunk($"SELECT {Sql.List(columns.Select(column => $"c{column + 1}"))} FROM cells ORDER BY rowid", chunk =>
        {
            for (int n = 0; n < chunk.Count; n++)
            {
                for (int column = 0; column < cells.Length; column++) cells[column] = chunk.Text(column, n);
                row(++number, cells);
            }
        });
        return number;
    });

    public void Dispose() => _engine.Dispose();

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
