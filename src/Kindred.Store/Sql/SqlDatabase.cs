using System.Data.Common;

namespace Kindred.Store.Sql;

/// <summary>A database in which both kinds of stores run the same SQL; what differs is in the two that derive from it.</summary>
internal abstract class SqlDatabase(TimeProvider clock) : IAsyncDisposable
{
    /// <summary>Now, in ms since 1970.</summary>
    public long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Runs on a connection for reading, beside others.</summary>
    /// <param name="isLong">It may take as long as it needs, such as a look at every event; else a server that hangs is an
    /// error.</param>
    public abstract Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellationToken, bool isLong = false);

    /// <summary>
    /// Runs in a transaction, one at a time among all processes, and commits; on an exception nothing is written.
    /// </summary>
    /// <inheritdoc cref="ReadAsync"/>
    public abstract Task<T> WriteAsync<T>(
        Func<SqlTransaction, Task<T>> write, CancellationToken cancellationToken, bool isLong = false);

    public abstract ValueTask DisposeAsync();

    /// <summary>All rows of a query.</summary>
    public Task<List<T>> ListAsync<T>(
        string sql, Func<DbDataReader, T> row, CancellationToken cancellationToken, params (string Name, object? Value)[] values) =>
        ReadAsync(connection => connection.ListAsync(sql, row, cancellationToken, values), cancellationToken);
}

/// <summary>A write that is going to be committed.</summary>
internal sealed class SqlTransaction(DbConnection connection, long now, CancellationToken cancellationToken)
{
    private long? _version;

    public DbConnection Connection => connection;

    /// <summary>The moment of the write, in ms since 1970.</summary>
    public long Now => now;

    public CancellationToken CancellationToken => cancellationToken;

    /// <returns>How many rows it changed.</returns>
    public Task<int> ExecuteAsync(string sql, params (string Name, object? Value)[] values) =>
        connection.ExecuteAsync(sql, cancellationToken, values);

    public Task<List<T>> ListAsync<T>(string sql, Func<DbDataReader, T> row, params (string Name, object? Value)[] values) =>
        connection.ListAsync(sql, row, cancellationToken, values);

    /// <summary>Notes a change, for other servers.</summary>
    /// <returns>Its version.</returns>
    public async Task<long> NoteChangeAsync(ChangeKind kind, string id, bool deleted = false)
    {
        _version ??= await connection.LongAsync("SELECT value FROM counter WHERE name = 'version'", cancellationToken)
            .ConfigureAwait(false);
        long version = (_version += 1).Value;
        await ExecuteAsync(
            """
            INSERT INTO change (kind, id, version, deleted) VALUES (@kind, @id, @version, @deleted)
            ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, deleted = excluded.deleted
            """,
            ("kind", (long)kind), ("id", id), ("version", version), ("deleted", deleted ? 1L : 0L)).ConfigureAwait(false);
        return version;
    }

    /// <summary>Writes what was counted. Called once, before the commit.</summary>
    public async Task FinishAsync()
    {
        if (_version is { } version)
            await ExecuteAsync("UPDATE counter SET value = @version WHERE name = 'version'", ("version", version)).ConfigureAwait(false);
    }
}
