using Kindred.Store.Postgres;

namespace Kindred.Import;

/// <summary>
/// A file that is there, whole and either text or Parquet. Made by <see cref="Open"/>, which refuses everything else in a sentence.
/// </summary>
/// <param name="Path">As the caller wrote it.</param>
/// <param name="ReadPath">Where its bytes are: the file itself, or its expansion.</param>
/// <param name="Survey">Null for Parquet.</param>
/// <param name="Nature">What it was before it became a text that can be read, for a person; null where it is one.</param>
internal sealed record SourceFile(string Path, string ReadPath, bool IsGzip, TextScan? Survey, string? Nature = null)
{
    /// <summary>Names what is piped in.</summary>
    public const string StandardInput = "-";

    private static readonly (byte[] Magic, string What)[] Foreign =
    [
        ([0x50, 0x4B, 0x03, 0x04], "a zip archive; unpack it first"),
        ([0xD0, 0xCF, 0x11, 0xE0], "an old Excel workbook (.xls); save the sheet as CSV (UTF-8)"),
        ([0x42, 0x5A, 0x68], "compressed with bzip2; unpack it first or use gzip or zstd"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "compressed with xz; unpack it first or use gzip or zstd"),
        ([0x37, 0x7A, 0xBC, 0xAF], "a 7z archive; unpack it first"),
    ];

    /// <summary>A sentence about the sheet of the workbook that probably holds the rows; null: it is this one.</summary>
    public string? OtherSheet { get; private init; }

    public bool IsParquet => Survey is null;

    /// <summary>Name without folder.</summary>
    public string Name => Path == StandardInput ? "standard input"
        : PostgresAddress.Is(Path) ? DatabaseSource.Shown(Path) : System.IO.Path.GetFileName(Path);

    /// <summary>The text, decompressed.</summary>
    public Stream OpenText() => IsGzip ? Gzip.Open(ReadPath) : File.OpenRead(ReadPath);

    /// <returns>The files that the sources name, in the order given; those of a pattern in ordinal order of their paths.</returns>
    /// <exception cref="InputException">A source names no file.</exception>
    public static IReadOnlyList<string> Expand(DuckDbSession engine, IReadOnlyList<string> sources)
    {
        var files = new List<string>();
        foreach (string source in sources)
        {
            if (source == StandardInput || PostgresAddress.Is(source) || File.Exists(source)) { files.Add(source); continue; }
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

    private static void CopyStandardInput(string path)
    {
        using var copy = File.Create(path);
        using var input = Console.OpenStandardInput();
        input.CopyTo(copy);
    }

    /// <exception cref="InputException">Missing, empty, truncated, binary, or of a kind that is not read.</exception>
    public static SourceFile Open(DuckDbSession engine, string path, Reading reading, CancellationToken cancellation)
    {
        if (PostgresAddress.Is(path))
            return Copied("a PostgreSQL database", target => DatabaseSource.FromPostgres(path, reading.Query, target, cancellation));
        string content = path;
        if (path == StandardInput)
        {
            content = engine.NewFile();
            // on another thread: whoever waits for a terminal or a pipe cannot be cancelled, only left behind
            Task.Run(() => CopyStandardInput(content), cancellation).WaitAsync(cancellation).GetAwaiter().GetResult();
        }
        if (!File.Exists(content))
            throw new InputException(Directory.Exists(content) ? $"{path} is a folder; name a file in it." : $"{path} does not exist.");
        try
        {
            var head = Head(content);
            if (head.Length == 0) throw new InputException($"{path} is empty; nothing can be read from it.");
            if (head.AsSpan().StartsWith("SQLite format 3"u8))
                return Copied("an SQLite file", target => DatabaseSource.FromSqlite(content, reading.Query, target, cancellation));
            if (head.AsSpan().StartsWith("PK\u0003\u0004"u8) && Workbook.Is(content))
            {
                string? other = null;
                string nature = $"the {(reading.Sheet is { } sheet ? $"sheet {sheet}" : "first sheet")} of an Excel workbook";
                var copied = Copied(nature, target => other = Workbook.ToCsv(content, reading.Sheet, target));
                return copied with { OtherSheet = other };
            }
            if (head.AsSpan().StartsWith("PK\u0003\u0004"u8) && Workbook.IsOpenDocument(content))
                throw new InputException($"{path} is an OpenDocument spreadsheet; save the sheet as CSV (UTF-8) or as .xlsx.");
            foreach (var (magic, what) in Foreign)
                if (head.AsSpan().StartsWith(magic)) throw new InputException($"{path} is {what}.");
            if (head.AsSpan().StartsWith("PAR1"u8)) return OpenParquet(path, content);
            bool gzip = head is [0x1F, 0x8B, ..];
            if (Zstandard.HasMagic(head))
            {
                if (!Zstandard.IsWhole(content))
                    throw new InputException($"{path} is truncated: its zstd stream has no end; fetch it again.");
                string zstd = content;
                content = engine.NewFile();
                Zstandard.Expand(engine, zstd, content);
            }
            return OpenText(engine, path, content, gzip, reading, cancellation);
        }
        catch (InvalidDataException) { throw new InputException($"{path} is damaged: its gzip stream cannot be read; fetch it again."); }
        catch (EngineException e) { throw new InputException($"{path} cannot be read: {e.FirstLine}."); }
        catch (IOException e) { throw new InputException($"{path} cannot be read: {e.Message}"); }
        catch (UnauthorizedAccessException) { throw new InputException($"{path} may not be read; check its permissions."); }

        SourceFile Copied(string nature, Action<string> write)
        {
            string target = engine.NewFile();
            write(target);
            using var text = File.OpenRead(target);
            return new(path, target, false, TextScan.Of(text, cancellation), nature);
        }
    }

    private static SourceFile OpenText(
        DuckDbSession engine, string path, string content, bool gzip, Reading reading, CancellationToken cancellation)
    {
        Stream Text() => gzip ? Gzip.Open(content) : File.OpenRead(content);
        string? nature = null;
        void Copy(Action<Stream, string> write, string what)
        {
            string target = engine.NewFile();
            using (var text = Text()) write(text, target);
            (content, gzip, nature) = (target, false, nature is null ? what : $"{nature}, {what}");
        }

        var survey = Scan(Text, cancellation);
        if (gzip && !Gzip.IsWhole(content, survey.Bytes))
            throw new InputException($"{path} is truncated: its gzip stream has no end; fetch it again.");
        if (survey.Bytes == 0) throw new InputException($"{path} is empty; nothing can be read from it.");
        string? encoding = MarkedEncoding(Text) ?? (survey.IsUtf8 && !survey.HasNul ? null : reading.Encoding);
        if (encoding is not null)
        {
            Copy((text, target) => TextCopy.Transcode(path, text, encoding, target), $"{encoding} text");
            survey = Scan(Text, cancellation);
        }
        if (survey.HasNul)
            throw new InputException(
                $"{path} is binary: it holds zero bytes; give a text file (CSV, JSON lines) or Parquet, or name its encoding " +
                $"(--encoding utf-16).");
        // The engine's own separator; \x01 is as rare.
        if (survey.HasControls && reading.Delimiter is null && TextCopy.HasUnitSeparators(Text()))
        {
            Copy(TextCopy.ReplaceUnitSeparators, "separated by unit separators");
            survey = Scan(Text, cancellation);
        }
        if (survey.EndsInCr)
        {
            Copy(TextCopy.EndLinesInLf, "lines that end in CR alone");
            survey = Scan(Text, cancellation);
        }
        string unwrapped = engine.NewFile();
        if (reading.Delimiter is null && JsonDocuments.TryUnwrap(path, Text, survey.Bytes, unwrapped) is { } document)
        {
            (content, gzip, nature) = (unwrapped, false, document);
            survey = Scan(Text, cancellation);
        }
        return new(path, content, gzip, survey, nature);
    }

    private static TextScan Scan(Func<Stream> open, CancellationToken cancellation)
    {
        using var text = open();
        return TextScan.Of(text, cancellation);
    }

    private static string? MarkedEncoding(Func<Stream> open)
    {
        Span<byte> head = stackalloc byte[4];
        using var text = open();
        return TextCopy.MarkedEncoding(head[..text.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)]);
    }

    private static SourceFile OpenParquet(string path, string content)
    {
        Span<byte> tail = stackalloc byte[4];
        using var file = File.OpenRead(content);
        file.Seek(-4, SeekOrigin.End);
        file.ReadExactly(tail);
        if (file.Length < 12 || !tail.SequenceEqual("PAR1"u8))
            throw new InputException($"{path} is truncated: a Parquet file ends in PAR1; fetch it again.");
        return new(path, content, false, null);
    }

    private static byte[] Head(string path)
    {
        var head = new byte[16];
        using var file = File.OpenRead(path);
        return head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }
}
