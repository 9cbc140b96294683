namespace Kindred.Import;

/// <summary>
/// A file that is there, whole and either text or Parquet. Made by <see cref="Open"/>, which refuses everything else in a sentence.
/// </summary>
/// <param name="Path">As the caller wrote it.</param>
/// <param name="ReadPath">Where its bytes are: the file itself, or its expansion.</param>
/// <param name="Survey">Null for Parquet.</param>
internal sealed record SourceFile(string Path, string ReadPath, bool IsGzip, TextScan? Survey)
{
    private static readonly (byte[] Magic, string What)[] Foreign =
    [
        ([0x50, 0x4B, 0x03, 0x04], "a zip archive; unpack it first"),
        ([0x42, 0x5A, 0x68], "compressed with bzip2; unpack it first or use gzip or zstd"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "compressed with xz; unpack it first or use gzip or zstd"),
        ([0x37, 0x7A, 0xBC, 0xAF], "a 7z archive; unpack it first"),
        ([0xFF, 0xFE], "UTF-16 text; save it as UTF-8"),
        ([0xFE, 0xFF], "UTF-16 text; save it as UTF-8"),
    ];

    public bool IsParquet => Survey is null;

    /// <summary>Name without folder.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>The text, decompressed.</summary>
    public Stream OpenText() => IsGzip ? Gzip.Open(ReadPath) : File.OpenRead(ReadPath);

    /// <returns>The files that the sources name, in the order given; those of a pattern in ordinal order of their paths.</returns>
    /// <exception cref="InputException">A source names no file.</exception>
    public static IReadOnlyList<string> Expand(DuckDbSession engine, IReadOnlyList<string> sources)
    {
        var files = new List<string>();
        foreach (string source in sources)
        {
            if (File.Exists(source)) { files.Add(source); continue; }
            if (Directory.Exists(source))
                throw new InputException($"{source} is a folder; name the files in it, or give one folder of a known shape alone.");
            if (source.AsSpan().IndexOfAny("*?[") < 0) throw new InputException($"{source} does not exist.");
            var matches = engine.Rows($"SELECT file FROM glob({Sql.Literal(source)}) ORDER BY file").ConvertAll(row => row[0]!);
            if (matches.Count == 0) throw new InputException($"No file matches {source}.");
            files.AddRange(matches);
        }
        if (files.Count == 0) throw new InputException("No source was given; name a file, a pattern or a folder.");
        return files;
    }

    /// <exception cref="InputException">Missing, empty, truncated, binary, or of a kind that is not read.</exception>
    public static SourceFile Open(DuckDbSession engine, string path, CancellationToken cancellation)
    {
        if (!File.Exists(path)) throw new InputException($"{path} does not exist.");
        try
        {
            var head = Head(path);
            if (head.Length == 0) throw new InputException($"{path} is empty; nothing can be read from it.");
            foreach (var (magic, what) in Foreign)
                if (head.AsSpan().StartsWith(magic)) throw new InputException($"{path} is {what}.");
            if (head.AsSpan().StartsWith("PAR1"u8)) return OpenParquet(path);
            string readPath = path;
            bool gzip = head is [0x1F, 0x8B, ..];
            if (Zstandard.HasMagic(head))
            {
                if (!Zstandard.IsWhole(path)) throw new InputException($"{path} is truncated: its zstd stream has no end; fetch it again.");
                readPath = engine.NewFile();
                Zstandard.Expand(engine, path, readPath);
            }
            return OpenText(path, readPath, gzip, cancellation);
        }
        catch (InvalidDataException) { throw new InputException($"{path} is damaged: its gzip stream cannot be read; fetch it again."); }
        catch (EngineException e) { throw new InputException($"{path} cannot be read: {e.FirstLine}."); }
        catch (UnauthorizedAccessException) { throw new InputException($"{path} may not be read; check its permissions."); }
        catch (IOException e) { throw new InputException($"{path} cannot be read: {e.Message}"); }
    }

    private static SourceFile OpenText(string path, string readPath, bool gzip, CancellationToken cancellation)
    {
        TextScan survey;
        using (var stream = gzip ? Gzip.Open(readPath) : File.OpenRead(readPath)) survey = TextScan.Of(stream, cancellation);
        if (gzip && !Gzip.IsWhole(readPath, survey.Bytes))
            throw new InputException($"{path} is truncated: its gzip stream has no end; fetch it again.");
        if (survey.Bytes == 0) throw new InputException($"{path} is empty; nothing can be read from it.");
        if (survey.HasNul)
            throw new InputException($"{path} is binary: it holds zero bytes; give a text file (CSV, JSON lines) or Parquet.");
        return new(path, readPath, gzip, survey);
    }

    private static SourceFile OpenParquet(string path)
    {
        Span<byte> tail = stackalloc byte[4];
        using var file = File.OpenRead(path);
        file.Seek(-4, SeekOrigin.End);
        file.ReadExactly(tail);
        if (file.Length < 12 || !tail.SequenceEqual("PAR1"u8))
            throw new InputException($"{path} is truncated: a Parquet file ends in PAR1; fetch it again.");
        return new(path, path, false, null);
    }

    private static byte[] Head(string path)
    {
        var head = new byte[16];
        using var file = File.OpenRead(path);
        return head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }
}
