using System.Data.Common;

namespace Kindred.Store.Sql;

internal sealed class SqlExperiments(SqlDatabase database) : IExperimentStore
{
    private const string Columns = "experiment, unit, arm, day, first, answers, empty, failed, latency, joined, number";

    /// <summary>What to do where there is a row of the unit, the arm and the day.</summary>
    private const string AddUp =
        """
        ON CONFLICT (experiment, unit, arm, day) DO UPDATE SET
          first = CASE WHEN excluded.first < present.first THEN excluded.first ELSE present.first END,
          answers = present.answers + excluded.answers, empty = present.empty + excluded.empty,
          failed = present.failed + excluded.failed, latency = present.latency + excluded.latency,
          joined = CASE WHEN excluded.joined > present.joined THEN excluded.joined ELSE present.joined END, number = excluded.number
        """;

    private const string NotForgotten =
        "NOT EXISTS (SELECT 1 FROM tombstone WHERE kind = @kind AND hash = @hash AND forgotten >= @first)";

    private static readonly TimeSpan WritersAreKept = TimeSpan.FromDays(30);

    public Task AddAsync(
        string writer, long batch, IReadOnlyList<ExposedUnit> sums, CancellationToken cancellationToken = default) =>
        sums.Count == 0 ? Task.CompletedTask : database.WriteAsync(async transaction =>
        {
            if (!await BeginAsync(transaction, writer, batch).ConfigureAwait(false)) return false;
            long number = await NumberAsync(transaction).ConfigureAwait(false);
            foreach (var sum in sums)
                await transaction.ExecuteAsync(
                    $"""
                    INSERT INTO exposed_unit AS present ({Columns})
                    SELECT @experiment, @unit, @arm, @day, @first, @answers, @empty, @failed, @latency, 0, @number WHERE {NotForgotten}
                    {AddUp}
                    """,
                    ("experiment", sum.Experiment), ("unit", sum.Unit), ("arm", sum.Arm), ("day", (long)sum.Day),
                    ("first", sum.First.ToUnixTimeMilliseconds()), ("answers", sum.Answers), ("empty", sum.Empty),
                    ("failed", sum.Failed), ("latency", sum.Latency), ("number", ++number), ("kind", (long)SubjectKind.User),
                    ("hash", IdHash.From(sum.Unit))).ConfigureAwait(false);
            await WriteNumberAsync(transaction, number).ConfigureAwait(false);
            return true;
        }, cancellationToken);

    public async Task<IReadOnlyList<ExposedUnit>> AfterAsync(
        string experiment, long number, int count, CancellationToken cancellationToken = default) => await database.ListAsync(
            $"SELECT {Columns} FROM exposed_unit WHERE experiment = @experiment AND number > @number ORDER BY number LIMIT @count", Read,
            cancellationToken, ("experiment", experiment), ("number", number), ("count", (long)count)).ConfigureAwait(false);

    public Task CreditAsync(string experiment, IReadOnlyList<CreditedEvent> credits, CancellationToken cancellationToken = default) =>
        credits.Count == 0 ? Task.CompletedTask : database.WriteAsync(async transaction =>
        {
            foreach (var credit in credits)
                await transaction.ExecuteAsync(
                    $"""
                    INSERT INTO credited_event AS present (experiment, identity, unit, arm, direct, shown)
                    SELECT @experiment, @identity, @unit, @arm, @direct, @first WHERE {NotForgotten}
                    ON CONFLICT (experiment, identity) DO UPDATE SET
                      unit = excluded.unit, arm = excluded.arm, direct = excluded.direct, shown = excluded.shown
                    WHERE excluded.direct > present.direct OR (excluded.direct = present.direct AND excluded.shown > present.shown)
                    """,
                    ("experiment", experiment), ("identity", EventIdentity.FromId(credit.EventId)), ("unit", credit.Unit),
                    ("arm", credit.Arm), ("direct", credit.IsDirect ? 1L : 0L), ("first", credit.Shown.ToUnixTimeMilliseconds()),
                    ("kind", (long)SubjectKind.User), ("hash", IdHash.From(credit.Unit))).ConfigureAwait(false);
            return true;
        }, cancellationToken);

    public async Task<IReadOnlyList<UnitCredits>> CreditsAsync(string experiment, CancellationToken cancellationToken = default) =>
        await database.ListAsync(
            """
            SELECT unit, arm, count(*) FROM credited_event AS credit
            WHERE experiment = @experiment AND EXISTS (SELECT 1 FROM event WHERE event.identity = credit.identity)
            GROUP BY unit, arm ORDER BY unit, arm
            """,
            row => new UnitCredits(row.GetString(0), row.GetString(1), row.GetInt64(2)), cancellationToken,
            ("experiment", experiment)).ConfigureAwait(false);

    public Task KeepReportAsync(string experiment, string report, CancellationToken cancellationToken = default) =>
        database.WriteAsync(transaction => transaction.ExecuteAsync(
            """
            INSERT INTO experiment_report (experiment, report, kept) VALUES (@experiment, @report, @now) ON CONFLICT (experiment) DO NOTHING
            """, ("experiment", experiment), ("report", report), ("now", transaction.Now)), cancellationToken);

    public async Task<string?> KeptReportAsync(string experiment, CancellationToken cancellationToken = default) =>
        (await database.ListAsync("SELECT report FROM experiment_report WHERE experiment = @experiment", row => row.GetString(0),
            cancellationToken, ("experiment", experiment)).ConfigureAwait(false)).FirstOrDefault();

    public Task<int> RemoveAsync(string experiment, int count, CancellationToken cancellationToken = default) =>
        database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync(
                """
                DELETE FROM exposed_unit WHERE experiment = @experiment AND number IN
                  (SELECT number FROM exposed_unit WHERE experiment = @experiment ORDER BY number LIMIT @count)
                """, ("experiment", experiment), ("count", (long)count)).ConfigureAwait(false)
            + await transaction.ExecuteAsync(
                """
                DELETE FROM credited_event WHERE experiment = @experiment AND identity IN
                  (SELECT identity FROM credited_event WHERE experiment = @experiment ORDER BY identity LIMIT @count)
                """, ("experiment", experiment), ("count", (long)count)).ConfigureAwait(false), cancellationToken);

    /// <summary>Gives what a session took part in to the user as whom its visitor signed in: they are one unit.</summary>
    /// <returns>Whether it took part in anything.</returns>
    public static async Task<bool> JoinAsync(SqlTransaction transaction, string session, string user)
    {
        (string, object?)[] both = [("session", session), ("user", user)];
        await transaction.ExecuteAsync("UPDATE credited_event SET unit = @user WHERE unit = @session", both).ConfigureAwait(false);
        long rows = await transaction.Connection.LongAsync(
            "SELECT count(*) FROM exposed_unit WHERE unit = @session", transaction.CancellationToken, both[0]).ConfigureAwait(false);
        if (rows == 0 || session == user) return false;
        long number = await NumberAsync(transaction).ConfigureAwait(false);
        await transaction.ExecuteAsync(
            $"""
            INSERT INTO exposed_unit AS present ({Columns})
            SELECT experiment, @user, arm, day, first, answers, empty, failed, latency, 1, @number + row_number() OVER (ORDER BY number)
            FROM exposed_unit WHERE unit = @session
            {AddUp}
            """, [.. both, ("number", number)]).ConfigureAwait(false);
        await transaction.ExecuteAsync("DELETE FROM exposed_unit WHERE unit = @session", both[0]).ConfigureAwait(false);
        await WriteNumberAsync(transaction, number + rows).ConfigureAwait(false);
        return true;
    }

    /// <returns>False: the batch was added before.</returns>
    private static async Task<bool> BeginAsync(SqlTransaction transaction, string writer, long batch)
    {
        long last = await transaction.Connection.LongAsync(
            "SELECT batch FROM exposure_writer WHERE writer = @writer", transaction.CancellationToken, ("writer", writer))
            .ConfigureAwait(false);
        if (last >= batch) return false;
        if (last == 0)
            await transaction.ExecuteAsync("DELETE FROM exposure_writer WHERE written < @before",
                ("before", transaction.Now - (long)WritersAreKept.TotalMilliseconds)).ConfigureAwait(false);
        await transaction.ExecuteAsync(
            """
            INSERT INTO exposure_writer (writer, batch, written) VALUES (@writer, @batch, @now)
            ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch, written = excluded.written
            """, ("writer", writer), ("batch", batch), ("now", transaction.Now)).ConfigureAwait(false);
        return true;
    }

    private static Task<long> NumberAsync(SqlTransaction transaction) => transaction.Connection.LongAsync(
        "SELECT value FROM counter WHERE name = 'exposed'", transaction.CancellationToken);

    private static Task<int> WriteNumberAsync(SqlTransaction transaction, long number) =>
        transaction.ExecuteAsync("UPDATE counter SET value = @number WHERE name = 'exposed'", ("number", number));

    private static ExposedUnit Read(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), (int)row.GetInt64(3), row.Time(4))
    {
        Answers = row.GetInt64(5),
        Empty = row.GetInt64(6),
        Failed = row.GetInt64(7),
        Latency = row.GetDouble(8),
        HasJoined = row.GetInt64(9) != 0,
        Number = row.GetInt64(10),
    };
}
