using System.Buffers;
using System.IO.Compression;
using Kindred.Storage;

namespace Kindred.Import.Writing;

/// <summary>
/// A table on disk, by its name's ending: CSV (<c>.csv</c>), JSON lines (<c>.jsonl</c>, <c>.ndjson</c>), both also with <c>.gz</c>, or
/// Parquet (<c>.parquet</c>). Written beside its place and moved there by <see cref="Complete"/>: without that there is no file.
/// </summary>
/// <remarks>
/// Several threads may <see cref="Append(int, RowWriter)"/> blocks in any order; they stand in the file in the order of their numbers.
/// Memory: the blocks that wait for an earlier one. Parquet is made by DuckDB of the rows as text, which are beside it meanwhile.
/// </remarks>
public sealed class RowFile : IDisposable
{
    private readonly string _path; // links followed
    private readonly IReadOnlyList<RowColumn> _columns;
    private readonly RowFormat _format;
    private readonly CancellationToken _cancellation;
    private readonly DraftFolder? _draft; // null: to a device, as it is
    private readonly Stream _stream;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, (byte[] Rented, int Length)> _waiting = [];
    private int _next;

    private RowFile(string path, IReadOnlyList<RowColumn> columns, CancellationToken cancellation)
    {
        _format = RowFormat.Of(path);
        (_columns, _cancellation) = (columns, cancellation);
        bool isDevice = IsDevice(path);
        if (isDevice && _format.IsParquet) throw new InputException($"{path} cannot be Parquet; name a file.");
        // A link stays, what it names is replaced.
        _path = new FileInfo(path) is { LinkTarget: not null } link && !isDevice
            ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName
            : path;
        _draft = isDevice ? null : DraftFolder.Create(_path);
        try
        {
            Stream file = new FileStream(isDevice ? path : TextPath, isDevice ? FileMode.Open : FileMode.CreateNew, FileAccess.Write);
            _stream = _format.IsCompressed ? new GZipStream(file, CompressionLevel.Fastest) : file;
            if (!_format.IsJsonText(columns)) _stream.Write(CsvRows.Header(columns));
        }
        catch
        {
            _draft?.Dispose();
            throw;
        }
    }

    private string TextPath => Path.Combine(_draft!.Path, "rows");

    /// <param name="path">Its folder must be there; an existing file is replaced.</param>
    /// <exception cref="InputException">The ending is none of the above, or the place cannot be written to.</exception>
    public static RowFile Create(string path, IReadOnlyList<RowColumn> columns, CancellationToken cancellation) =>
        Guarded(path, () => new RowFile(path, columns, cancellation));

    /// <exception cref="InputException">The ending is none that can be written.</exception>
    public static void CheckName(string path) => RowFormat.Of(path);

    /// <returns>Whether a cell of such a file may hold several values; CSV joins them by <c>|</c>.</returns>
    public static bool HasLists(string path) => !RowFormat.Of(path).IsCsv;

    /// <returns>What writes rows of this file, for one thread.</returns>
    public RowWriter NewWriter() => _format.IsJsonText(_columns) ? new JsonRows(_columns) : new CsvRows();

    /// <summary>Appends what was written as the block of that number, from 0 without gaps, and clears the writer.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Append(int block, RowWriter rows) => Guarded(_path, () =>
    {
        lock (_gate)
        {
            if (block != _next)
            {
                byte[] rented = ArrayPool<byte>.Shared.Rent(rows.Written.Length);
                rows.Written.CopyTo(rented);
                _waiting.Add(block, (rented, rows.Written.Length));
            }
            else
            {
                _stream.Write(rows.Written);
                for (_next++; _waiting.Remove(_next, out var bytes); _next++)
                {
                    _stream.Write(bytes.Rented.AsSpan(0, bytes.Length));
                    ArrayPool<byte>.Shared.Return(bytes.Rented);
                }
            }
        }
        rows.Clear();
        return 0;
    });

    /// <summary>Appends what was written as the next block.</summary>
    public void Append(RowWriter rows) => Append(_next, rows);

    /// <summary>Lets something else write the rows, as bytes that are right for the ending of the name.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    internal async Task<T> WriteAsync<T>(Func<Stream, Task<T>> write)
    {
        try
        {
            return await write(_stream).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{_path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Puts the file in its place.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; there is no file.</exception>
    public void Complete() => Guarded(_path, () =>
    {
        if (_waiting.Count > 0) throw new InvalidOperationException($"Block {_next} is missing.");
        _stream.Dispose();
        if (_draft is null) return 0;
        string file = _format.IsParquet ? Parquet() : TextPath;
        _cancellation.ThrowIfCancellationRequested();
        File.Move(file, _path, overwrite: true);
        return 0;
    });

    public void Dispose()
    {
        _stream.Dispose();
        _draft?.Dispose();
    }

    /// <returns>The path of the rows as Parquet.</returns>
    private string Parquet()
    {
        string file = Path.Combine(_draft!.Path, "parquet");
        using var engine = new DuckDbSession(DraftFolder.Create(_path), _cancellation);
        string columns = $"{{ {Sql.List(_columns.Select(column => $"{Sql.Literal(column.Name)}: '{TypeOf(column.Kind)}'"))} }}";
        string rows = _format.IsJsonText(_columns)
            ? $"read_json({Sql.FileLiteral(TextPath)}, format = 'newline_delimited', columns = {columns})"
            : $"""
                read_csv({Sql.FileLiteral(TextPath)}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
                    allow_quoted_nulls = false, strict_mode = true, columns = {columns})
                """;
        engine.Execute($"COPY (SELECT * FROM {rows}) TO {Sql.Literal(file)} (FORMAT parquet)");
        return file;
    }

    private static string TypeOf(CellKind kind) => kind switch
    {
        CellKind.Text => "VARCHAR",
        CellKind.Whole => "BIGINT",
        CellKind.Number => "FLOAT",
        CellKind.Double => "DOUBLE",
        CellKind.Time => "TIMESTAMP",
        CellKind.Texts => "VARCHAR[]",
        CellKind.Numbers => "FLOAT[]",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind."),
    };

    private static bool IsDevice(string path) => Path.GetFullPath(path).StartsWith("/dev/", StringComparison.Ordinal);

    private static T Guarded<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EngineException { IsOfTheMachine: true })
        {
            throw new InputException($"{path} cannot be written: {(e as EngineException)?.FirstLine ?? e.Message}", e);
        }
    }
}
