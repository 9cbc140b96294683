using Kindred.Store.Sql;

namespace Kindred.Store.Sqlite;

internal sealed class SqliteStore : IStore
{
    private readonly SqliteDatabase _database;

    private SqliteStore(SqliteDatabase database)
    {
        _database = database;
        Events = new SqliteEvents(database);
        Users = new SqlCatalog(database, SubjectKind.User);
        Items = new SqlCatalog(database, SubjectKind.Item);
        Settings = new SqlSettings(database);
    }

    public string Description => $"SQLite {_database.Path}";

    public IEventStore Events { get; }

    public ICatalogStore Users { get; }

    public ICatalogStore Items { get; }

    public ISettingStore Settings { get; }

    public IJobStore Jobs => throw new NotImplementedException();

    public IAccessKeyStore Keys => throw new NotImplementedException();

    public IAuditLog Audit => throw new NotImplementedException();

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

    public async Task<IReadOnlyList<StoreChange>> ChangesAsync(long after, int count, CancellationToken cancellationToken = default) =>
        await _database.ListAsync(
            "SELECT version, kind, id, deleted FROM change WHERE version > @after ORDER BY version LIMIT @count",
            row => new StoreChange(row.GetInt64(0), (ChangeKind)row.GetInt64(1), row.GetString(2), row.GetInt64(3) != 0), cancellationToken,
            ("after", after), ("count", (long)count)).ConfigureAwait(false);

    public Task<long> LastVersionAsync(CancellationToken cancellationToken = default) => _database.ReadAsync(
        connection => connection.LongAsync("SELECT value FROM counter WHERE name = 'version'", cancellationToken), cancellationToken);

    public Task<ForgetReceipt> ForgetAsync(SubjectKind kind, string id, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    public Task<IReadOnlyList<Tombstone>> ForgottenAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    public Task CheckWritableAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    public Task BackupAsync(string path, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
