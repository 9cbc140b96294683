using System.Data.Common;

namespace Kindred.Store.Sql;

/// <summary>Copies a store, row by row, into an empty one of the other kind.</summary>
internal static class SqlCopy
{
    private static readonly string[] Tables =
    [
        "counter", "event", "event_count", "entry", "attribute", "change", "setting", "job", "access_key", "audit", "tombstone",
        "exposed_unit", "exposure_writer", "experiment_report", "credited_event", "item_contract", "contract_sum",
        "contract_day",
    ];

    /// <param name="from">A connection that sees one state: within a transaction, or of a file nobody writes to.</param>
    /// <param name="writer">Opens a table and its columns for rows.</param>
    public static async Task CopyAsync(
        DbConnection from, SqlTransaction to, Func<string, string[], Task<ISqlRows>> writer, CancellationToken cancellationToken)
    {
        await to.ExecuteAsync("DELETE FROM counter").ConfigureAwait(false);
        foreach (string table in Tables)
        {
            await using var command = from.Command($"SELECT * FROM {table}");
            await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            string[] columns = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
            await using var rows = await writer(table, columns).ConfigureAwait(false);
            object[] values = new object[columns.Length];
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                reader.GetValues(values);
                await rows.AddAsync(values).ConfigureAwait(false);
            }
            await rows.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A store without events, entries, settings and keys.</summary>
    public static async Task<bool> IsEmptyAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        foreach (string table in (string[])["event", "entry", "setting", "job", "access_key", "tombstone"])
            if (await connection.LongAsync($"SELECT 1 FROM {table} LIMIT 1", cancellationToken).ConfigureAwait(false) == 1) return false;
        return true;
    }
}

/// <summary>Rows on their way into a table.</summary>
internal interface ISqlRows : IAsyncDisposable
{
    /// <param name="values">Of the columns: long, double, string, byte[] or <see cref="DBNull"/>.</param>
    Task AddAsync(object[] values);

    Task CompleteAsync();
}
