using Kindred.Store.Sql;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Sqlite;

/// <summary>Rows by a prepared statement.</summary>
internal sealed class SqliteRows : ISqlRows
{
    private readonly SqliteCommand _insert;

    public SqliteRows(SqliteConnection connection, string table, string[] columns) => _insert = (SqliteCommand)connection.Command(
        $"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES (@{string.Join(", @", columns)})",
        [.. columns.Select(name => (name, (object?)null))]);

    public Task AddAsync(object[] values)
    {
        for (int n = 0; n < values.Length; n++) _insert.Parameters[n].Value = values[n];
        _insert.ExecuteNonQuery();
        return Task.CompletedTask;
    }

    public Task CompleteAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => _insert.DisposeAsync();
}
