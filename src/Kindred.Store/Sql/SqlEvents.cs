using System.Data.Common;

namespace Kindred.Store.Sql;

/// <summary>Events by SQL that both kinds of databases understand; how a batch is appended is their own.</summary>
internal abstract class SqlEvents(SqlDatabase database) : IEventStore
{
    /// <summary>In the order in which <see cref="Read"/> takes them.</summary>
    protected const string Columns =
        "sequence, identity, id, type, user_id, session_id, item_id, value, happened, received, request, position, attributes";

    private const string Owner = "coalesce(user_id, session_id)";

    public async Task<IReadOnlyList<AppendResult>> AppendAsync(
        IReadOnlyList<NewEvent> events, CancellationToken cancellationToken = default)
    {
        if (events.Count == 0) return [];
        for (int n = 0; n < events.Count; n++) Check(events[n], n);
        return await database.WriteAsync(transaction => AppendAsync(events, transaction), cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<StoredEvent>> HistoryAsync(
        string owner, int count, long after = 0, StoredEvent? before = null, CancellationToken cancellationToken = default)
    {
        var events = await database.ListAsync(
            $"""
            SELECT {Columns} FROM event WHERE {Owner} = @owner AND (happened, sequence) < (@time, @sequence) AND sequence > @after
            ORDER BY happened DESC, sequence DESC LIMIT @count
            """,
            Read, cancellationToken,
            ("owner", owner), ("time", before?.Time.ToUnixTimeMilliseconds() ?? long.MaxValue),
            ("sequence", before?.Sequence ?? long.MaxValue), ("after", after), ("count", (long)count)).ConfigureAwait(false);
        events.Reverse();
        return events;
    }

    public async Task<IReadOnlyList<StoredEvent>> AfterAsync(long sequence, int count, CancellationToken cancellationToken = default) =>
        await database.ListAsync(
            $"SELECT {Columns} FROM event WHERE sequence > @sequence ORDER BY sequence LIMIT @count", Read, cancellationToken,
            ("sequence", sequence), ("count", (long)count)).ConfigureAwait(false);

    public async Task<IReadOnlyList<EventValue>> ValuesAfterAsync(
        long sequence, int count, CancellationToken cancellationToken = default) => await database.ListAsync(
            $"SELECT sequence, type, {Owner}, value, happened FROM event WHERE sequence > @sequence ORDER BY sequence LIMIT @count",
            row => new EventValue(
                row.GetInt64(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetDouble(3), row.GetInt64(4)),
            cancellationToken, ("sequence", sequence), ("count", (long)count)).ConfigureAwait(false);

    public async Task<IReadOnlyList<string>> IdsBeginningWithAsync(
        string beginning, int count, CancellationToken cancellationToken = default) => await database.ListAsync(
            "SELECT identity FROM event WHERE identity BETWEEN @first AND @last ORDER BY identity LIMIT @count",
            row => EventIdentity.ToText(row.GetFieldValue<byte[]>(0)), cancellationToken,
            ("first", EventIdentity.FromId(beginning.PadRight(EventIdentity.Digits, '0'))),
            ("last", EventIdentity.FromId(beginning.PadRight(EventIdentity.Digits, 'f'))), ("count", (long)count)).ConfigureAwait(false);

    public Task<long> LastSequenceAsync(CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => LastSequenceAsync(connection, cancellationToken), cancellationToken);

    public async Task<IReadOnlyList<EventCount>> CountsAsync(CancellationToken cancellationToken = default) => await database.ListAsync(
        "SELECT type, day, events FROM event_count WHERE events > 0 ORDER BY type, day",
        row => new EventCount(row.GetString(0), EventDay.From(row.GetInt64(1)), row.GetInt64(2)), cancellationToken).ConfigureAwait(false);

    public Task<int> MergeAsync(string session, string user, CancellationToken cancellationToken = default)
    {
        if (!StoredText.IsKept(user)) throw new InputException($"The user has {StoredText.Reason}");
        if (user.Length == 0) throw new InputException("The user's id is empty: give one.");
        return database.WriteAsync(async transaction =>
        {
            const string Anonymous = $"user_id IS NULL AND {Owner} = @session";
            long count = await transaction.Connection.LongAsync(
                $"SELECT count(*) FROM event WHERE {Anonymous}", cancellationToken, ("session", session)).ConfigureAwait(false);
            bool took = await SqlExperiments.JoinAsync(transaction, session, user).ConfigureAwait(false);
            if (count > 0 || took) await transaction.NoteChangeAsync(ChangeKind.History, session).ConfigureAwait(false);
            if (count == 0) return 0;
            long last = await LastSequenceAsync(transaction.Connection, cancellationToken).ConfigureAwait(false);
            await transaction.ExecuteAsync(
                $"""
                UPDATE event SET user_id = @user, sequence = @last + place FROM
                  (SELECT sequence AS old, row_number() OVER (ORDER BY happened, sequence) AS place FROM event WHERE {Anonymous}) AS given
                WHERE event.sequence = given.old
                """,
                ("user", user), ("last", last), ("session", session)).ConfigureAwait(false);
            await WriteLastSequenceAsync(last + count, transaction).ConfigureAwait(false);
            return (int)count;
        }, cancellationToken);
    }

    public Task<int> RemoveAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken = default) =>
        database.WriteAsync(async transaction =>
        {
            int removed = 0;
            var owners = new HashSet<string>(StringComparer.Ordinal);
            foreach (string id in ids)
            {
                var values = ("identity", (object?)EventIdentity.FromId(id));
                owners.UnionWith(await transaction.ListAsync(
                    $"SELECT {Owner} FROM event WHERE identity = @identity", row => row.GetString(0), values).ConfigureAwait(false));
                removed += await RemoveAsync(transaction, "identity = @identity", values).ConfigureAwait(false);
            }
            foreach (string owner in owners) await transaction.NoteChangeAsync(ChangeKind.History, owner).ConfigureAwait(false);
            return removed;
        }, cancellationToken);

    /// <summary>Removes events and takes them off the counts.</summary>
    /// <param name="condition">In SQL.</param>
    public static async Task<int> RemoveAsync(SqlTransaction transaction, string condition, (string Name, object? Value) value)
    {
        await transaction.ExecuteAsync(
            $"""
            UPDATE event_count SET events = event_count.events - gone.events FROM
              (SELECT type, {EventDay.Sql} AS day, count(*) AS events FROM event WHERE {condition} GROUP BY 1, 2) AS gone
            WHERE event_count.type = gone.type AND event_count.day = gone.day
            """, value).ConfigureAwait(false);
        return await transaction.ExecuteAsync($"DELETE FROM event WHERE {condition}", value).ConfigureAwait(false);
    }

    public static Task<long> LastSequenceAsync(DbConnection connection, CancellationToken cancellationToken) =>
        connection.LongAsync("SELECT value FROM counter WHERE name = 'sequence'", cancellationToken);

    protected static Task WriteLastSequenceAsync(long value, SqlTransaction transaction) =>
        transaction.ExecuteAsync("UPDATE counter SET value = @value WHERE name = 'sequence'", ("value", value));

    protected abstract Task<IReadOnlyList<AppendResult>> AppendAsync(IReadOnlyList<NewEvent> events, SqlTransaction transaction);

    /// <summary>The event as it will be stored, and its identity.</summary>
    protected static (StoredEvent Event, byte[] Identity) Prepare(NewEvent e, long sequence, long now)
    {
        long time = e.Time?.ToUnixTimeMilliseconds() ?? now;
        byte[] identity = e.Id is { } id ? EventIdentity.FromId(id) : EventIdentity.FromContent(e, time);
        return (new(sequence, e.Id ?? EventIdentity.ToText(identity), e.Type, e.UserId, e.SessionId, e.ItemId, e.Value,
            DateTimeOffset.FromUnixTimeMilliseconds(time), DateTimeOffset.FromUnixTimeMilliseconds(now),
            e.RequestId, e.Position, e.Attributes), identity);
    }

    private static void Check(NewEvent e, int index)
    {
        string? missing =
            string.IsNullOrEmpty(e.Type) ? "type" : string.IsNullOrEmpty(e.ItemId) ? "item"
            : string.IsNullOrEmpty(e.UserId) && string.IsNullOrEmpty(e.SessionId) ? "user and no session" : null;
        if (missing is not null) throw new InputException($"Event {index} of the batch has no {missing}: give one.");
        if (e.UserId is "" || e.SessionId is "" || e.Id is "")
            throw new InputException($"Event {index} of the batch has an empty id: leave it out or fill it.");
        if (e.Value is { } value && !double.IsFinite(value))
            throw new InputException($"The value of event {index} of the batch is no finite number.");
        foreach (string? text in (ReadOnlySpan<string?>)[e.Id, e.Type, e.UserId, e.SessionId, e.ItemId, e.RequestId, e.Attributes])
            if (!StoredText.IsKept(text)) throw new InputException($"Event {index} of the batch has {StoredText.Reason}");
    }

    /// <summary>
    /// Whether an event is given as it is stored, so that what was exported is imported again: its id may be made of its content, its time
    /// that of its receipt, and its user from a merge.
    /// </summary>
    protected static bool IsAsStored(StoredEvent given, StoredEvent stored) =>
        given with { Sequence = stored.Sequence, Id = stored.Id, ReceivedAt = stored.ReceivedAt } == stored;

    /// <param name="row">With <see cref="Columns"/> first.</param>
    protected static StoredEvent Read(DbDataReader row) => new(
        row.GetInt64(0), row.TextOrNull(2) ?? EventIdentity.ToText(row.GetFieldValue<byte[]>(1)), row.GetString(3), row.TextOrNull(4),
        row.TextOrNull(5), row.GetString(6), row.IsDBNull(7) ? null : row.GetDouble(7), row.Time(8), row.Time(9), row.TextOrNull(10),
        row.IsDBNull(11) ? null : (int)row.GetInt64(11), row.TextOrNull(12));
}
