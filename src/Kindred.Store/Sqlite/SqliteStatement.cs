using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Kindred.Store.Sqlite;

/// <summary>
/// A statement that is run for each event of a batch. Commands of ADO.NET make several objects for each run, which costs more than the
/// insert.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;
    private byte[] _text = new byte[256];

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _connection = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(_connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    /// <param name="place">From 1.</param>
    public void Bind(int place, string? text)
    {
        if (text is null)
        {
            BindNull(place);
            return;
        }
        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_text.Length < most) _text = new byte[most];
        Check(raw.sqlite3_bind_text(_statement, place, _text.AsSpan(0, Encoding.UTF8.GetBytes(text, _text))));
    }

    public void Bind(int place, long number) => Check(raw.sqlite3_bind_int64(_statement, place, number));

    public void Bind(int place, double number) => Check(raw.sqlite3_bind_double(_statement, place, number));

    public void Bind(int place, ReadOnlySpan<byte> bytes) => Check(raw.sqlite3_bind_blob(_statement, place, bytes));

    public void BindNull(int place) => Check(raw.sqlite3_bind_null(_statement, place));

    /// <returns>How many rows it changed.</returns>
    public int Execute()
    {
        Step();
        return raw.sqlite3_changes(_connection);
    }

    /// <returns>The first column of the first row; null: there is no row.</returns>
    public long? FirstLong() => Step();

    public void Dispose() => _statement.Dispose();

    private long? Step()
    {
        int code = raw.sqlite3_step(_statement);
        long? first = code == raw.SQLITE_ROW ? raw.sqlite3_column_int64(_statement, 0) : null;
        int reset = raw.sqlite3_reset(_statement); // repeats the code of a failed step
        if (code is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) Check(reset == raw.SQLITE_OK ? code : reset);
        return first;
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(code, _connection);
    }
}
