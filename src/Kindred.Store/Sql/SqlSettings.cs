using System.Data.Common;

namespace Kindred.Store.Sql;

internal sealed class SqlSettings(SqlDatabase database) : ISettingStore
{
    private const string Columns = "name, json, version, updated";

    public Task<Setting?> GetAsync(string name, CancellationToken cancellationToken = default) => database.ReadAsync(
        async connection => (await connection.ListAsync(
            $"SELECT {Columns} FROM setting WHERE name = @name", Read, cancellationToken, ("name", name)).ConfigureAwait(false))
            .FirstOrDefault(), cancellationToken);

    public async Task<IReadOnlyList<Setting>> ListAsync(CancellationToken cancellationToken = default) =>
        await database.ListAsync($"SELECT {Columns} FROM setting ORDER BY name", Read, cancellationToken).ConfigureAwait(false);

    public Task<Setting?> SetAsync(string name, string json, long? expected = null, CancellationToken cancellationToken = default) =>
        database.WriteAsync<Setting?>(
            async transaction => expected is null || await HasVersionAsync(transaction, name, expected.Value).ConfigureAwait(false)
                ? await WriteAsync(transaction, name, json).ConfigureAwait(false) : null,
            cancellationToken);

    public Task<bool> ChangeAsync(
        IReadOnlyList<SettingChange> changes, IReadOnlyList<NewAuditEntry> entries, CancellationToken cancellationToken = default) =>
        database.WriteAsync(async transaction =>
        {
            foreach (var change in changes)
                if (!await HasVersionAsync(transaction, change.Name, change.Expected).ConfigureAwait(false)) return false;
            foreach (var change in changes)
                if (change.Json is { } json) await WriteAsync(transaction, change.Name, json).ConfigureAwait(false);
            foreach (var entry in entries) await SqlAuditLog.AppendAsync(transaction, entry).ConfigureAwait(false);
            return true;
        }, cancellationToken);

    private static async Task<bool> HasVersionAsync(SqlTransaction transaction, string name, long version) =>
        version == await transaction.Connection.LongAsync(
            "SELECT version FROM setting WHERE name = @name", transaction.CancellationToken, ("name", name)).ConfigureAwait(false);

    private static async Task<Setting> WriteAsync(SqlTransaction transaction, string name, string json)
    {
        long next = await transaction.NoteChangeAsync(ChangeKind.Setting, name).ConfigureAwait(false);
        await transaction.ExecuteAsync(
            """
            INSERT INTO setting (name, json, version, updated) VALUES (@name, @json, @version, @now)
            ON CONFLICT (name) DO UPDATE SET json = excluded.json, version = excluded.version, updated = excluded.updated
            """,
            ("name", name), ("json", json), ("version", next), ("now", transaction.Now)).ConfigureAwait(false);
        return new(name, json, next, DateTimeOffset.FromUnixTimeMilliseconds(transaction.Now));
    }

    private static Setting Read(DbDataReader row) => new(row.GetString(0), row.GetString(1), row.GetInt64(2), row.Time(3));
}
