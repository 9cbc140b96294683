using Kindred.Data;

namespace Kindred.Import;

/// <summary>
/// The valid rows with ids as indices into dictionaries, in the order of the source. Arrays are empty where the source has no such
/// column.
/// </summary>
/// <param name="Users">Ids of users, shorter ones first, then by byte: plain whole numbers stand in numeric order.</param>
/// <param name="Items">Ids of items, in the same order.</param>
/// <param name="User">[rows]; −1 where the row is left out.</param>
/// <param name="Item">[rows]</param>
/// <param name="Times">[rows], UTC Unix milliseconds.</param>
/// <param name="Values">[rows]</param>
/// <param name="Events">[rows], number of the event type.</param>
internal sealed record EncodedRows(StringTable Users, StringTable Items, int[] User, int[] Item, long[] Times, float[] Values, int[] Events)
{
    /// <summary>Names of the event types, by their numbers.</summary>
    public StringTable EventTypes { get; private init; } = StringTable.From([]);

    /// <summary>What was done to the ids, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>
    /// Makes the dictionaries <c>users</c>, <c>items</c> (id as it is written, name as it is meant, code) and, with event types,
    /// <c>events</c>, and reads everything out.
    /// </summary>
    /// <exception cref="InputException">More than 2³¹ rows, or ids longer than 2 GiB together.</exception>
    public static EncodedRows Of(DuckDbSession engine, EventSources sources, long rows)
    {
        if (rows > Array.MaxLength)
            throw new InputException($"{rows} rows are more than the {Array.MaxLength} that one data folder holds; import a part.");
        var roles = sources.Roles[0];
        bool hasEvents = roles.Event is not null || roles.Type is not null;
        var notes = new List<string>();
        CreateDictionary(engine, "users", "user", notes, sources.FoldIds);
        CreateDictionary(engine, "items", "item", notes, sources.FoldIds);
        if (hasEvents) CreateDictionary(engine, "events", "event", null);
        var encoded = new EncodedRows(
            ReadDictionary(engine, "users"), ReadDictionary(engine, "items"), new int[rows], new int[rows],
            new long[roles.Time is null ? 0 : rows], new float[roles.Kind == ValueKind.None ? 0 : rows], new int[hasEvents ? rows : 0])
        { Notes = notes, EventTypes = hasEvents ? ReadDictionary(engine, "events") : StringTable.From([]) };
        encoded.ReadRows(engine);
        return encoded;
    }

    private static void CreateDictionary(DuckDbSession engine, string table, string column, List<string>? notes, bool fold = false)
    {
        engine.Execute($"""
            CREATE TABLE {table} AS
            SELECT id, id AS name, CAST(row_number() OVER (ORDER BY strlen(id), id) - 1 AS INTEGER) AS code
            FROM (SELECT DISTINCT "{column}" AS id FROM rows WHERE reason = 0)
            """);
        if (notes is null || IdForms.Of(engine, table, column, fold) is not { Note: { } note } form) return;
        notes.Add(note);
        engine.Execute($"""
            CREATE OR REPLACE TABLE {table} AS
            SELECT id, name, CAST(dense_rank() OVER (ORDER BY strlen(name), name) - 1 AS INTEGER) AS code
            FROM (SELECT id, {form.Id} AS name FROM {table})
            """);
    }

    private static StringTable ReadDictionary(DuckDbSession engine, string table)
    {
        // Of ids that are written in several ways one stands for all.
        string names = $"(SELECT min(name) AS name, code FROM {table} GROUP BY code)";
        if (engine.Count($"SELECT count(*) FROM {table}") == engine.Count($"SELECT max(code) + 1 FROM {table}")) names = table;
        long bytes = engine.Count($"SELECT sum(strlen(name)) FROM {names}");
        if (bytes > Array.MaxLength)
            throw new InputException($"The ids of all {table} together have {bytes} bytes, more than 2 GiB; use shorter ids.");
        var starts = new int[engine.Count($"SELECT max(code) + 1 FROM {table}") + 1];
        var text = new byte[bytes];
        int n = 0;
        engine.ForEachChunk($"SELECT name FROM {names} ORDER BY code", chunk =>
        {
            for (int row = 0; row < chunk.Count; row++)
            {
                var id = chunk.Utf8(0, row);
                id.CopyTo(text.AsSpan(starts[n]));
                starts[n + 1] = starts[n] + id.Length;
                n++;
            }
        });
        return new(starts, text);
    }

    /// <summary>Joins hand rows out in any order: each is put where its row id says.</summary>
    private void ReadRows(DuckDbSession engine)
    {
        User.AsSpan().Fill(-1);
        string sql = $"""
            SELECT rows.rowid, users.code, items.code,
                   {Optional(Times.Length, "rows.time")}, {Optional(Values.Length, "rows.value")}, {Optional(Events.Length, "events.code")}
            FROM rows JOIN users ON rows."user" = users.id JOIN items ON rows.item = items.id
            {(Events.Length > 0 ? "JOIN events ON rows.event = events.id" : "")}
            WHERE rows.reason = 0
            """;
        engine.ForEachChunk(sql, chunk =>
        {
            var rows = chunk.Column<long>(0);
            Scatter(rows, chunk.Column<int>(1), User);
            Scatter(rows, chunk.Column<int>(2), Item);
            if (Times.Length > 0) Scatter(rows, chunk.Column<long>(3), Times);
            if (Values.Length > 0) Scatter(rows, chunk.Column<float>(4), Values);
            if (Events.Length > 0) Scatter(rows, chunk.Column<int>(5), Events);
        });
    }

    private static string Optional(int length, string column) => length > 0 ? column : "0";

    private static void Scatter<T>(ReadOnlySpan<long> rows, ReadOnlySpan<T> values, T[] target)
    {
        for (int n = 0; n < rows.Length; n++) target[rows[n]] = values[n];
    }
}
