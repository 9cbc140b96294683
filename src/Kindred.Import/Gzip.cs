using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Kindred.Import;

/// <summary>
/// Tells a whole gzip file from a truncated one: neither the framework's reader nor DuckDB's complains about a missing end.
/// </summary>
internal static class Gzip
{
    private const int TrailerBytes = 8; // CRC-32 and length mod 2³² of the last member, RFC 1952 §2.3.1

    public static Stream Open(string path) =>
        new GZipStream(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16), CompressionMode.Decompress);

    /// <param name="bytes">The length that the file decompressed to.</param>
    public static bool IsWhole(string path, long bytes)
    {
        Span<byte> trailer = stackalloc byte[TrailerBytes];
        using (var file = File.OpenRead(path))
        {
            if (file.Length < TrailerBytes) return false;
            file.Seek(-TrailerBytes, SeekOrigin.End);
            file.ReadExactly(trailer);
        }
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(trailer), length = BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]);
        if (length == (uint)bytes) return true;
        // Several members one after another, as `cat a.gz b.gz` writes them: the trailer speaks of the last one.
        return length < bytes && ChecksumOfEnd(path, bytes - length) == checksum;
    }

    private static uint ChecksumOfEnd(string path, long skipped)
    {
        using var stream = Open(path);
        var crc = new Crc32();
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            int first = (int)Math.Min(skipped, read);
            skipped -= first;
            crc.Append(buffer.AsSpan(first, read - first));
        }
        return crc.GetCurrentHashAsUInt32();
    }
}
