using System.Text;
using Kindred.Import;
using Kindred.Storage;

namespace Kindred.Native.Tests.Import;

public sealed class SourceFileTests : IDisposable
{
    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Fact]
    public void Missing_files_and_patterns_without_a_match_are_refused()
    {
        Assert.Equal("/nowhere/events.csv does not exist.", _box.Refusal("/nowhere/events.csv"));
        using var engine = new DuckDbSession(DraftFolder.Temporary(), TestContext.Current.CancellationToken);
        Assert.EndsWith("is a folder; name a file in it.", Assert.Throws<InputException>(() => TextTable.Open(
            engine, _box.Path, [], new(), TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.Equal($"No file matches {_box.Path}/*.csv.", _box.Refusal($"{_box.Path}/*.csv"));
        Assert.StartsWith("No source was given", _box.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("empty.csv")]
    [InlineData("empty.csv.gz")]
    public void Empty_files_are_refused(string name)
    {
        string path = _box.Write(name, "");
        Assert.Equal($"{path} is empty; nothing can be read from it.", _box.Refusal(path));
    }

    [Fact]
    public void Files_of_blank_lines_are_refused() =>
        Assert.Contains("holds no rows, only blank lines", _box.RefusalOfText("\n \n\r\n"), StringComparison.Ordinal);

    /// <summary>In Windows-1252 é is a byte that no UTF-8 has there.</summary>
    [Fact]
    public void A_file_without_a_line_of_utf_8_is_refused_with_the_encoding_to_name()
    {
        string path = _box.Write("events.csv", Encoding.Latin1.GetBytes("client é;article\n1é;x\n2é;y\n"));
        Assert.Contains("is not UTF-8, and not a line of it can be read; name its encoding, such as --encoding windows-1252",
            _box.Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Binary_files_are_refused()
    {
        string path = _box.Write("photo.csv", [0x89, 0x50, 0x4E, 0x47, 0, 0, 1, 2]);
        Assert.Contains("is binary: it holds zero bytes", _box.Refusal(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0x50, 0x4B, 3, 4, 20 }, "is a zip archive; unpack it first.")]
    [InlineData(new byte[] { 0x42, 0x5A, 0x68, 0x39 }, "is compressed with bzip2; unpack it first or use gzip or zstd.")]
    [InlineData(new byte[] { 0xFD, 0x37, 0x7A, 0x58, 0x5A, 0 }, "is compressed with xz; unpack it first or use gzip or zstd.")]
    [InlineData(new byte[] { 0xD0, 0xCF, 0x11, 0xE0, 0xA1 }, "is an old Excel workbook (.xls); save the sheet as CSV (UTF-8).")]
    public void Files_of_other_kinds_are_named(byte[] bytes, string sentence)
    {
        string path = _box.Write("events.csv", bytes);
        Assert.Equal($"{path} {sentence}", _box.Refusal(path));
    }

    [Fact]
    public void Truncated_files_are_refused()
    {
        string text = "user,item\n" + string.Concat(Enumerable.Range(0, 20_000).Select(n => $"{n * 7919 % 10007},{n % 101}\n"));
        string gzip = Cut(_box.Write("events.csv.gz", text));
        Assert.Equal($"{gzip} is truncated: its gzip stream has no end; fetch it again.", _box.Refusal(gzip));
        string zstd =
            Cut(_box.Copy("events.csv.zst", "SELECT range AS user, range % 7 AS item FROM range(20000)", "FORMAT csv, COMPRESSION zstd"));
        Assert.Equal($"{zstd} is truncated: its zstd stream has no end; fetch it again.", _box.Refusal(zstd));
        string parquet = Cut(_box.Copy("events.parquet", "SELECT range AS user, range % 7 AS item FROM range(20000)", "FORMAT parquet"));
        Assert.Equal($"{parquet} is truncated: a Parquet file ends in PAR1; fetch it again.", _box.Refusal(parquet));
    }

    [Fact]
    public void Damaged_gzip_files_are_refused()
    {
        string path = _box.Write("events.csv.gz", "user,item\na,x\n");
        var bytes = File.ReadAllBytes(path);
        bytes[^6] ^= 1; // the checksum
        File.WriteAllBytes(path, bytes);
        Assert.Equal($"{path} is damaged: its gzip stream cannot be read; fetch it again.", _box.Refusal(path));
    }

    [Fact]
    public void Damaged_parquet_files_are_refused()
    {
        string path = _box.Write("events.parquet", [.. "PAR1 nothing of it is right PAR1"u8]);
        Assert.StartsWith($"{path} is not a readable Parquet file: ", _box.Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Compression_is_told_by_content_not_by_name()
    {
        string path = _box.Write("events.csv.gz", "user,item\na,x\n");
        File.Move(path, path = Path.ChangeExtension(path, null));
        _box.Import(path);
        Assert.Equal(["a x 1"], _box.Events);
    }

    [Fact]
    public void Gzip_files_of_several_members_are_read_whole()
    {
        byte[] both = [.. File.ReadAllBytes(_box.Write("1.csv.gz", "user,item\na,x\n")),
            .. File.ReadAllBytes(_box.Write("2.csv.gz", "b,y\n"))];
        string path = Path.Combine(_box.Path, "both.csv.gz");
        File.WriteAllBytes(path, both);
        _box.Import(path);
        Assert.Equal(["a x 1", "b y 1"], _box.Events);

        File.WriteAllBytes(path, both[..^1]);
        Assert.Contains("is truncated", _box.Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Zstandard_files_are_read_byte_for_byte()
    {
        string path = _box.Copy("events.csv.zst",
            "SELECT * FROM (VALUES ('Éva', 'x', 2), ('ß\"', 'y', 3), ('日本', 'z', 4)) t(\"user\", item, \"count\")",
            "FORMAT csv, COMPRESSION zstd");
        _box.Import(path);
        Assert.Equal(["ß\" y 3", "Éva x 2", "日本 z 4"], _box.Events);

        string broken = _box.Copy("broken.zst", "SELECT * FROM (VALUES (e'a\r,x'), ('b,y'), ('c,z')) t(\"user,item\")",
            "FORMAT csv, QUOTE '', ESCAPE '', DELIMITER '|', COMPRESSION zstd");
        Assert.Contains("unpack it with zstd -d to have broken rows named or skipped", _box.Refusal(broken), StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_is_not_part_of_the_first_name()
    {
        _box.Import(_box.Write("events.csv", [.. Encoding.UTF8.Preamble, .. "user,item\na,x\n"u8]));
        Assert.Equal(["a x 1"], _box.Events);
    }

    [Fact]
    public void Folders_of_no_known_shape_are_refused()
    {
        _box.Write("folder/a.csv", "user,item\n");
        string folder = Path.Combine(_box.Path, "folder");
        Assert.StartsWith($"{folder} is a folder of no known shape", _box.Refusal(folder), StringComparison.Ordinal);
        Assert.StartsWith($"{folder} is a folder; name the files in it", _box.Refusal(folder, folder), StringComparison.Ordinal);
    }

    private static string Cut(string path)
    {
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        return path;
    }
}
