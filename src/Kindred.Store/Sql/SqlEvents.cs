using System.Data.Common;

namespace Kindred.Store.Sql;

/// <summary>Events by SQL that both kinds of databases understand; how a batch is appended is their own.</summary>
internal abstract class SqlEvents(SqlDatabase database) : IEventStore
{
    /// <summary>In the order in which <see cref="Read"/> takes them.</summary>
    private const string Columns =
        "sequence, identity, id, type, user_id, session_id, item_id, value, happened, received, request, position, attributes";

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
            SELECT {Columns} FROM event
            WHERE coalesce(user_id, session_id) = @owner AND (happened, sequence) < (@time, @sequence) AND sequence > @after
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

    public Task<long> LastSequenceAsync(CancellationToken cancellationToken = default) => database.ReadAsync(
        connection => connection.LongAsync("SELECT value FROM counter WHERE name = 'sequence'", cancellationToken), cancellationToken);

    public Task<IReadOnlyList<EventCount>> CountsAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    public Task<int> MergeAsync(string session, string user, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    public Task<int> RemoveAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    protected abstract Task<IReadOnlyList<AppendResult>> AppendAsync(IReadOnlyList<NewEvent> events, SqlTransaction transaction);

    /// <summary>The event as it will be stored, but for its sequence, and its identity.</summary>
    protected static (StoredEvent Event, byte[] Identity) Prepare(NewEvent e, long now)
    {
        long time = e.Time?.ToUnixTimeMilliseconds() ?? now;
        byte[] identity = e.Id is { } id ? EventIdentity.FromId(id) : EventIdentity.FromContent(e, time);
        return (new(0, e.Id ?? EventIdentity.ToText(identity), e.Type, e.UserId, e.SessionId, e.ItemId, e.Value,
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
    }

    private static StoredEvent Read(DbDataReader row) => new(
        row.GetInt64(0), row.TextOrNull(2) ?? EventIdentity.ToText(row.GetFieldValue<byte[]>(1)), row.GetString(3), row.TextOrNull(4),
        row.TextOrNull(5), row.GetString(6), row.IsDBNull(7) ? null : row.GetDouble(7), row.Time(8), row.Time(9), row.TextOrNull(10),
        row.IsDBNull(11) ? null : (int)row.GetInt64(11), row.TextOrNull(12));
}
