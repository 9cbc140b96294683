using Kindred.Store.Sql;
using Npgsql;

namespace Kindred.Store.Postgres;

/// <summary>
/// Decides a batch with one question and appends what is new by COPY: as writers take turns, no other one can come between.
/// </summary>
internal sealed class PostgresEvents(SqlDatabase database) : SqlEvents(database)
{
    private static readonly string[] Copied =
        [
            "sequence", "identity", "id", "content", "type", "user_id", "session_id", "item_id", "value", "happened", "received", "request",
            "position", "attributes",
        ];

    protected override async Task<IReadOnlyList<AppendResult>> AppendAsync(IReadOnlyList<NewEvent> events, SqlTransaction transaction)
    {
        var prepared = events.Select(e => Prepare(e, 0, transaction.Now)).ToArray();
        var known = (await transaction.ListAsync(
            $"SELECT {Columns}, content FROM event WHERE identity = ANY(@identities)",
            row => (Event: Read(row), Content: row.GetInt64(row.FieldCount - 1)),
            ("identities", prepared.Select(e => e.Identity).ToArray())).ConfigureAwait(false))
            .ToDictionary(row => Key(EventIdentity.FromId(row.Event.Id)));
        long last = await LastSequenceAsync(transaction.Connection, transaction.CancellationToken).ConfigureAwait(false);
        long sequence = last;
        var results = new AppendResult[events.Count];
        var counts = new EventCounts();
        var rows = new List<object[]>();
        for (int n = 0; n < results.Length; n++)
        {
            var (stored, identity) = prepared[n];
            long content = events[n].Id is null ? 0 : EventIdentity.ContentHash(events[n]);
            if (!known.TryAdd(Key(identity), (stored, content)))
            {
                var before = known[Key(identity)];
                bool isSame = events[n].Id is null || before.Content == content || IsAsStored(stored, before.Event);
                results[n] = new(isSame ? AppendOutcome.Duplicate : AppendOutcome.Conflict, null);
                continue;
            }
            stored = stored with { Sequence = ++sequence };
            results[n] = new(AppendOutcome.Accepted, stored);
            counts.Add(stored);
            rows.Add(Row(stored, identity, events[n].Id, content));
        }
        if (sequence == last) return results;
        var connection = (NpgsqlConnection)transaction.Connection;
        await using (var writer = await PostgresRows.OpenAsync(connection, "event", Copied).ConfigureAwait(false))
        {
            foreach (object[] row in rows) await writer.AddAsync(row).ConfigureAwait(false);
            await writer.CompleteAsync().ConfigureAwait(false);
        }
        await counts.WriteAsync(transaction).ConfigureAwait(false);
        await WriteLastSequenceAsync(sequence, transaction).ConfigureAwait(false);
        return results;
    }

    private static UInt128 Key(byte[] identity) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(identity);

    private static object[] Row(StoredEvent e, byte[] identity, string? id, long content) =>
        [
            e.Sequence, identity, id ?? (object)DBNull.Value, content, e.Type, e.UserId ?? (object)DBNull.Value,
            e.SessionId ?? (object)DBNull.Value, e.ItemId, e.Value ?? (object)DBNull.Value, e.Time.ToUnixTimeMilliseconds(),
            e.ReceivedAt.ToUnixTimeMilliseconds(), e.RequestId ?? (object)DBNull.Value, (long?)e.Position ?? (object)DBNull.Value,
            e.Attributes ?? (object)DBNull.Value,
        ];
}
