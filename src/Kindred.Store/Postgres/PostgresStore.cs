using System.Data;
using Kindred.Store.Sql;
using Kindred.Store.Sqlite;
using Npgsql;

namespace Kindred.Store.Postgres;

/// <summary>A store that several servers may share.</summary>
internal sealed class PostgresStore : SqlStore
{
    private readonly PostgresDatabase _database;

    private PostgresStore(PostgresDatabase database) : base(database, new PostgresEvents(database)) => _database = database;

    public override string Description => $"PostgreSQL {_database.Address}";

    public static async Task<PostgresStore> OpenAsync(string address, StoreOptions options, CancellationToken cancellationToken)
    {
        var database = await PostgresDatabase.OpenAsync(address, options, cancellationToken).ConfigureAwait(false);
        try
        {
            await SqlSchema.UpdateAsync(database, "Postgres", cancellationToken).ConfigureAwait(false);
            return new(database);
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override Task BackupAsync(string path, CancellationToken cancellationToken = default) =>
        SqliteBackup.WriteAsync(path, draft => _database.ConnectAsync(async connection =>
        {
            await using var begun = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken)
                .ConfigureAwait(false);
            await using var file = await SqliteStore.OpenAsync(draft, new() { Durability = Durability.Os }, cancellationToken)
                .ConfigureAwait(false);
            return await file.Database.WriteAsync(async transaction =>
            {
                await SqlCopy.CopyAsync(
                    connection, transaction,
                    (table, columns) => Task.FromResult<ISqlRows>(new SqliteRows(file.Database.Writer, table, columns)), cancellationToken)
                    .ConfigureAwait(false);
                return true;
            }, cancellationToken).ConfigureAwait(false);
        }, cancellationToken, isLong: true));

    /// <exception cref="InputException">The store is not empty, or the backup is none.</exception>
    public static async Task RestoreAsync(string backup, string address, CancellationToken cancellationToken)
    {
        // opened as a copy: an older backup is brought up to date on the way
        string copy = Path.Combine(Path.GetTempPath(), $"kindred-{Guid.NewGuid():N}.db");
        try
        {
            await SqliteBackup.CopyAsync(backup, copy, cancellationToken).ConfigureAwait(false);
            await using var from = await SqliteStore.OpenAsync(copy, new(), cancellationToken).ConfigureAwait(false);
            await using var to = await OpenAsync(address, new(), cancellationToken).ConfigureAwait(false);
            await to._database.WriteAsync(async transaction =>
            {
                if (!await SqlCopy.IsEmptyAsync(transaction.Connection, cancellationToken).ConfigureAwait(false))
                    throw new InputException($"{to._database.Address} has a store with content: restore into an empty database.");
                return await from.Database.ReadAsync(async connection =>
                {
                    await SqlCopy.CopyAsync(
                        connection, transaction,
                        async (table, columns) => await PostgresRows.OpenAsync((NpgsqlConnection)transaction.Connection, table, columns)
                            .ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
                    return true;
                }, cancellationToken).ConfigureAwait(false);
            }, cancellationToken, isLong: true).ConfigureAwait(false);
        }
        finally
        {
            foreach (string suffix in (string[])["", "-wal", "-shm"]) File.Delete(copy + suffix);
        }
    }

    /// <summary>
    /// Frees the rows. Their bytes stay in the server's files until others are written there: rewriting the tables for each forgotten id
    /// (VACUUM FULL) would keep all readers waiting for as long as it takes, and the server's log would keep the bytes all the same.
    /// </summary>
    protected override Task CompactAsync(string id, CancellationToken cancellationToken) => _database.ConnectAsync(
        async connection => await connection.ExecuteAsync(
            "VACUUM event, entry, change, audit, exposed_unit, item_contract", cancellationToken).ConfigureAwait(false),
        cancellationToken, isLong: true);
}
