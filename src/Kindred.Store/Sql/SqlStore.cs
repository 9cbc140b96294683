namespace Kindred.Store.Sql;

/// <summary>A store in a database; what differs between the two kinds is in those that derive from it.</summary>
internal abstract class SqlStore(SqlDatabase database, IEventStore events) : IStore
{
    public abstract string Description { get; }

    public IEventStore Events { get; } = events;

    public ICatalogStore Users { get; } = new SqlCatalog(database, SubjectKind.User);

    public ICatalogStore Items { get; } = new SqlCatalog(database, SubjectKind.Item);

    public ISettingStore Settings { get; } = new SqlSettings(database);

    public IJobStore Jobs { get; } = new SqlJobs(database);

    public IExperimentStore Experiments { get; } = new SqlExperiments(database);

    public IContractStore Contracts { get; } = new SqlContracts(database);

    public IAccessKeyStore Keys { get; } = new SqlAccessKeys(database);

    public IAuditLog Audit { get; } = new SqlAuditLog(database);

    public async Task<IReadOnlyList<StoreChange>> ChangesAsync(long after, int count, CancellationToken cancellationToken = default) =>
        await database.ListAsync(
            "SELECT version, kind, id, deleted FROM change WHERE version > @after ORDER BY version LIMIT @count",
            row => new StoreChange(row.GetInt64(0), (ChangeKind)row.GetInt64(1), row.GetString(2), row.GetInt64(3) != 0), cancellationToken,
            ("after", after), ("count", (long)count)).ConfigureAwait(false);

    public Task<long> LastVersionAsync(CancellationToken cancellationToken = default) => database.ReadAsync(
        connection => connection.LongAsync("SELECT value FROM counter WHERE name = 'version'", cancellationToken), cancellationToken);

    public async Task<ForgetReceipt> ForgetAsync(SubjectKind kind, string id, CancellationToken cancellationToken = default)
    {
        var receipt = await database.ForgetAsync(kind, id, cancellationToken).ConfigureAwait(false);
        await CompactAsync(id, cancellationToken).ConfigureAwait(false);
        return receipt;
    }

    public async Task<IReadOnlyList<Tombstone>> ForgottenAsync(CancellationToken cancellationToken = default) => await database.ListAsync(
        "SELECT kind, hash, sequence, forgotten FROM tombstone ORDER BY forgotten, kind, hash",
        row => new Tombstone((SubjectKind)row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.Time(3)), cancellationToken)
        .ConfigureAwait(false);

    public Task CheckWritableAsync(CancellationToken cancellationToken = default) => database.WriteAsync(
        transaction => transaction.ExecuteAsync(
            """
            INSERT INTO counter (name, value) VALUES ('written', @now) ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, ("now", transaction.Now)), cancellationToken);

    public abstract Task BackupAsync(string path, CancellationToken cancellationToken = default);

    public ValueTask DisposeAsync() => database.DisposeAsync();

    /// <summary>Overwrites what deleted rows left in files.</summary>
    protected abstract Task CompactAsync(string id, CancellationToken cancellationToken);
}
