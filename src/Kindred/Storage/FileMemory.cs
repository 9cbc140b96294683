using System.IO.Hashing;
using System.Runtime.InteropServices;
using Kindred.Numerics;

namespace Kindred.Storage;

/// <summary>The bytes of a file in memory of our own, on a cache line: whatever becomes of the file, they stay.</summary>
internal sealed unsafe partial class FileMemory : IDisposable
{
    private const int ChunkBytes = 1 << 19; // hashed while it is still in the cache

    private const int HugePage = 2 << 20, UseHugePages = 14; // MADV_HUGEPAGE of Linux

    private byte* _bytes;

    private FileMemory(byte* bytes, long length)
    {
        _bytes = bytes;
        Length = length;
    }

    public byte* Bytes => _bytes;

    public long Length { get; private set; }

    /// <summary>Reads the file once.</summary>
    /// <param name="hash">Gets all bytes as well.</param>
    /// <returns>Shorter than the file was, if that shrinks meanwhile.</returns>
    /// <exception cref="IOException">It cannot be read, as for <see cref="UnauthorizedAccessException"/>.</exception>
    /// <exception cref="OutOfMemoryException"/>
    public static FileMemory Read(string path, XxHash128? hash = null)
    {
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        long length = RandomAccess.GetLength(file);
        var memory = Allocate(length);
        try
        {
            long at = 0;
            while (at < length)
            {
                var chunk = new Span<byte>(memory._bytes + at, (int)Math.Min(ChunkBytes, length - at));
                int read = RandomAccess.Read(file, chunk, at);
                if (read == 0) break;
                hash?.Append(chunk[..read]);
                at += read;
            }
            memory.Length = at;
            return memory;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private static FileMemory Allocate(long length)
    {
        nuint size = (nuint)Math.Max(length, 1);
        nuint alignment = length < HugePage ? AlignedMemory.Alignment : (nuint)HugePage;
        var memory = new FileMemory((byte*)NativeMemory.AlignedAlloc(size, alignment), length);
        // Most of the time of opening is the first touch of each page; that it is refused does not matter.
        if (OperatingSystem.IsLinux() && length >= HugePage) _ = Advise(memory._bytes, size, UseHugePages);
        return memory;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Advise(byte* start, nuint length, int advice);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_bytes);
        _bytes = null;
    }
}
