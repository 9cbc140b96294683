using System.Data.Common;

namespace Kindred.Store.Sql;

internal sealed class SqlExperiments(SqlDatabase database) : IExperimentStore
{
    private const string Columns = "experiment, unit, arm, day, first, answers, empty, failed, latency, number";

    public Task AddAsync(IReadOnlyList<ExposedUnit> sums, CancellationToken cancellationToken = default) =>
        sums.Count == 0 ? Task.CompletedTask : database.WriteAsync(async transaction =>
        {
            long number = await transaction.Connection.LongAsync("SELECT value FROM counter WHERE name = 'exposed'", cancellationToken)
                .ConfigureAwait(false);
            foreach (var sum in sums)
                await transaction.ExecuteAsync(
                    $"""
                    INSERT INTO exposed_unit AS present ({Columns})
                    SELECT @experiment, @unit, @arm, @day, @first, @answers, @empty, @failed, @latency, @number
                    WHERE NOT EXISTS (SELECT 1 FROM tombstone WHERE kind = @kind AND hash = @hash AND forgotten >= @first)
                    ON CONFLICT (experiment, unit, arm, day) DO UPDATE SET
                      first = CASE WHEN excluded.first < present.first THEN excluded.first ELSE present.first END,
                      answers = present.answers + excluded.answers, empty = present.empty + excluded.empty,
                      failed = present.failed + excluded.failed, latency = present.latency + excluded.latency, number = excluded.number
                    """,
                    ("experiment", sum.Experiment), ("unit", sum.Unit), ("arm", sum.Arm), ("day", (long)sum.Day),
                    ("first", sum.First.ToUnixTimeMilliseconds()), ("answers", sum.Answers), ("empty", sum.Empty),
                    ("failed", sum.Failed), ("latency", sum.Latency), ("number", ++number), ("kind", (long)SubjectKind.User),
                    ("hash", IdHash.From(sum.Unit))).ConfigureAwait(false);
            await transaction.ExecuteAsync("UPDATE counter SET value = @number WHERE name = 'exposed'", ("number", number))
                .ConfigureAwait(false);
            return true;
        }, cancellationToken);

    public async Task<IReadOnlyList<ExposedUnit>> AfterAsync(long number, int count, CancellationToken cancellationToken = default) =>
        await database.ListAsync(
            $"SELECT {Columns} FROM exposed_unit WHERE number > @number ORDER BY number LIMIT @count", Read, cancellationToken,
            ("number", number), ("count", (long)count)).ConfigureAwait(false);

    private static ExposedUnit Read(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), (int)row.GetInt64(3), row.Time(4))
    {
        Answers = row.GetInt64(5),
        Empty = row.GetInt64(6),
        Failed = row.GetInt64(7),
        Latency = row.GetDouble(8),
        Number = row.GetInt64(9),
    };
}
