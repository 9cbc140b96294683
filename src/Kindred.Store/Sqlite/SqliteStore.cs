using Kindred.Store.Sql;

namespace Kindred.Store.Sqlite;

/// <summary>A store in one file.</summary>
internal sealed class SqliteStore : SqlStore
{
    private SqliteStore(SqliteDatabase database) : base(database, new SqliteEvents(database)) => Database = database;

    public SqliteDatabase Database { get; }

    public override string Description => $"SQLite {Database.Path}";

    public static async Task<SqliteStore> OpenAsync(string path, StoreOptions options, CancellationToken cancellationToken)
    {
        var database = SqliteDatabase.Open(path, options);
        try
        {
            await SqlSchema.UpdateAsync(database, "Sqlite", cancellationToken).ConfigureAwait(false);
            return new(database);
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override Task BackupAsync(string path, CancellationToken cancellationToken = default) =>
        SqliteBackup.WriteAsync(path, draft => Database.ReadAsync(
            async connection => await connection.ExecuteAsync("VACUUM INTO @draft", cancellationToken, ("draft", draft))
                .ConfigureAwait(false), cancellationToken));

    protected override Task CompactAsync(string id, CancellationToken cancellationToken) => Database.EraseAsync(id, cancellationToken);
}
