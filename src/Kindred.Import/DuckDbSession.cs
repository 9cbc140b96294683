using DuckDB.NET.Native;
using Kindred.Data;
using Kindred.Storage;

namespace Kindred.Import;

/// <summary>
/// One DuckDB database in memory that spills into a folder of its own; gone with its <see cref="Dispose"/>. Through the C API, because only
/// that hands out whole columns.
/// </summary>
internal sealed class DuckDbSession : IDisposable
{
    private const long LargestMemory = 3L << 30;

    private readonly DuckDBDatabase _database;
    private readonly DuckDBNativeConnection _connection;
    private readonly DraftFolder _spill;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _interrupt;
    private int _files;

    /// <param name="spill">Where what does not fit into memory goes; removed with the engine.</param>
    /// <param name="cancellation">Interrupts running statements too.</param>
    public DuckDbSession(DraftFolder spill, CancellationToken cancellation)
    {
        _spill = spill;
        _cancellation = cancellation;
        if (NativeMethods.Startup.DuckDBOpen(":memory:", out _database) != DuckDBState.Success
            || NativeMethods.Startup.DuckDBConnect(_database, out _connection) != DuckDBState.Success)
            throw new InvalidOperationException("DuckDB cannot be started.");
        _interrupt = cancellation.Register(() => NativeMethods.Startup.DuckDBInterrupt(_connection));
        long memory = Math.Min(LargestMemory, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);
        Execute($"SET temp_directory = {Sql.Literal(_spill.Path)}");
        Execute($"SET memory_limit = '{memory >> 20}MiB'");
        Execute("SET TimeZone = 'UTC'");
        Execute("SET streaming_buffer_size = '64MiB'"); // what the engine reads ahead while rows are taken
        // Nothing is fetched from the network behind the caller's back.
        Execute("SET autoinstall_known_extensions = false");
    }

    /// <exception cref="EngineException">The statement failed.</exception>
    /// <exception cref="OperationCanceledException"/>
    public void Execute(string sql)
    {
        var result = Run(sql);
        NativeMethods.Query.DuckDBDestroyResult(ref result);
    }

    /// <summary>Runs a query and hands out its result chunk by chunk as it is made, so that it is never in memory as a whole.</summary>
    public void ForEachChunk(string sql, Action<Chunk> action) => ForEachBatch(sql, 1, chunks => action(chunks[0]));

    /// <summary>The same, up to so many chunks at a time.</summary>
    public void ForEachBatch(string sql, int size, Action<IReadOnlyList<Chunk>> action)
    {
        _cancellation.ThrowIfCancellationRequested();
        var prepared = NativeMethods.PreparedStatements.DuckDBPrepare(_connection, sql, out var statement);
        using (statement)
        {
            if (prepared != DuckDBState.Success) throw new EngineException(NativeMethods.PreparedStatements.DuckDBPrepareError(statement));
            var state = NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(statement, out var result);
            var held = new List<DuckDBDataChunk>();
            try
            {
                if (state != DuckDBState.Success) throw Failure(ref result);
                do
                {
                    while (held.Count < size && Fetch(ref result) is { } chunk) held.Add(chunk);
                    if (held.Count > 0) action(held.ConvertAll(chunk => new Chunk(chunk)));
                }
                while (Released(held) == size);
            }
            finally
            {
                Released(held);
                NativeMethods.Query.DuckDBDestroyResult(ref result);
            }
        }
    }

    /// <summary>Makes a table of ids: <c>id</c> and <c>name</c>, which are the same, and <c>code</c>, the place.</summary>
    public unsafe void CreateIds(string table, StringTable ids)
    {
        const int ChunkRows = 2048;
        Execute($"CREATE OR REPLACE TABLE {table} (id VARCHAR, name VARCHAR, code INTEGER)");
        using var text = NativeMethods.LogicalType.DuckDBCreateLogicalType(DuckDBType.Varchar);
        using var whole = NativeMethods.LogicalType.DuckDBCreateLogicalType(DuckDBType.Integer);
        using var chunk = NativeMethods.DataChunks.DuckDBCreateDataChunk(
            [text.DangerousGetHandle(), text.DangerousGetHandle(), whole.DangerousGetHandle()], 3);
        bool isMade = NativeMethods.Appender.DuckDBAppenderCreate(_connection, "main", table, out var appender) == DuckDBState.Success;
        using (appender)
        {
            for (int first = 0; first < ids.Count; first += ChunkRows)
            {
                int rows = Math.Min(ChunkRows, ids.Count - first);
                NativeMethods.DataChunks.DuckDBDataChunkReset(chunk);
                nint id = NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, 0);
                nint name = NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, 1);
                var codes = (int*)NativeMethods.Vectors.DuckDBVectorGetData(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, 2));
                for (int row = 0; row < rows; row++)
                {
                    var utf8 = ids.Utf8(first + row);
                    fixed (byte* bytes = utf8)
                    {
                        NativeMethods.Vectors.DuckDBVectorAssignStringElementLength(id, (ulong)row, bytes, utf8.Length);
                        NativeMethods.Vectors.DuckDBVectorAssignStringElementLength(name, (ulong)row, bytes, utf8.Length);
                    }
                    codes[row] = first + row;
                }
                NativeMethods.DataChunks.DuckDBDataChunkSetSize(chunk, (ulong)rows);
                isMade = isMade && NativeMethods.Appender.DuckDBAppendDataChunk(appender, chunk) == DuckDBState.Success;
            }
            if (!isMade || NativeMethods.Appender.DuckDBAppenderClose(appender) != DuckDBState.Success)
                throw new EngineException($"{ids.Count} ids cannot be added to {table}.");
        }
    }

    /// <returns>The rows of a small result, everything as text.</returns>
    public List<string?[]> Rows(string sql)
    {
        var rows = new List<string?[]>();
        var result = Run($"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql})");
        try
        {
            int columns = (int)NativeMethods.Query.DuckDBColumnCount(ref result);
            while (Fetch(ref result) is { } chunk)
            {
                using var held = chunk;
                var view = new Chunk(chunk);
                for (int row = 0; row < view.Count; row++)
                {
                    var values = new string?[columns];
                    for (int column = 0; column < columns; column++) values[column] = view.Text(column, row);
                    rows.Add(values);
                }
            }
            return rows;
        }
        finally { NativeMethods.Query.DuckDBDestroyResult(ref result); }
    }

    /// <returns>The one number that the query gives.</returns>
    public long Count(string sql) => long.Parse(Rows(sql)[0][0] ?? "0");

    /// <returns>A name in the spill folder that is not taken.</returns>
    public string NewFile() => Path.Combine(_spill.Path, $"text-{_files++}");

    public void Dispose()
    {
        _interrupt.Dispose();
        _connection.Dispose();
        _database.Dispose();
        _spill.Dispose();
    }

    private DuckDBResult Run(string sql)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (NativeMethods.Query.DuckDBQuery(_connection, sql, out var result) == DuckDBState.Success) return result;
        var failure = Failure(ref result);
        NativeMethods.Query.DuckDBDestroyResult(ref result);
        throw failure;
    }

    /// <returns>How many chunks were held.</returns>
    private static int Released(List<DuckDBDataChunk> held)
    {
        int count = held.Count;
        foreach (var chunk in held) chunk.Dispose();
        held.Clear();
        return count;
    }

    /// <returns>The next chunk, or null after the last one.</returns>
    private DuckDBDataChunk? Fetch(ref DuckDBResult result)
    {
        _cancellation.ThrowIfCancellationRequested();
        var chunk = NativeMethods.Query.DuckDBFetchChunk(result);
        if (!chunk.IsInvalid) return chunk;
        chunk.Dispose();
        return string.IsNullOrEmpty(NativeMethods.Query.DuckDBResultError(ref result)) ? null : throw Failure(ref result);
    }

    private EngineException Failure(ref DuckDBResult result)
    {
        string message = NativeMethods.Query.DuckDBResultError(ref result);
        _cancellation.ThrowIfCancellationRequested(); // an interrupt is no failure
        return new(message);
    }
}

/// <summary>A statement that DuckDB refused; whoever knows the file turns it into a sentence.</summary>
internal sealed class EngineException : Exception
{
    public EngineException(string message) : base(message) { }

    public EngineException(string message, Exception cause) : base(message, cause) { }

    public EngineException() { }

    /// <summary>The disk or the memory was full, or a file could not be read: no fault of the statement.</summary>
    public bool IsOfTheMachine =>
        Message.StartsWith("IO Error", StringComparison.Ordinal) || Message.StartsWith("Out of Memory Error", StringComparison.Ordinal);

    /// <summary>The first line without the kind of error.</summary>
    public string FirstLine
    {
        get
        {
            string line = Message.Split('\n')[0];
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            return (colon < 0 ? line : line[(colon + 2)..]).TrimEnd('.');
        }
    }
}
