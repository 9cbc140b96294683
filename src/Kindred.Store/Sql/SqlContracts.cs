using System.Data.Common;
using Kindred.ExposureContracts;

namespace Kindred.Store.Sql;

internal sealed class SqlContracts(SqlDatabase database) : IContractStore
{
    public Task<int> StartAsync(
        IReadOnlyList<NewContract> contracts, bool isFirst, CancellationToken cancellationToken = default) =>
        contracts.Count == 0 ? Task.FromResult(0) : database.WriteAsync(async transaction =>
        {
            long before = await NumberAsync(transaction).ConfigureAwait(false), number = before;
            foreach (var contract in contracts)
                number += await transaction.ExecuteAsync(
                    $"""
                    INSERT INTO item_contract (number, item, impressions, hours, began, automatic, state)
                    SELECT @number, @item, @impressions, @hours, @began, @automatic, @running
                    WHERE NOT EXISTS (SELECT 1 FROM item_contract WHERE item = @item{(isFirst ? "" : " AND state = @running")})
                    """,
                    ("number", number + 1), ("item", contract.ItemId), ("impressions", (long)contract.Impressions),
                    ("hours", contract.Hours), ("began", contract.Began.ToUnixTimeMilliseconds()),
                    ("automatic", contract.IsAutomatic ? 1L : 0L), ("running", (long)ContractState.Running)).ConfigureAwait(false);
            await transaction.ExecuteAsync("UPDATE counter SET value = @number WHERE name = 'contract'", ("number", number))
                .ConfigureAwait(false);
            return (int)(number - before);
        }, cancellationToken);

    public Task<bool> ChangeAsync(long number, int impressions, double hours, CancellationToken cancellationToken = default) =>
        UpdateAsync("impressions = @impressions, hours = @hours", cancellationToken,
            ("number", number), ("impressions", (long)impressions), ("hours", hours));

    public Task ExpectAsync(IReadOnlyDictionary<long, AppealPrior> priors, CancellationToken cancellationToken = default) =>
        priors.Count == 0 ? Task.CompletedTask : database.WriteAsync(async transaction =>
        {
            foreach (var (number, prior) in priors)
                await transaction.ExecuteAsync(
                    "UPDATE item_contract SET rate = @rate, strength = @strength WHERE number = @number AND state = @running",
                    ("number", number), ("rate", prior.Rate), ("strength", prior.Strength), ("running", (long)ContractState.Running))
                    .ConfigureAwait(false);
            return true;
        }, cancellationToken);

    public Task<bool> EndAsync(long number, ContractState state, string reason, CancellationToken cancellationToken = default) =>
        UpdateAsync("state = @state, ended = @now, reason = @reason", cancellationToken,
            ("number", number), ("state", (long)state), ("reason", reason), ("now", database.Now));

    public async Task<IReadOnlyList<StoredContract>> ListAsync(
        DateTimeOffset endedAfter, int count, string? itemId = null, long before = long.MaxValue,
        CancellationToken cancellationToken = default) =>
        await database.ListAsync(
            $"""
            SELECT c.number, c.item, c.impressions, c.hours, c.began, c.automatic, c.rate, c.strength, c.state, c.ended, c.reason,
              (SELECT count(DISTINCT credit.arm) FROM credited_event AS credit
               WHERE credit.experiment = 'contract:' || CAST(c.number AS TEXT)
                 AND EXISTS (SELECT 1 FROM event WHERE event.identity = credit.identity)),
              CAST(coalesce(s.given, 0) AS BIGINT), CAST(coalesce(s.placed, 0) AS BIGINT), coalesce(s.examined, 0), coalesce(s.spent, 0)
            FROM item_contract AS c
            LEFT JOIN (SELECT number, sum(given) AS given, sum(placed) AS placed, sum(examined) AS examined, sum(spent) AS spent
                       FROM contract_sum GROUP BY number) AS s ON s.number = c.number
            WHERE (c.state = @running OR c.ended > @after) AND c.number < @before{(itemId is null ? "" : " AND c.item = @item")}
            ORDER BY c.number DESC LIMIT @count
            """, Read, cancellationToken, ("running", (long)ContractState.Running), ("after", endedAfter.ToUnixTimeMilliseconds()),
            ("count", (long)count), ("before", before), ("item", itemId ?? "")).ConfigureAwait(false);

    public async Task<IReadOnlyDictionary<ContractState, int>> CountAsync(CancellationToken cancellationToken = default) =>
        (await database.ListAsync(
            "SELECT state, count(*) FROM item_contract GROUP BY state",
            row => KeyValuePair.Create((ContractState)row.GetInt64(0), (int)row.GetInt64(1)), cancellationToken).ConfigureAwait(false))
        .ToDictionary();

    public Task KeepAsync(
        string writer, IReadOnlyList<ContractSum> sums, IReadOnlyList<ContractDay> days, CancellationToken cancellationToken = default) =>
        sums.Count + days.Count == 0 ? Task.CompletedTask : database.WriteAsync(async transaction =>
        {
            foreach (var sum in sums) // a contract that was forgotten meanwhile stays so
                await transaction.ExecuteAsync(
                    """
                    INSERT INTO contract_sum (number, writer, since, given, placed, examined, spent)
                    SELECT @number, @writer, @since, @given, @placed, @examined, @spent
                    WHERE EXISTS (SELECT 1 FROM item_contract WHERE number = @number)
                    ON CONFLICT (number, writer) DO UPDATE SET given = excluded.given, placed = excluded.placed,
                      examined = excluded.examined, spent = excluded.spent
                    """,
                    ("number", sum.Number), ("writer", writer), ("since", sum.Since.ToUnixTimeMilliseconds()), ("given", sum.Given),
                    ("placed", sum.Placed), ("examined", sum.Examined), ("spent", sum.Spent)).ConfigureAwait(false);
            foreach (var day in days)
                await transaction.ExecuteAsync(
                    """
                    INSERT INTO contract_day (writer, day, answers, value, spent) VALUES (@writer, @day, @answers, @value, @spent)
                    ON CONFLICT (writer, day) DO UPDATE SET answers = excluded.answers, value = excluded.value, spent = excluded.spent
                    """,
                    ("writer", writer), ("day", (long)day.Day), ("answers", day.Answers), ("value", day.Value), ("spent", day.Spent))
                    .ConfigureAwait(false);
            return true;
        }, cancellationToken);

    public async Task<IReadOnlyList<ContractSum>> SumsAsync(string writer, CancellationToken cancellationToken = default) =>
        await database.ListAsync(
            """
            SELECT s.number, s.since, s.given, s.placed, s.examined, s.spent FROM contract_sum AS s
            JOIN item_contract AS c ON c.number = s.number WHERE s.writer = @writer AND c.state = @running
            """,
            row => new ContractSum(
                row.GetInt64(0), row.Time(1), row.GetInt64(2), row.GetInt64(3), row.GetDouble(4), row.GetDouble(5)),
            cancellationToken, ("writer", writer), ("running", (long)ContractState.Running)).ConfigureAwait(false);

    public async Task<ContractDay> DayAsync(int day, string? writer = null, CancellationToken cancellationToken = default) =>
        (await database.ListAsync(
            $"""
            SELECT CAST(coalesce(sum(answers), 0) AS BIGINT), coalesce(sum(value), 0), coalesce(sum(spent), 0) FROM contract_day
            WHERE day = @day{(writer is null ? "" : " AND writer = @writer")}
            """, row => new ContractDay(day, row.GetInt64(0), row.GetDouble(1), row.GetDouble(2)), cancellationToken,
            ("day", (long)day), ("writer", writer ?? "")).ConfigureAwait(false))[0];

    /// <summary>Removes an item's contracts, with all that counts for them.</summary>
    public static async Task ForgetAsync(SqlTransaction transaction, string itemId)
    {
        const string Its = "(SELECT number FROM item_contract WHERE item = @id)";
        await transaction.ExecuteAsync($"DELETE FROM contract_sum WHERE number IN {Its}", ("id", itemId)).ConfigureAwait(false);
        await transaction.ExecuteAsync(
            "DELETE FROM credited_event WHERE experiment IN (SELECT 'contract:' || CAST(number AS TEXT) FROM item_contract WHERE item = @id)",
            ("id", itemId)).ConfigureAwait(false);
        await transaction.ExecuteAsync("DELETE FROM item_contract WHERE item = @id", ("id", itemId)).ConfigureAwait(false);
    }

    private async Task<bool> UpdateAsync(string set, CancellationToken cancellationToken, params (string, object?)[] values) =>
        await database.WriteAsync(transaction => transaction.ExecuteAsync(
            $"UPDATE item_contract SET {set} WHERE number = @number AND state = @running",
            [.. values, ("running", (long)ContractState.Running)]), cancellationToken).ConfigureAwait(false) > 0;

    private static Task<long> NumberAsync(SqlTransaction transaction) => transaction.Connection.LongAsync(
        "SELECT value FROM counter WHERE name = 'contract'", transaction.CancellationToken);

    private static StoredContract Read(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1), new((int)row.GetInt64(2), row.GetDouble(3), row.Time(4)), row.GetInt64(5) != 0)
    {
        Prior = row.IsDBNull(6) ? null : new AppealPrior(row.GetDouble(6), row.GetDouble(7)),
        State = (ContractState)row.GetInt64(8),
        EndedAt = row.IsDBNull(9) ? null : row.Time(9),
        Reason = row.TextOrNull(10),
        Clicks = row.GetInt64(11),
        Given = row.GetInt64(12),
        Placed = row.GetInt64(13),
        Examined = row.GetDouble(14),
        Spent = row.GetDouble(15),
    };
}
