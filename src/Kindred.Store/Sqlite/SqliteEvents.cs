using Kindred.Store.Sql;

namespace Kindred.Store.Sqlite;

/// <summary>Appends row by row with prepared statements: there is no round trip to save.</summary>
internal sealed class SqliteEvents(SqliteDatabase database) : SqlEvents(database)
{
    private SqliteStatement? _insert, _find;

    protected override async Task<IReadOnlyList<AppendResult>> AppendAsync(IReadOnlyList<NewEvent> events, SqlTransaction transaction)
    {
        _insert ??= database.Prepare(
            """
            INSERT INTO event (sequence, identity, id, content, type, user_id, session_id, item_id, value, happened, received, request,
              position, attributes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identity) DO NOTHING
            """);
        long last = await LastSequenceAsync(transaction.Connection, CancellationToken.None).ConfigureAwait(false);
        long sequence = last;
        var counts = new EventCounts();
        var results = new AppendResult[events.Count];
        for (int n = 0; n < results.Length; n++)
        {
            var (stored, identity) = Prepare(events[n], sequence + 1, transaction.Now);
            long content = events[n].Id is null ? 0 : EventIdentity.ContentHash(events[n]);
            Bind(_insert, stored, identity, events[n].Id, content);
            if (_insert.Execute() == 0)
            {
                bool isSame = events[n].Id is null || ContentWith(identity) == content
                    || IsAsStored(stored, await EventWith(identity, transaction).ConfigureAwait(false));
                results[n] = new(isSame ? AppendOutcome.Duplicate : AppendOutcome.Conflict, null);
                continue;
            }
            results[n] = new(AppendOutcome.Accepted, stored);
            sequence++;
            counts.Add(stored);
        }
        if (sequence == last) return results;
        await counts.WriteAsync(transaction).ConfigureAwait(false);
        await WriteLastSequenceAsync(sequence, transaction).ConfigureAwait(false);
        return results;
    }

    private static void Bind(SqliteStatement insert, StoredEvent e, byte[] identity, string? id, long content)
    {
        insert.Bind(1, e.Sequence);
        insert.Bind(2, identity.AsSpan());
        insert.Bind(3, id);
        insert.Bind(4, content);
        insert.Bind(5, e.Type);
        insert.Bind(6, e.UserId);
        insert.Bind(7, e.SessionId);
        insert.Bind(8, e.ItemId);
        if (e.Value is { } value) insert.Bind(9, value);
        else insert.BindNull(9);
        insert.Bind(10, e.Time.ToUnixTimeMilliseconds());
        insert.Bind(11, e.ReceivedAt.ToUnixTimeMilliseconds());
        insert.Bind(12, e.RequestId);
        if (e.Position is { } position) insert.Bind(13, (long)position);
        else insert.BindNull(13);
        insert.Bind(14, e.Attributes);
    }

    private static async Task<StoredEvent> EventWith(byte[] identity, SqlTransaction transaction) => (await transaction.ListAsync(
        $"SELECT {Columns} FROM event WHERE identity = @identity", Read, ("identity", identity)).ConfigureAwait(false))[0];

    private long? ContentWith(byte[] identity)
    {
        _find ??= database.Prepare("SELECT content FROM event WHERE identity = ?");
        _find.Bind(1, identity.AsSpan());
        return _find.FirstLong();
    }
}
