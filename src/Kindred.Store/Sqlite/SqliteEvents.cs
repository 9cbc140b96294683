using Kindred.Store.Sql;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Sqlite;

/// <summary>Appends row by row with prepared statements: there is no round trip to save.</summary>
internal sealed class SqliteEvents(SqliteDatabase database) : SqlEvents(database)
{
    private static readonly string[] Names =
        [
            "sequence", "identity", "id", "content", "type", "user_id", "session_id", "item_id", "value", "happened", "received", "request",
            "position", "attributes",
        ];

    private SqliteCommand? _insert, _find;

    protected override async Task<IReadOnlyList<AppendResult>> AppendAsync(IReadOnlyList<NewEvent> events, SqlTransaction transaction)
    {
        var connection = database.Writer;
        long last = await LastSequenceAsync(connection, CancellationToken.None).ConfigureAwait(false);
        long sequence = last;
        var counts = new EventCounts();
        var insert = _insert ??= Prepare(
            $"""
            INSERT INTO event ({string.Join(", ", Names)}) VALUES (@{string.Join(", @", Names)}) ON CONFLICT (identity) DO NOTHING
            """, Names);
        var results = new AppendResult[events.Count];
        for (int n = 0; n < results.Length; n++)
        {
            var (stored, identity) = Prepare(events[n], transaction.Now);
            long content = events[n].Id is null ? 0 : EventIdentity.ContentHash(events[n]);
            Bind(insert, stored with { Sequence = sequence + 1 }, identity, events[n].Id, content);
            if (insert.ExecuteNonQuery() == 0)
            {
                bool isSame = events[n].Id is null || ContentWith(identity) == content;
                results[n] = new(isSame ? AppendOutcome.Duplicate : AppendOutcome.Conflict, null);
                continue;
            }
            results[n] = new(AppendOutcome.Accepted, stored with { Sequence = ++sequence });
            counts.Add(stored);
        }
        if (sequence == last) return results;
        await counts.WriteAsync(transaction).ConfigureAwait(false);
        await WriteLastSequenceAsync(sequence, transaction).ConfigureAwait(false);
        return results;
    }

    private static void Bind(SqliteCommand insert, StoredEvent e, byte[] identity, string? id, long content)
    {
        var values = insert.Parameters;
        values[0].Value = e.Sequence;
        values[1].Value = identity;
        values[2].Value = id ?? (object)DBNull.Value;
        values[3].Value = content;
        values[4].Value = e.Type;
        values[5].Value = e.UserId ?? (object)DBNull.Value;
        values[6].Value = e.SessionId ?? (object)DBNull.Value;
        values[7].Value = e.ItemId;
        values[8].Value = e.Value ?? (object)DBNull.Value;
        values[9].Value = e.Time.ToUnixTimeMilliseconds();
        values[10].Value = e.ReceivedAt.ToUnixTimeMilliseconds();
        values[11].Value = e.RequestId ?? (object)DBNull.Value;
        values[12].Value = e.Position ?? (object)DBNull.Value;
        values[13].Value = e.Attributes ?? (object)DBNull.Value;
    }

    private long ContentWith(byte[] identity)
    {
        var find = _find ??= Prepare("SELECT content FROM event WHERE identity = @identity", ["identity"]);
        find.Parameters[0].Value = identity;
        return (long)find.ExecuteScalar()!;
    }

    private SqliteCommand Prepare(string sql, string[] names)
    {
        var command = (SqliteCommand)database.Writer.Command(sql, [.. names.Select(name => (name, (object?)null))]);
        command.Prepare();
        return command;
    }
}
