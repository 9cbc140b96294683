using Kindred.Data;

namespace Kindred.Import;

/// <summary>A table about items or users.</summary>
/// <param name="Flags">Name of the labels that columns of 0 and 1 stand for, each named <c>flags=label</c>; null where there are
/// none.</param>
internal sealed record AttributeFile(Table Table, string? Flags = null)
{
    /// <summary>Position of the column with the ids.</summary>
    public int Id { get; init; }
}

/// <summary>Joins tables about items or users to the ids of the events.</summary>
internal sealed class Attributes(
    DuckDbSession engine, ImportOptions options, EventSources sources, List<string> notes, List<string> warnings,
    CancellationToken cancellation)
{
    private const double Few = 0.1;

    private readonly List<Part> _parts = [];

    /// <summary>SQL: whether a row says which one it is about.</summary>
    private string IsNamed =>
        $"coalesce(a.id, '') <> '' AND a.id NOT IN ({Sql.List(NullWords.All.Concat(options.Null).Select(Sql.Literal))})";

    private string Alike => options.FoldIds ? IdForms.AreAlike("a.id", "d.id") : "a.id = d.id";

    /// <summary>One file's rows [First, End) of the table.</summary>
    private sealed record Part(Table Table, CleanCopy? Copy, long First, long End);

    /// <param name="ofUsers">Whether the tables are about users.</param>
    /// <param name="index">[codes]: code in the dictionary → index in the data folder, −1 where gone.</param>
    /// <param name="count">Users or items in the data folder.</param>
    /// <param name="others">Gets the ids that no event names, whose rows come after the others; null: they are left out.</param>
    /// <exception cref="InputException">No id column, or broken rows that the policy does not skip.</exception>
    public Catalog Join(IReadOnlyList<AttributeFile> files, bool ofUsers, int[] index, int count, List<string>? others = null)
    {
        if (files.Count == 0) return Catalog.Empty(count);
        string what = ofUsers ? "users" : "items"; // the dictionary's name, too
        engine.Execute($"CREATE OR REPLACE TEMP TABLE known AS SELECT id, code FROM {what} UNION SELECT name, code FROM {what}");
        files = [.. files.Select(f => f with { Id = IdColumn(f, ofUsers) })];
        var names = files.SelectMany(f => Used(f).Select(c => c.Name)).Distinct(StringComparer.Ordinal).ToList();
        if (names.Count == 0)
            throw new InputException($"{files[0].Table.File.Path} has no column beside the id; there is nothing to join.");
        engine.Execute($"CREATE OR REPLACE TABLE attributes (id VARCHAR, {Sql.List(names.Select((_, n) => $"a{n} VARCHAR"))})");
        foreach (var file in files) Stage(file, names);
        long rows = engine.Count("SELECT count(*) FROM attributes"),
            named = engine.Count($"SELECT count(*) FROM attributes a WHERE {IsNamed}");
        if (named > 0 && IdForms.Of(engine, "attributes", what[..^1], fold: false) is (var id, { } note))
        {
            engine.Execute($"UPDATE attributes SET id = {id}");
            notes.Add($"{files[0].Table.File.Name}: {note}");
        }
        if (options.FoldIds)
        {
            var (alike, _) = IdForms.Of(engine, "attributes", what[..^1], fold: true);
            engine.Execute($"CREATE OR REPLACE TEMP TABLE alike AS SELECT rowid AS at, {alike} AS id FROM attributes");
            engine.Execute("UPDATE attributes SET id = alike.id FROM alike WHERE attributes.rowid = alike.at");
        }
        var places = others is null ? null : Others(count);
        others?.AddRange(places!.Keys);
        count += places?.Count ?? 0;

        var values = names.ConvertAll(_ => new string?[count]);
        var ids = new string?[count];
        var conflicts = new Dictionary<int, string>(); // index → a column in which its rows differ
        long known = 0, filtered = 0;
        // In the order of the files: of several rows with one id the last counts.
        string joined = $"""
            SELECT coalesce(d.code, -1), a.id, {Sql.List(names.Select((_, n) => $"a{n}"))}
            FROM attributes a {(others is null ? "" : "LEFT ")}JOIN known d ON {Alike} WHERE {IsNamed} ORDER BY a.rowid
            """;
        engine.ForEachChunk(joined, chunk =>
        {
            var codes = chunk.Column<int>(0);
            for (int row = 0; row < chunk.Count; row++)
            {
                int at = codes[row] < 0 ? -1 : index[codes[row]];
                if (at >= 0) known++;
                else if (codes[row] >= 0 && ++filtered > 0) continue; // filters left it out
                else if (places is null || !places.TryGetValue(chunk.Text(1, row) ?? "", out at)) continue;
                ids[at] ??= chunk.Text(1, row);
                for (int n = 0; n < names.Count; n++)
                {
                    if (chunk.Text(n + 2, row) is not { Length: > 0 } text) continue;
                    if (values[n][at] is { } earlier && earlier != text) conflicts.TryAdd(at, names[n]);
                    values[n][at] = text;
                }
            }
        });
        var columns = new AttributeColumns(count)
        {
            Title = ofUsers ? null : options.Title,
            LabelSeparator = options.LabelSeparator,
            DecimalPoint = options.DecimalPoint,
            Null = options.Null,
        };
        // A column of years goes before the titles that years are otherwise taken from.
        foreach (int n in Enumerable.Range(0, names.Count).OrderBy(n => names[n] != "year")) columns.Add(names[n], values[n]);
        columns.ChooseTitle();

        if (columns.Describe().ToArray() is { Length: > 0 } described) notes.Add($"Attributes of {what}: {string.Join(", ", described)}.");
        notes.AddRange(columns.Notes);
        string table = files[0].Table.File.Path, column = files[0].Table.Columns[files[0].Id].Name;
        string another = ofUsers ? "rename the right one to user_id." : "--item-id names another.";
        int covered = ids.Count(i => i is not null);
        if (rows > named)
            warnings.Add($"{rows - named} of {rows} rows of {table} have no id in its column {column}, or a word for a missing value "
                + "(NULL, NaN, NA or the like); they are left out.");
        if (rows == 0) warnings.Add($"{table} has no row below its header.");
        else if (known == 0 && others is { Count: > 0 })
            warnings.Add($"None of the {named} rows of {table} is about {what} of the events, so that each is kept as a new one. If its "
                + $"column {column} does not have the ids, {another}{WrittenOtherwise()}");
        else if (known == 0 && named > 0)
            warnings.Add($"None of the {named} rows of {table} is about {what} of the events: its column {column} was taken for the "
                + $"ids; {another}"
                + WrittenOtherwise());
        else if (others is null && covered < Few * count && named - known > named / 2)
            warnings.Add($"Only {covered} of {count} {what} have a row in {table}: its column {column} was taken for the ids; "
                + $"{another}{WrittenOtherwise()}");
        else
        {
            foreach (string name in columns.LabelsOfWords)
                warnings.Add($"{name} of {table} seems to hold several labels in a cell, with spaces between them: --label-separator ' ' "
                    + "takes them apart, --label-separator none says that each cell is one.");
            foreach (string name in columns.LabelForEach.Except(columns.LabelsOfWords))
                warnings.Add($"{name} of {table} has another label for each of the {what}: --label-separator says what separates " +
                    $"labels, if there are several.");
        }
        string one = ofUsers ? "user" : "item";
        foreach (var bad in columns.BadCells)
            warnings.Add($"{bad.Column} is a {bad.What} in {bad.Known - bad.Bad} of {bad.Known} rows, but '{bad.Text}' in "
                + $"{PlaceOf(names.IndexOf(bad.Column), bad.Text, ids[bad.Row]!)} ({one} {ids[bad.Row]}) is none{(bad.Bad > 1 ? $" "
                    + $"(nor are {bad.Bad - 1} others)" : "")}: such cells are left empty; mend them"
                + (ItemCells.IsList(bad.Text) || VectorText.Are(bad.Column, bad.Text) ? "."
                    : $", or say with --null '{bad.Text}' that it means none."));
        if (conflicts.Count > 0)
        {
            var (first, differing) = conflicts.First();
            warnings.Add($"{conflicts.Count} of the {what} have several rows in {string.Join(", ", files.Select(f => f.Table.File.Path))} "
                + $"that differ, such as {ids[first]} in {differing}: the last row counts; keep one for each.");
        }
        if (filtered > 0)
            notes.Add($"{filtered} of {rows} attribute rows are about {what} whose events filters left out; they are left out, too.");
        if (known > 0 && named - filtered > known && others is null)
            notes.Add($"{named - filtered - known} of {rows} attribute rows are about {what} without events; they are left out. "
                + "To keep them, so that models that read attributes find them, give --keep-without-events.");
        if (others is { Count: > 0 } && options.KeepWithoutEvents)
            notes.Add($"{others.Count} {(others.Count == 1 ? one : what)} without events {(others.Count == 1 ? "is" : "are")} kept.");
        return columns.ToCatalog();
    }

    /// <returns>A sentence where ids match that are only written otherwise.</returns>
    private string WrittenOtherwise()
    {
        var alike = options.FoldIds ? [] : engine.Rows(
            $"SELECT a.id, d.id FROM attributes a JOIN known d ON {IdForms.AreAlike("a.id", "d.id")} WHERE a.id <> d.id ORDER BY "
                + $"a.rowid LIMIT 1");
        return alike.Count == 0 ? "" : $" Or are its ids only written otherwise, such as {alike[0][0]} for {alike[0][1]}? --fold-ids "
            + $"takes them for the same.";
    }

    /// <returns>File and line of the last row of an id with such a cell.</returns>
    private string PlaceOf(int column, string text, string id)
    {
        long row = engine.Count($"SELECT max(rowid) FROM attributes WHERE trim(a{column}) = {Sql.Literal(text)} AND id = "
            + $"{Sql.Literal(id)}");
        var part = _parts.Find(p => row >= p.First && row < p.End)!;
        long position = row - part.First;
        string line = part.Copy is null ? $"{position + part.Table.FirstLines + 1}" : engine.Rows(part.Table.RowAt(position,
            part.Copy.Path))[0][0]!;
        return $"{part.Table.File.Name}, {(part.Table.IsText ? "line" : "row")} {line}";
    }

    /// <summary>Ids that no event names, and their rows.</summary>
    private Dictionary<string, int> Others(int count)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        string all = $"SELECT a.id FROM attributes a LEFT JOIN known d ON {Alike} WHERE d.code IS NULL AND {IsNamed} ORDER BY a.rowid";
        engine.ForEachChunk(all, chunk =>
        {
            for (int row = 0; row < chunk.Count; row++) places.TryAdd(chunk.Text(0, row)!, count + places.Count);
        });
        return places;
    }

    private void Stage(AttributeFile file, List<string> names)
    {
        var table = file.Table with { Needed = file.Id + 1 };
        var used = Used(file);
        var expressions = names.Select(name => used.Find(c => c.Name == name).Expression ?? "NULL");
        long before = engine.Count("SELECT count(*) FROM attributes");
        string columns = $"{Sql.Trimmed($"c{file.Id + 1}")}, {Sql.List(expressions)}";
        var copy = table.Read(engine,
            relation => engine.Execute($"INSERT INTO attributes SELECT {columns} FROM {relation}"),
            () => engine.Count("SELECT count(*) FROM attributes") - before,
            () => engine.Count($"SELECT count(*) FROM attributes WHERE rowid >= {before} AND id = ''") == 0, cancellation);
        _parts.Add(new(table, copy, before, engine.Count("SELECT count(*) FROM attributes")));
        if (copy is not { Broken.Count: > 0 }) return;
        var first = copy.Broken.First[0];
        if (options.OnError == ErrorPolicy.Fail)
            throw new InputException($"{first}; nothing was imported: mend the file, or leave such rows out with --on-error skip.");
        notes.Add($"{table.File.Name}: {copy.Broken.Count} broken rows are left out, the first in line {first.Line}: {first.Reason}.");
    }

    /// <returns>The columns that become attributes and the SQL of each; flags become one column, <c>label|label</c>.</returns>
    private static List<(string Name, string Expression)> Used(AttributeFile file)
    {
        var columns = file.Table.Columns.Select((c, n) => (c.Name, Expression: $"c{n + 1}", Position: n))
            .Where(c => c.Position != file.Id && c.Name.Length > 0).ToList();
        if (file.Flags is null) return columns.ConvertAll(c => (c.Name, c.Expression));
        string prefix = $"{file.Flags}=";
        var flags = columns.FindAll(c => c.Name.StartsWith(prefix, StringComparison.Ordinal));
        var labels = flags.Select(f => $"CASE WHEN {f.Expression} = '1' THEN {Sql.Literal(f.Name[prefix.Length..])} END");
        return [.. columns.Except(flags).Select(c => (c.Name, c.Expression)), (file.Flags, $"concat_ws('|', {Sql.List(labels)})")];
    }

    /// <summary>The named column; that which the events call so, too; of several usual ones that with the most known ids.</summary>
    private int IdColumn(AttributeFile file, bool ofUsers)
    {
        var table = file.Table;
        if (table is { Format: TableFormat.ItemLists }
            or { Format: TableFormat.Delimited, HasHeader: false, Columns: [{ Name: "column 1" }, ..] })
            throw new InputException(
                $"{table.File.Path} has no header; an attribute table needs one, naming the ids and the attributes. If its first line is "
                + (ofUsers ? "one, name the column of ids as the events do, or give --header."
                    : "one, say which column has the ids, with --item-id, or give --header."));
        string what = ofUsers ? "user" : "item";
        var columns = table.Columns.Select((c, n) => (c.Name, Position: n)).ToList();
        if (!ofUsers && options.ItemId is { } chosen)
        {
            int named = columns.FindIndex(c => string.Equals(c.Name, chosen, StringComparison.OrdinalIgnoreCase));
            return named >= 0 ? named
                : throw new InputException($"{table.File.Path} has no column '{chosen}' for --item-id; it has {Names(table)}.");
        }
        var (events, roles) = (sources.Tables[0], sources.Roles[0]);
        string ofEvents = ColumnNames.Normalize(events.Columns[ofUsers ? roles.User : roles.Item].Name);
        int same = columns.FindIndex(c => ColumnNames.Normalize(c.Name) == ofEvents);
        if (same >= 0) return same;
        if (ColumnRoles.IdColumn(table.Columns, ofUsers) is { } usual && Matches(table, usual) > 0) return usual;
        var best = columns.Select(c => (c.Position, Count: Matches(table, c.Position))).MaxBy(c => c.Count);
        return best.Count > 0 ? best.Position : ColumnRoles.IdColumn(table.Columns, ofUsers) ?? throw new InputException(
            $"{table.File.Path} has no column that is known to hold {what} ids; "
            + (ofUsers ? "rename it to user_id; " : "name it with --item-id; ") + $"there are {Names(table)}.");
    }

    /// <returns>How many of the first cells are known ids.</returns>
    private long Matches(Table table, int column)
    {
        const int Rows = 1000;
        var cells = table.Sample(engine, column, Rows).Distinct(StringComparer.Ordinal).ToList();
        return cells.Count == 0 ? 0
            : engine.Count($"SELECT count(*) FROM known WHERE id IN ({Sql.List(cells.Select(Sql.Literal))})");
    }

    private static string Names(Table table) => string.Join(", ", table.Columns.Select(c => c.Name));
}
