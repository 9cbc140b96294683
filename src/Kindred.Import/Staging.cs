namespace Kindred.Import;

/// <summary>Event files, read into the table <c>rows</c> one after another, and which rows came from where.</summary>
internal sealed class Staging(DuckDbSession engine, EventSources sources, CancellationToken cancellation)
{
    private readonly List<Part> _parts = [];
    private long _before; // rows of earlier imports, which come first

    /// <summary>One file's rows [First, End) of the table.</summary>
    /// <param name="Copy">The clean copy that was read instead, or null.</param>
    private sealed record Part(Table Table, CleanCopy? Copy, long First, long End);

    /// <summary>Rows in the table.</summary>
    public long Staged => _parts.Count == 0 ? _before : _parts[^1].End;

    /// <summary>Rows of all files, broken ones too.</summary>
    public long Read => Staged - _before + BrokenCount;

    public long BrokenCount => _parts.Sum(p => p.Copy?.Broken.Count ?? 0);

    /// <summary>Rows of nothing but delimiters.</summary>
    public long BlankCount => _parts.Sum(p => p.Copy?.Blank ?? 0);

    /// <summary>Rows that are the header again.</summary>
    public long HeaderCount => _parts.Sum(p => p.Copy?.Headers ?? 0);

    /// <summary>Takes the rows of a data folder, before any file is read.</summary>
    public void Load(DataFolder data)
    {
        string copy = engine.NewFile();
        _before = StoredRows.CopyTo(copy, data);
        engine.Execute(RowRules.CreateTable);
        StoredRows.Stage(engine, copy);
        File.Delete(copy);
    }

    /// <summary>Reads the numbered file.</summary>
    public void Load(int file)
    {
        var (table, roles) = (sources.Tables[file], sources.Roles[file]);
        if (Staged == 0) engine.Execute(RowRules.CreateTable.Replace("CREATE", "CREATE OR REPLACE", StringComparison.Ordinal));
        long first = Staged;
        // Where there is a value or a time, its name in a later header breaks a rule.
        string header = table.HasHeader && roles is { Value: null, Time: null }
            ? $"\"user\" = {Sql.Literal(table.Columns[roles.User].Name)} AND item = {Sql.Literal(table.Columns[roles.Item].Name)}"
                : "false";
        // JSON writes any character in ASCII.
        bool isAscii = table is { Format: TableFormat.Delimited, File.Survey.IsAscii: true };
        bool isText = table is { Format: TableFormat.Delimited, File.Survey.IsAscii: false };
        // A row that breaks a rule may be a blank one or the header again, which a closer look tells.
        var copy = table.Read(engine, relation => engine.Execute(sources.Rules.Stage(relation, roles, isAscii, isText)),
            () => engine.Count("SELECT count(*) FROM rows") - first,
            () => engine.Count($"SELECT count(*) FROM rows WHERE rowid >= {first} AND (reason BETWEEN 1 AND {RowRules.FirstFilter - 1} " +
                $"OR ({header}))") == 0,
            cancellation);
        _parts.Add(new(table, copy, first, engine.Count("SELECT count(*) FROM rows")));
    }

    /// <summary>Rows that break a rule, of all files.</summary>
    public long InvalidCount =>
        BrokenCount + engine.Count($"SELECT count(*) FROM rows WHERE reason BETWEEN 1 AND {RowRules.FirstFilter - 1}");

    /// <summary>Valid rows that the event weights leave out.</summary>
    public long FilteredCount => engine.Count($"SELECT count(*) FROM rows WHERE reason >= {RowRules.FirstFilter}");

    /// <returns>Reasons and how many rows each rejected.</returns>
    public IEnumerable<ReasonCount> Reasons()
    {
        var broken = _parts.SelectMany(p => p.Copy?.Broken.Counts ?? new Dictionary<string, long>());
        var judged = engine.Rows("SELECT reason, count(*) FROM rows WHERE reason <> 0 GROUP BY reason")
            .Select(r => KeyValuePair.Create(sources.Rules.Sentence(int.Parse(r[0]!)), long.Parse(r[1]!)));
        return broken.Concat(judged).GroupBy(r => r.Key).Select(g => new ReasonCount(g.Key, g.Sum(r => r.Value)));
    }

    /// <returns>The first rows that break a rule, in the order of the files.</returns>
    public IReadOnlyList<RejectedRow> FirstInvalid()
    {
        var judged = engine.Rows($"""
            SELECT rowid, reason FROM rows WHERE reason BETWEEN 1 AND {RowRules.FirstFilter - 1} ORDER BY rowid LIMIT {BrokenRows.Shown}
            """).ConvertAll(r => (Row: long.Parse(r[0]!), Reason: sources.Rules.Sentence(int.Parse(r[1]!))));
        var all = new List<RejectedRow>();
        foreach (var part in _parts)
        {
            var here = judged.Where(j => j.Row >= part.First && j.Row < part.End).Select(j => Locate(part, j.Row - part.First, j.Reason));
            all.AddRange(here.Concat(part.Copy?.Broken.First ?? []).OrderBy(r => r.Line));
        }
        return all.Count > BrokenRows.Shown ? all[..BrokenRows.Shown] : all;
    }

    private RejectedRow Locate(Part part, long position, string reason)
    {
        var row = engine.Rows(part.Table.RowAt(position, part.Copy?.Path))[0];
        long line = part.Copy is null ? position + part.Table.FirstLines + 1 : long.Parse(row[0]!);
        string text = (row[1] ?? "").Replace(
            Table.FieldSeparator.ToString(), part.Table.Dialect.Delimiter is { Length: > 0 } delimiter ? delimiter : " ",
            StringComparison.Ordinal);
        return new(part.Table.File.Name, line, reason, BrokenRows.Shorten(text));
    }
}
