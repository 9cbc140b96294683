using Kindred.Import;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Kindred.Native.Tests.Import;

/// <summary>Real databases: an SQLite file, and a PostgreSQL cluster that the tests start.</summary>
public sealed class DatabaseSourceTests : IDisposable
{
    private const string Rows =
        """
        CREATE TABLE orders (order_id INTEGER, customer_id INTEGER, sku TEXT, qty INTEGER, created_at TYPE);
        INSERT INTO orders VALUES (1, 7000, 'A,"1"', 2, '2023-01-05 04:21:09'), (2, 7001, 'line
        end', 1, '2023-01-06 00:00:00'), (3, NULL, 'C', 1, '2023-01-07 00:00:00');
        """;

    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    private static readonly string[] Expected = ["7000 A,\"1\" 2 1672892469", "7001 line\nend 1 1672963200"];

    [Fact]
    public void The_only_table_of_an_sqlite_file_is_read()
    {
        string path = Sqlite(RowsWith("TEXT"));
        Assert.Contains("the user id is empty", _box.Refusal(path), StringComparison.Ordinal);
        var summary = _box.Import(new ImportOptions { Sources = [path], OnError = ErrorPolicy.Skip });
        Assert.Equal(Expected, _box.Events);
        Assert.Contains("an SQLite file", summary.Format, StringComparison.Ordinal);
        Assert.Equal(["order_id"], summary.Unused);
    }

    [Fact]
    public void Of_several_tables_one_is_asked_for()
    {
        string path = Sqlite(RowsWith("TEXT") + "CREATE TABLE users (id INTEGER);");
        Assert.Contains(
            "has the tables orders, users; say what to read, for example --query", _box.Refusal(path), StringComparison.Ordinal);
        var options = new ImportOptions { Sources = [path], OnError = ErrorPolicy.Skip };
        _box.Import(options with { Query = "orders" });
        Assert.Equal(Expected, _box.Events);
        Assert.Equal(1, _box.Import(options with { Query = "SELECT customer_id AS user, sku AS item FROM orders WHERE qty = 2;" }).Events);
        string message = _box.Refusal(options with { Query = "SELECT missing FROM orders" });
        Assert.Contains("no such column: missing", message, StringComparison.Ordinal);
        Assert.EndsWith("; look at --query.", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_to_postgresql_is_read()
    {
        await using var server = await PostgresServer.Start(ImportSandbox.Cancellation);
        await server.Execute(RowsWith("timestamptz"), ImportSandbox.Cancellation);

        var options = new ImportOptions { Sources = [server.Address], OnError = ErrorPolicy.Skip };
        var summary = _box.Import(options);
        Assert.Equal(Expected, _box.Events);
        Assert.Contains("a PostgreSQL database", summary.Format, StringComparison.Ordinal);
        Assert.DoesNotContain("postgres@", string.Join(' ', summary.Format, summary.Name), StringComparison.Ordinal);
        Assert.Equal(1, _box.Import(options with { Query = "SELECT customer_id, sku, created_at FROM orders WHERE qty > 1" }).Events);
        Assert.Contains("relation \"nowhere\" does not exist; look at --query",
            _box.Refusal(options with { Query = "SELECT * FROM nowhere" }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_is_not_there_is_named_without_its_password()
    {
        string message = _box.Refusal("postgres://me:secret@127.0.0.1:1/shop");
        Assert.StartsWith("postgres://127.0.0.1/shop cannot be reached", message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    private static string RowsWith(string timeType) => Rows.Replace("TYPE", timeType, StringComparison.Ordinal);

    private string Sqlite(string sql)
    {
        string path = Path.Combine(_box.Path, "shop.db");
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
        return path;
    }
}
