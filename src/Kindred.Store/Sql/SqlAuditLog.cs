namespace Kindred.Store.Sql;

internal sealed class SqlAuditLog(SqlDatabase database) : IAuditLog
{
    public Task AppendAsync(
        string actor, string action, string? subject = null, string? detail = null, CancellationToken cancellationToken = default) =>
        database.WriteAsync(transaction => AppendAsync(transaction, new(actor, action, subject, detail)), cancellationToken);

    /// <summary>As a part of a transaction.</summary>
    public static Task<int> AppendAsync(SqlTransaction transaction, NewAuditEntry entry) => transaction.ExecuteAsync(
        """
        INSERT INTO audit (number, time, actor, action, subject, detail)
        SELECT coalesce(max(number), 0) + 1, @now, @actor, @action, @subject, @detail FROM audit
        """,
        ("now", transaction.Now), ("actor", entry.Actor), ("action", entry.Action), ("subject", entry.Subject), ("detail", entry.Detail));

    public async Task<IReadOnlyList<AuditEntry>> ListAsync(int count, long? before = null, CancellationToken cancellationToken = default) =>
        await database.ListAsync(
            """
            SELECT number, time, actor, action, subject, detail FROM audit WHERE number < @before ORDER BY number DESC LIMIT @count
            """,
            row => new AuditEntry(
                row.GetInt64(0), row.Time(1), row.GetString(2), row.GetString(3), row.TextOrNull(4), row.TextOrNull(5)),
            cancellationToken, ("before", before ?? long.MaxValue), ("count", (long)count)).ConfigureAwait(false);
}
