using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using System.Text;
using Kindred.Store.Sql;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Sqlite;

/// <summary>A SQLite file: one connection writes, others read at the same time (write-ahead log).</summary>
internal sealed class SqliteDatabase : SqlDatabase
{
    /// <summary>
    /// The write-ahead log begins anew when it has so many pages, 64 MB. Users come in any order, so each batch writes a page for almost
    /// each event; the longer the log, the more of these writes go to the same pages of the file.
    /// </summary>
    private const int LogPages = 16_000;

    /// <summary>
    /// What is in the log is copied into the file after so long, too: a commit waits until the disk has written all that it was given,
    /// and 64 MB at once take it a third of a second.
    /// </summary>
    private static readonly TimeSpan LongestCopyPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan CheckpointPause = TimeSpan.FromMilliseconds(250);

    private readonly string _path;
    private readonly SqliteFile _file;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private readonly List<SqliteStatement> _statements = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _checkpoints;
    private volatile bool _isDisposed, _hasWritten; // since the log was copied

    private SqliteDatabase(string path, SqliteConnection writer, TimeProvider clock) : base(clock)
    {
        (_path, _file, Writer) = (path, new(path), writer);
        _checkpoints = Task.Run(CheckpointAsync);
    }

    public string Path => _path;

    /// <summary>Only used within <see cref="WriteAsync"/>.</summary>
    public SqliteConnection Writer { get; }

    public static SqliteDatabase Open(string path, StoreOptions options)
    {
        string full = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new InputException($"{full} is a folder: give the path of a SQLite file.");
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
            var writer = Connect(full, SqliteOpenMode.ReadWriteCreate);
            try
            {
                CheckContent(writer, full);
                Run(writer, "PRAGMA journal_mode = WAL");
                Run(writer, $"PRAGMA wal_autocheckpoint = {4 * LogPages}"); // see CheckpointAsync
                Run(writer, "PRAGMA secure_delete = ON"); // see EraseAsync
                Run(writer, $"PRAGMA synchronous = {(options.Durability == Durability.Fsync ? "FULL" : "NORMAL")}");
                return new(full, writer, options.Clock);
            }
            catch
            {
                writer.Dispose();
                throw;
            }
        }
        catch (Exception e) when (SqliteErrors.Translate(full, e) is { } told)
        {
            throw told;
        }
    }

    /// <summary>Prepares a statement of the writer, for as long as the database is open.</summary>
    public SqliteStatement Prepare(string sql)
    {
        var statement = new SqliteStatement(Writer, sql);
        _statements.Add(statement);
        return statement;
    }

    public override async Task<T> ReadAsync<T>(
        Func<DbConnection, Task<T>> read, CancellationToken cancellationToken, bool isLong = false)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (!_readers.TryTake(out var connection)) connection = Connect(_path, SqliteOpenMode.ReadWrite);
            try
            {
                return await read(connection).ConfigureAwait(false);
            }
            finally
            {
                if (_isDisposed) await connection.DisposeAsync().ConfigureAwait(false);
                else _readers.Add(connection);
            }
        }
        catch (Exception e) when (SqliteErrors.Translate(_path, e) is { } told)
        {
            throw told;
        }
    }

    public override async Task<T> WriteAsync<T>(
        Func<SqlTransaction, Task<T>> write, CancellationToken cancellationToken, bool isLong = false)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            // Takes the lock now: a transaction that reads first and finds another process writing later could only fail.
            Run(Writer, "BEGIN IMMEDIATE");
            try
            {
                var transaction = new SqlTransaction(Writer, Now, cancellationToken);
                T result = await write(transaction).ConfigureAwait(false);
                await transaction.FinishAsync().ConfigureAwait(false);
                Run(Writer, "COMMIT");
                _hasWritten = true;
                return result;
            }
            catch
            {
                RollBack();
                throw;
            }
        }
        catch (Exception e) when (SqliteErrors.Translate(_path, e) is { } told)
        {
            throw told;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Overwrites what deleted rows left in the files. Deleting has zeroed the rows themselves, but pages that were rebuilt may keep a copy
    /// in the space between rows; if the bytes of the id are still found, the file is rewritten. An id of few bytes is found by chance
    /// within others: it is rewritten always.
    /// </summary>
    public async Task EraseAsync(string id, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await EmptyLogAsync(cancellationToken).ConfigureAwait(false);
            byte[] bytes = Encoding.UTF8.GetBytes(id);
            if (bytes.Length >= 8 && !_file.Contains(bytes)) return;
            Run(Writer, "VACUUM");
            await EmptyLogAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (SqliteErrors.Translate(_path, e) is { } told)
        {
            throw told;
        }
        finally
        {
            _turn.Release();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _checkpoints.ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isDisposed) return;
            _isDisposed = true;
            foreach (var statement in _statements) statement.Dispose();
            while (_readers.TryTake(out var reader)) await reader.DisposeAsync().ConfigureAwait(false);
            await Writer.DisposeAsync().ConfigureAwait(false); // the last one to close empties the write-ahead log
            _file.Dispose();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Copies the write-ahead log into the file while writers continue; if it is long, then in a writer's turn the little that came
    /// meanwhile, so that the next writer begins the log anew. A commit that copied all of it would keep events waiting for as long as the
    /// disk takes. Who only reads copies nothing: a training, which has little of the processor, would hold the log for long.
    /// </summary>
    private async Task CheckpointAsync()
    {
        SqliteConnection? connection = null;
        long last = 0;
        try
        {
            using var timer = new PeriodicTimer(CheckpointPause);
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                if (!_hasWritten) continue;
                try
                {
                    connection ??= Connect(_path, SqliteOpenMode.ReadWrite);
                    var (pages, copied) = Checkpoint(connection, "NOOP");
                    if (pages - copied < LogPages && Stopwatch.GetElapsedTime(last) < LongestCopyPause) continue;
                    _hasWritten = false;
                    Checkpoint(connection, "PASSIVE");
                    _file.Flush(); // SQLite would do so in the writer's turn
                    last = Stopwatch.GetTimestamp();
                    if (pages < LogPages) continue;
                    await _turn.WaitAsync(_stopping.Token).ConfigureAwait(false);
                    try
                    {
                        Checkpoint(Writer, "PASSIVE");
                    }
                    finally
                    {
                        _turn.Release();
                    }
                }
                catch (Exception e) when (e is SqliteException or IOException)
                {
                    // a full disk, or another process that copies: writers meet it themselves, and there is a next time
                }
            }
        }
        catch (OperationCanceledException)
        {
            connection?.Dispose();
        }
    }

    /// <returns>How many pages the log has, and how many of them are in the file.</returns>
    private static (long Pages, long Copied) Checkpoint(SqliteConnection connection, string mode)
    {
        using var command = connection.Command($"PRAGMA wal_checkpoint({mode})");
        using var reader = command.ExecuteReader();
        return reader.Read() ? (reader.GetInt64(1), reader.GetInt64(2)) : (0, 0);
    }

    /// <summary>Copies the write-ahead log into the file and cuts it to nothing, as soon as readers of old states are done.</summary>
    private async Task EmptyLogAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            if (await Writer.LongAsync("PRAGMA wal_checkpoint(TRUNCATE)", cancellationToken).ConfigureAwait(false) == 0) return;
            if (attempt == 50)
                throw new StoreUnavailableException($"Readers of {_path} hold its write-ahead log: forget again when they are done.");
            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Reads a small file through. A large one would keep a server from starting: SQLite itself survives kills and loss of power.
    /// </summary>
    private static void CheckContent(SqliteConnection connection, string path)
    {
        if (new FileInfo(path).Length > 256 << 20) return;
        using var command = connection.Command("PRAGMA quick_check(1)");
        if (command.ExecuteScalar() is string verdict and not "ok")
            throw new InputException($"{path} is damaged ({verdict}): restore a backup.");
    }

    private void RollBack()
    {
        try
        {
            Run(Writer, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // a full disk has made SQLite roll back by itself
        }
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        var text = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false };
        var connection = new SqliteConnection(text.ToString());
        try
        {
            connection.Open();
            Run(connection, "PRAGMA busy_timeout = 5000");
            Run(connection, "PRAGMA cache_size = -65536"); // 64 MiB
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        command.ExecuteNonQuery();
    }
}
