using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Import;

/// <summary>
/// The rows with ids as indices into dictionaries, in the order of the source. Arrays are empty where the source has no such
/// column, and undefined where the row is left out.
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

    public IReadOnlyList<string> TypeNames => [.. Enumerable.Range(0, EventTypes.Count).Select(type => EventTypes[type])];

    /// <summary>What was done to the ids, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>
    /// Takes the rows that count, and makes the tables <c>users</c> and <c>items</c> of the engine: id as it is written, name as it is
    /// meant, code.
    /// </summary>
    /// <exception cref="InputException">Ids longer than 2 GiB together.</exception>
    public static EncodedRows Of(DuckDbSession engine, EventSources sources, StagedRows rows)
    {
        var notes = new List<string>();
        var encoded = new (StringTable Ids, int[] Codes)[3];
        Blocks.ForEach(encoded.Length, 1, encoded.Length, (column, _) => encoded[column] = column switch
        {
            0 => Encode(rows.Users, rows.User, rows.Reasons),
            1 => Encode(rows.Items, rows.Item, rows.Reasons),
            _ => Encode(rows.EventTypes, rows.Event, rows.Reasons),
        }, CancellationToken.None);
        var (users, items, events) = (encoded[0], encoded[1], encoded[2]);
        return new(
            Named(engine, "users", users.Ids, users.Codes, notes, sources.FoldIds),
            Named(engine, "items", items.Ids, items.Codes, notes, sources.FoldIds), users.Codes, items.Codes, rows.Times.ToArray(),
            rows.Values.ToArray(), events.Codes)
        { Notes = notes, EventTypes = events.Ids };
    }

    /// <returns>The ids of the rows that count, in order, and the place of each row's id among them; −1 of other rows.</returns>
    private static (StringTable Ids, int[] Codes) Encode(IdCodes ids, ReadOnlySpan<int> seen, ReadOnlySpan<byte> reasons)
    {
        var used = new bool[ids.Count];
        for (int row = 0; row < seen.Length; row++)
            if (reasons[row] == RowRules.Kept) used[seen[row]] = true;
        var (sorted, places) = ids.InOrder(used);
        var codes = new int[seen.Length];
        for (int row = 0; row < seen.Length; row++) codes[row] = reasons[row] == RowRules.Kept ? places[seen[row]] : -1;
        return (sorted, codes);
    }

    /// <returns>The ids as they are meant, to which <paramref name="codes"/> are changed.</returns>
    private static StringTable Named(DuckDbSession engine, string table, StringTable ids, int[] codes, List<string> notes, bool fold)
    {
        engine.CreateIds(table, ids);
        if (IdForms.Of(engine, table, table[..^1], fold) is not { Note: { } note } form) return ids;
        notes.Add(note);
        engine.Execute($"""
            CREATE OR REPLACE TABLE {table} AS
            SELECT id, name, CAST(dense_rank() OVER (ORDER BY strlen(name), name) - 1 AS INTEGER) AS code, code AS written
            FROM (SELECT id, {form.Id} AS name, code FROM {table})
            """);
        var meant = new int[ids.Count];
        engine.ForEachChunk($"SELECT written, code FROM {table}", chunk =>
        {
            ReadOnlySpan<int> written = chunk.Column<int>(0), code = chunk.Column<int>(1);
            for (int row = 0; row < chunk.Count; row++) meant[written[row]] = code[row];
        });
        for (int row = 0; row < codes.Length; row++)
            if (codes[row] >= 0) codes[row] = meant[codes[row]];
        return StringTable.From(engine.Rows($"SELECT name FROM {table} GROUP BY name, code ORDER BY code").ConvertAll(row => row[0]!));
    }
}
