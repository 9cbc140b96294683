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
        database.WriteAsync<Setting?>(async transaction =>
        {
            long present = await transaction.Connection.LongAsync(
                "SELECT version FROM setting WHERE name = @name", cancellationToken, ("name", name)).ConfigureAwait(false);
            if (expected is { } version && version != present) return null;
            long next = await transaction.NoteChangeAsync(ChangeKind.Setting, name).ConfigureAwait(false);
            await transaction.ExecuteAsync(
                """
                INSERT INTO setting (name, json, version, updated) VALUES (@name, @json, @version, @now)
                ON CONFLICT (name) DO UPDATE SET json = excluded.json, version = excluded.version, updated = excluded.updated
                """,
                ("name", name), ("json", json), ("version", next), ("now", transaction.Now)).ConfigureAwait(false);
            return new(name, json, next, DateTimeOffset.FromUnixTimeMilliseconds(transaction.Now));
        }, cancellationToken);

    private static Setting Read(DbDataReader row) => new(row.GetString(0), row.GetString(1), row.GetInt64(2), row.Time(3));
}
