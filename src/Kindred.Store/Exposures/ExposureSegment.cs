using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;

namespace Kindred.Store.Exposures;

/// <summary>
/// One file of the log: eight bytes that say what it is, then frames: length, checksum (CRC32C) and a block compressed by Brotli. It only
/// grows; what a killed writer left is cut off at the first frame that is not whole.
/// </summary>
internal static class ExposureSegment
{
    public const string Extension = ".exposures";

    private const int FrameHeader = 8, LargestFrame = 256 << 20;

    private static ReadOnlySpan<byte> Magic => "KNDRXP01"u8;

    /// <summary>Files are called by the ms since 1970 when they were begun, so that their names sort by time.</summary>
    public static string Name(long began) => began.ToString("D15", CultureInfo.InvariantCulture) + Extension;

    public static long Began(string path) => long.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture);

    /// <summary>All segments of a folder, oldest first. Other files there are none.</summary>
    public static string[] List(string folder) =>
        [
            .. Directory.GetFiles(folder, $"*{Extension}")
                .Where(path => Path.GetFileNameWithoutExtension(path).All(char.IsAsciiDigit)).Order(StringComparer.Ordinal),
        ];

    public static FileStream Create(string path)
    {
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        file.Write(Magic);
        return file;
    }

    /// <summary>Opens a segment for appending; what is behind its last whole frame is cut off.</summary>
    public static FileStream Continue(string path)
    {
        long whole = Frames(path).Select(frame => frame.End).LastOrDefault();
        var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        file.SetLength(whole);
        if (whole == 0) file.Write(Magic);
        file.Position = file.Length;
        return file;
    }

    /// <summary>Appends a frame and hands it to the operating system; if that fails, the file is as it was.</summary>
    public static void Append(FileStream file, byte[] frame)
    {
        long start = file.Position;
        try
        {
            file.Write(frame);
        }
        catch (IOException)
        {
            file.SetLength(start);
            file.Position = start;
            throw;
        }
    }

    public static byte[] Frame(ExposureBlock block)
    {
        byte[] bytes = block.Encode();
        byte[] frame = new byte[FrameHeader + sizeof(int) + BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
        const int Quality = 3, Window = 22; // fast: a core compresses more than 100 MB/s
        if (!BrotliEncoder.TryCompress(bytes, frame.AsSpan(FrameHeader + sizeof(int)), out int count, Quality, Window))
            throw new InvalidOperationException("A block does not fit into the room that Brotli asks for.");
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(FrameHeader), bytes.Length);
        var payload = frame.AsSpan(FrameHeader, sizeof(int) + count);
        BinaryPrimitives.WriteInt32LittleEndian(frame, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), Crc32C.Compute(payload));
        return frame[..(FrameHeader + payload.Length)];
    }

    /// <summary>The whole frames of a segment; reading ends at the first one that is not whole.</summary>
    /// <returns>First an empty frame for the first bytes of the file; then each frame as it is in the file, and where it ends.</returns>
    public static IEnumerable<(byte[] Frame, long End)> Frames(string path)
    {
        using var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 16, FileOptions.SequentialScan);
        byte[] start = new byte[FrameHeader];
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !Magic.SequenceEqual(start)) yield break;
        yield return ([], file.Position);
        while (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(start);
            if (length is < sizeof(int) or > LargestFrame || length > file.Length - file.Position) yield break;
            byte[] frame = new byte[FrameHeader + length];
            start.CopyTo(frame, 0);
            if (file.ReadAtLeast(frame.AsSpan(FrameHeader), length, throwOnEndOfStream: false) < length) yield break;
            if (Crc32C.Compute(frame.AsSpan(FrameHeader)) != BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(4))) yield break;
            yield return (frame, file.Position);
        }
    }

    /// <summary>The bytes of the blocks of a segment.</summary>
    public static IEnumerable<byte[]> Blocks(string path) =>
        Frames(path).Where(frame => frame.Frame.Length > 0).Select(frame => Decompress(frame.Frame));

    public static byte[] Decompress(byte[] frame)
    {
        byte[] bytes = new byte[BinaryPrimitives.ReadInt32LittleEndian(frame.AsSpan(FrameHeader))];
        if (!BrotliDecoder.TryDecompress(frame.AsSpan(FrameHeader + sizeof(int)), bytes, out int count) || count != bytes.Length)
            throw new InvalidDataException("A frame of exposures has a right checksum and cannot be decompressed.");
        return bytes;
    }
}
