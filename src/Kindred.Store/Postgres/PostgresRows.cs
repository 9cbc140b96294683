using Kindred.Store.Sql;
using Npgsql;
using NpgsqlTypes;

namespace Kindred.Store.Postgres;

/// <summary>Rows by binary COPY.</summary>
internal sealed class PostgresRows : ISqlRows
{
    private readonly NpgsqlBinaryImporter _importer;

    private PostgresRows(NpgsqlBinaryImporter importer) => _importer = importer;

    public static async Task<PostgresRows> OpenAsync(NpgsqlConnection connection, string table, string[] columns) =>
        new(await connection.BeginBinaryImportAsync($"COPY {table} ({string.Join(", ", columns)}) FROM STDIN (FORMAT BINARY)")
            .ConfigureAwait(false));

    public async Task AddAsync(object[] values)
    {
        await _importer.StartRowAsync().ConfigureAwait(false);
        foreach (object value in values)
            await (value switch
            {
                long number => _importer.WriteAsync(number, NpgsqlDbType.Bigint),
                string text => _importer.WriteAsync(text, NpgsqlDbType.Text),
                double number => _importer.WriteAsync(number, NpgsqlDbType.Double),
                byte[] bytes => _importer.WriteAsync(bytes, NpgsqlDbType.Bytea),
                DBNull => _importer.WriteNullAsync(),
                _ => throw new InvalidOperationException($"Stores have no {value.GetType().Name}."),
            }).ConfigureAwait(false);
    }

    public async Task CompleteAsync() => await _importer.CompleteAsync().ConfigureAwait(false);

    public ValueTask DisposeAsync() => _importer.DisposeAsync();
}
