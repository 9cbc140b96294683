using System.Data.Common;

namespace Kindred.Store.Sql;

internal sealed class SqlJobs(SqlDatabase database) : IJobStore
{
    private const string Columns = "id, kind, state, detail, created, updated, version";

    public Task<Job?> PutAsync(Job job, CancellationToken cancellationToken = default) => database.WriteAsync<Job?>(async transaction =>
    {
        var present = await GetAsync(job.Id, transaction.Connection, cancellationToken).ConfigureAwait(false);
        if ((present?.Version ?? 0) != job.Version) return null;
        var now = DateTimeOffset.FromUnixTimeMilliseconds(transaction.Now);
        var written = job with { Version = job.Version + 1, CreatedAt = present?.CreatedAt ?? now, UpdatedAt = now };
        await transaction.ExecuteAsync(
            $"""
            INSERT INTO job ({Columns}) VALUES (@id, @kind, @state, @detail, @created, @now, @version)
            ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, state = excluded.state, detail = excluded.detail,
              updated = excluded.updated, version = excluded.version
            """,
            ("id", job.Id), ("kind", job.Kind), ("state", (long)job.State), ("detail", job.Detail),
            ("created", written.CreatedAt.ToUnixTimeMilliseconds()), ("now", transaction.Now), ("version", written.Version))
            .ConfigureAwait(false);
        return written;
    }, cancellationToken);

    public Task<Job?> GetAsync(string id, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => GetAsync(id, connection, cancellationToken), cancellationToken);

    public async Task<IReadOnlyList<Job>> ListAsync(int count, CancellationToken cancellationToken = default) => await database.ListAsync(
        $"SELECT {Columns} FROM job ORDER BY created DESC, id DESC LIMIT @count", Read, cancellationToken, ("count", (long)count))
        .ConfigureAwait(false);

    private static async Task<Job?> GetAsync(string id, DbConnection connection, CancellationToken cancellationToken) =>
        (await connection.ListAsync($"SELECT {Columns} FROM job WHERE id = @id", Read, cancellationToken, ("id", id)).ConfigureAwait(false))
        .FirstOrDefault();

    private static Job Read(DbDataReader row) => new(row.GetString(0), row.GetString(1), (JobState)row.GetInt64(2), row.GetString(3))
    {
        CreatedAt = row.Time(4),
        UpdatedAt = row.Time(5),
        Version = row.GetInt64(6),
    };
}
