using System.Data.Common;

namespace Kindred.Store.Sql;

internal sealed class SqlAccessKeys(SqlDatabase database) : IAccessKeyStore
{
    /// <summary>Totals that did not change for longer are removed; clocks of servers may differ by less.</summary>
    private static readonly TimeSpan KeptRequests = TimeSpan.FromMinutes(5);

    public Task AddAsync(AccessKey key, CancellationToken cancellationToken = default) => database.WriteAsync(async transaction =>
    {
        int added = await transaction.ExecuteAsync(
            """
            INSERT INTO access_key (id, name, hash, scopes, created, used) VALUES (@id, @name, @hash, @scopes, @created, @used)
            ON CONFLICT DO NOTHING
            """,
            Parameters(key)).ConfigureAwait(false);
        return added == 1 ? true : throw new InputException($"There is a key '{key.Id}', or one of the same hash: make another one.");
    }, cancellationToken);

    public Task<bool> PutAsync(AccessKey key, NewAuditEntry entry, CancellationToken cancellationToken = default) => database.WriteAsync(
        async transaction =>
        {
            int written = await transaction.ExecuteAsync(
                """
                INSERT INTO access_key (id, name, hash, scopes, created, used) VALUES (@id, @name, @hash, @scopes, @created, @used)
                ON CONFLICT (id) DO UPDATE SET
                    name = excluded.name, hash = excluded.hash, scopes = excluded.scopes, created = excluded.created, used = NULL
                WHERE access_key.hash <> excluded.hash
                """, Parameters(key)).ConfigureAwait(false);
            if (written == 0) return false;
            await SqlAuditLog.AppendAsync(transaction, entry).ConfigureAwait(false);
            return true;
        }, cancellationToken);

    private static (string Name, object? Value)[] Parameters(AccessKey key) =>
    [
        ("id", key.Id), ("name", key.Name), ("hash", key.Hash), ("scopes", string.Join(' ', key.Scopes)),
        ("created", key.CreatedAt.ToUnixTimeMilliseconds()), ("used", key.LastUsedAt?.ToUnixTimeMilliseconds()),
    ];

    public async Task<IReadOnlyList<AccessKey>> ListAsync(CancellationToken cancellationToken = default) => await database.ListAsync(
        "SELECT id, name, hash, scopes, created, used FROM access_key ORDER BY created, id", Read, cancellationToken).ConfigureAwait(false);

    public Task<bool> RemoveAsync(string id, CancellationToken cancellationToken = default) => database.WriteAsync(
        async transaction => await transaction.ExecuteAsync("DELETE FROM access_key WHERE id = @id", ("id", id)).ConfigureAwait(false) > 0,
        cancellationToken);

    public Task TouchAsync(string id, DateTimeOffset usedAt, CancellationToken cancellationToken = default) => database.WriteAsync(
        transaction => transaction.ExecuteAsync(
            "UPDATE access_key SET used = @used WHERE id = @id", ("used", usedAt.ToUnixTimeMilliseconds()), ("id", id)), cancellationToken);

    public async Task<IReadOnlyList<KeyRequests>> CountRequestsAsync(
        string server, IReadOnlyCollection<(string Key, long Sent)> sent, CancellationToken cancellationToken = default)
    {
        long old = database.Now - (long)KeptRequests.TotalMilliseconds;
        // a write takes a lock that the events of all servers wait for
        if (sent.Count > 0) await database.WriteAsync(async transaction =>
        {
            foreach (var (key, count) in sent)
                await transaction.ExecuteAsync(
                    """
                    INSERT INTO key_request (key, server, sent, updated) VALUES (@key, @server, @sent, @now)
                    ON CONFLICT (key, server) DO UPDATE SET sent = excluded.sent, updated = excluded.updated
                    """, ("key", key), ("server", server), ("sent", count), ("now", transaction.Now)).ConfigureAwait(false);
            return await transaction.ExecuteAsync("DELETE FROM key_request WHERE updated < @old", ("old", old)).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
        return await database.ListAsync(
            "SELECT key, server, sent FROM key_request WHERE server <> @server AND updated >= @old",
            row => new KeyRequests(row.GetString(0), row.GetString(1), row.GetInt64(2)), cancellationToken,
            ("server", server), ("old", old)).ConfigureAwait(false);
    }

    private static AccessKey Read(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3).Split(' ', StringSplitOptions.RemoveEmptyEntries),
        row.Time(4))
    {
        LastUsedAt = row.IsDBNull(5) ? null : row.Time(5),
    };
}
