namespace Kindred.Store.Sql;

/// <summary>Removes all rows that name a user or an item.</summary>
internal static class SqlForgetting
{
    private const string Owned = "coalesce(user_id, session_id) = @id";

    /// <summary>A session of another user has the id: not found by an index, so it is looked for before the write.</summary>
    private const string SharedSession = "session_id = @id AND user_id IS NOT NULL";

    public static async Task<ForgetReceipt> ForgetAsync(
        this SqlDatabase database, SubjectKind kind, string id, CancellationToken cancellationToken)
    {
        bool isShared = kind == SubjectKind.User && await database.ReadAsync(
            connection => connection.LongAsync($"SELECT 1 FROM event WHERE {SharedSession} LIMIT 1", cancellationToken, ("id", id)),
            cancellationToken, isLong: true).ConfigureAwait(false) == 1;
        return await database.WriteAsync(transaction => ForgetAsync(kind, id, isShared, transaction), cancellationToken, isLong: true)
            .ConfigureAwait(false);
    }

    private static async Task<ForgetReceipt> ForgetAsync(SubjectKind kind, string id, bool isShared, SqlTransaction transaction)
    {
        string hash = IdHash.From(id);
        var value = ("id", (object?)id);
        var (subject, events, changes) = kind == SubjectKind.User
            ? ("users", Owned, $"{(long)ChangeKind.User}, {(long)ChangeKind.History}")
            : ("items", "item_id = @id", $"{(long)ChangeKind.Item}");
        var rows = new List<(string Name, string Table, string Condition, Func<Task> Remove)>();
        void Add(string name, string table, string condition, Func<Task>? remove = null) => rows.Add(
            (name, table, condition, remove ?? (() => transaction.ExecuteAsync($"DELETE FROM {table} WHERE {condition}", value))));

        Add("events", "event", events, () => SqlEvents.RemoveAsync(transaction, events, value));
        if (isShared)
            Add("session ids", "event", SharedSession,
                () => transaction.ExecuteAsync($"UPDATE event SET session_id = NULL WHERE {SharedSession}", value));
        if (kind == SubjectKind.User)
        {
            Add("experiments", "exposed_unit", "unit = @id");
            Add("interleaved lists", "credited_event", "unit = @id");
        }
        else
        {
            Add("contracts", "item_contract", "item = @id", () => SqlContracts.ForgetAsync(transaction, id));
        }
        Add(subject, "entry", $"kind = {(long)kind} AND id = @id");
        Add("changes", "change", $"kind IN ({changes}) AND id = @id");
        Add("audit", "audit", "subject = @id",
            () => transaction.ExecuteAsync("UPDATE audit SET subject = @hash WHERE subject = @id", ("hash", hash), value));

        Task<long> CountAsync(string table, string condition) => transaction.Connection.LongAsync(
            $"SELECT count(*) FROM {table} WHERE {condition}", transaction.CancellationToken, value);
        var places = new List<ForgottenPlace>();
        foreach (var (name, table, condition, remove) in rows)
        {
            long before = await CountAsync(table, condition).ConfigureAwait(false);
            if (before > 0) await remove().ConfigureAwait(false);
            places.Add(new(name, before, before > 0 ? await CountAsync(table, condition).ConfigureAwait(false) : 0));
        }

        long sequence = await SqlEvents.LastSequenceAsync(transaction.Connection, transaction.CancellationToken).ConfigureAwait(false);
        await transaction.ExecuteAsync(
            """
            INSERT INTO tombstone (kind, hash, sequence, forgotten) VALUES (@kind, @hash, @sequence, @now)
            ON CONFLICT (kind, hash) DO UPDATE SET sequence = excluded.sequence, forgotten = excluded.forgotten
            """,
            ("kind", (long)kind), ("hash", hash), ("sequence", sequence), ("now", transaction.Now)).ConfigureAwait(false);
        await transaction.NoteChangeAsync(kind == SubjectKind.User ? ChangeKind.ForgottenUser : ChangeKind.ForgottenItem, hash)
            .ConfigureAwait(false);
        return new(kind, hash, DateTimeOffset.FromUnixTimeMilliseconds(transaction.Now), places);
    }
}
