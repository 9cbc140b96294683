using System.Buffers.Binary;

namespace Kindred.Import;

/// <summary>Zstandard files, RFC 8878: whether all of one is there, and its text. DuckDB decompresses them, the framework cannot.</summary>
internal static class Zstandard
{
    private const uint FrameMagic = 0xFD2FB528, SkippableMagic = 0x184D2A50;

    public static bool HasMagic(ReadOnlySpan<byte> head) => head.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(head) == FrameMagic;

    /// <summary>Walks over the frames and blocks without decompressing them (§3.1.1).</summary>
    public static bool IsWhole(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 12);
        try
        {
            while (file.Position < file.Length)
            {
                uint magic = (uint)Read(file, 4);
                if ((magic & 0xFFFFFFF0) == SkippableMagic) { Skip(file, Read(file, 4)); continue; }
                if (magic != FrameMagic) return false;
                SkipFrame(file);
            }
            return true;
        }
        catch (EndOfStreamException) { return false; }
    }

    /// <summary>Writes the text of <paramref name="path"/> to <paramref name="target"/>, every line ended by LF.</summary>
    /// <exception cref="InputException">It does not hold lines of UTF-8.</exception>
    public static void Expand(DuckDbSession engine, string path, string target)
    {
        using var output = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
        try
        {
            engine.ForEachChunk($"SELECT coalesce(line, '') FROM {Sql.Lines(path, "zstd", ["line"], "")}", chunk =>
            {
                for (int row = 0; row < chunk.Count; row++)
                {
                    output.Write(chunk.Utf8(0, row));
                    output.WriteByte((byte)'\n');
                }
            });
        }
        catch (EngineException e)
        {
            throw new InputException(
                $"{path} does not hold even lines of UTF-8 text ({e.FirstLine}); "
                + "unpack it with zstd -d to have broken rows named or skipped.");
        }
    }

    private static void SkipFrame(FileStream file)
    {
        int descriptor = (int)Read(file, 1);
        bool single = (descriptor & 0x20) != 0, checksum = (descriptor & 0x04) != 0;
        int dictionaryBytes = (descriptor & 3) switch { 0 => 0, 1 => 1, 2 => 2, _ => 4 };
        int contentBytes = (descriptor >> 6) switch { 0 => single ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        Skip(file, (single ? 0 : 1) + dictionaryBytes + contentBytes);
        for (bool last = false; !last;)
        {
            int header = (int)Read(file, 3), type = header >> 1 & 3;
            last = (header & 1) != 0;
            Skip(file, type == 1 ? 1 : header >> 3); // a run-length block stores one byte
        }
        if (checksum) Skip(file, 4);
    }

    private static long Read(FileStream file, int bytes)
    {
        Span<byte> value = stackalloc byte[8];
        value.Clear();
        file.ReadExactly(value[..bytes]);
        return BinaryPrimitives.ReadInt64LittleEndian(value);
    }

    private static void Skip(FileStream file, long bytes)
    {
        if (file.Position + bytes > file.Length) throw new EndOfStreamException();
        file.Seek(bytes, SeekOrigin.Current);
    }
}
