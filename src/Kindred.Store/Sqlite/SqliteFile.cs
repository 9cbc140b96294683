using Microsoft.Win32.SafeHandles;

namespace Kindred.Store.Sqlite;

/// <summary>A database's file, beside the connections to it: to look for bytes in it, and to have the disk write it.</summary>
/// <remarks>
/// Closing a file releases every lock that the process has on it (POSIX), those of SQLite too: another process that comes and goes would
/// take the database for closed and delete its write-ahead log, with all that is committed afterwards. So a process opens a file once, and
/// closes it after the last connection.
/// </remarks>
internal sealed class SqliteFile : IDisposable
{
    private static readonly Dictionary<string, (SafeFileHandle Handle, int Users)> Opened = new(StringComparer.Ordinal);

    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private bool _isDisposed;

    /// <param name="path">Full. The file exists.</param>
    public SqliteFile(string path)
    {
        _path = path;
        lock (Opened)
        {
            var (handle, users) = Opened.GetValueOrDefault(path);
            _handle = handle ?? File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            Opened[path] = (_handle, users + 1);
        }
    }

    /// <summary>Ends when the disk has what was written to the file, as far as fsync tells.</summary>
    public void Flush() => RandomAccess.FlushToDisk(_handle);

    /// <returns>Whether bytes occur anywhere. O(length of the file): about a second for each GB.</returns>
    public bool Contains(ReadOnlySpan<byte> bytes)
    {
        byte[] buffer = new byte[(1 << 20) + bytes.Length];
        long position = 0;
        int kept = 0; // the end of the last block: an occurrence may lie across
        while (RandomAccess.Read(_handle, buffer.AsSpan(kept), position) is > 0 and int count)
        {
            position += count;
            var block = buffer.AsSpan(0, kept + count);
            if (block.IndexOf(bytes) >= 0) return true;
            kept = Math.Min(bytes.Length - 1, block.Length);
            block[^kept..].CopyTo(buffer);
        }
        return false;
    }

    /// <summary>To be called after all connections to the file are closed.</summary>
    public void Dispose()
    {
        lock (Opened)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            var (handle, users) = Opened[_path];
            if (users > 1)
            {
                Opened[_path] = (handle, users - 1);
                return;
            }
            Opened.Remove(_path);
        }
        _handle.Dispose();
    }
}
