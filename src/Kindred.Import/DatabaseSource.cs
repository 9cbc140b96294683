using Kindred.Store.Postgres;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Kindred.Import;

/// <summary>Rows out of a database, as CSV with a header.</summary>
internal static class DatabaseSource
{
    /// <returns>The address without its password.</returns>
    public static string Shown(string source) =>
        Uri.TryCreate(source, UriKind.Absolute, out var uri) ? $"postgres://{uri.Host}{uri.AbsolutePath}" : "postgres://…";

    /// <exception cref="InputException">The server refuses, or there is nothing to ask it.</exception>
    public static void FromPostgres(string address, string? query, string target, CancellationToken cancellation)
    {
        string shown = Shown(address);
        try
        {
            var settings = PostgresAddress.Parse(address, namesDatabase: false);
            settings.Pooling = false;
            using var connection = new NpgsqlConnection(settings.ToString());
            connection.Open();
            string sql = SelectOf(shown, query, () => Names(connection));
            using (var format = new NpgsqlCommand(
                "SET DateStyle = 'ISO'; SET TimeZone = 'UTC'; SET IntervalStyle = 'iso_8601'", connection)) format.ExecuteNonQuery();
            using var reader = connection.BeginTextExport($"COPY ({sql}) TO STDOUT (FORMAT csv, HEADER true, ENCODING 'UTF8')");
            using var output = new StreamWriter(target, false, new System.Text.UTF8Encoding(false), 1 << 16);
            var buffer = new char[1 << 16];
            for (int read; (read = reader.Read(buffer)) > 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                output.Write(buffer.AsSpan(0, read));
            }
        }
        catch (PostgresException e) { throw new InputException($"{shown}: {e.MessageText}; look at --query."); }
        catch (Exception e) when (e is NpgsqlException or (ArgumentException and not InputException))
        {
            throw new InputException($"{shown} cannot be reached: {e.InnerException?.Message ?? e.Message}");
        }
    }

    /// <exception cref="InputException">The query is wrong, or there is none and several tables.</exception>
    public static void FromSqlite(string path, string? query, string target, CancellationToken cancellation)
    {
        try
        {
            var settings = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false };
            using var connection = new SqliteConnection(settings.ToString());
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = SelectOf(path, query, () => Names(connection));
            using var reader = command.ExecuteReader();
            using var output = new CsvOutput(target);
            output.Write([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)]);
            var row = new string?[reader.FieldCount];
            while (reader.Read())
            {
                cancellation.ThrowIfCancellationRequested();
                for (int n = 0; n < row.Length; n++)
                    row[n] = reader.IsDBNull(n) ? null
                        : Convert.ToString(reader.GetValue(n), System.Globalization.CultureInfo.InvariantCulture);
                output.Write(row);
            }
        }
        catch (SqliteException e) { throw new InputException($"{path}, an SQLite file: {e.Message.TrimEnd('.')}; look at --query."); }
    }

    /// <returns>The query; of a table's name, all of it.</returns>
    private static string SelectOf(string shown, string? query, Func<List<string>> tables)
    {
        if (query?.Trim().TrimEnd(';').Trim() is { Length: > 0 } sql) return sql.Any(char.IsWhiteSpace) ? sql : $"SELECT * FROM {sql}";
        var names = tables();
        if (names.Count == 1) return $"SELECT * FROM {Sql.Identifier(names[0])}";
        throw new InputException(
            $"{shown} has {(names.Count == 0 ? "no table" : $"the tables {string.Join(", ", names)}")}; "
            + "say what to read, for example --query \"SELECT user_id, item_id, created_at FROM orders\".");
    }

    private static List<string> Names(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(
            "SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) ORDER BY tablename", connection);
        using var reader = command.ExecuteReader();
        return Texts(reader);
    }

    private static List<string> Names(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name";
        using var reader = command.ExecuteReader();
        return Texts(reader);
    }

    private static List<string> Texts(System.Data.Common.DbDataReader reader)
    {
        var texts = new List<string>();
        while (reader.Read()) texts.Add(reader.GetString(0));
        return texts;
    }
}
