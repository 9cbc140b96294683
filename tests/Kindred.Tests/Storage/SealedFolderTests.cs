using System.IO.Hashing;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Storage;

public sealed class SealedFolderTests : IDisposable
{
    private const string Kind = "kindred test";

    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.File("target");

    private sealed record Note(string Text, int? Number = null);

    public void Dispose() => _folder.Dispose();

    private static TensorWriter Ints(params int[] values)
    {
        var writer = new TensorWriter();
        writer.Add<int>("values", values);
        return writer;
    }

    private static void Write(string path, params int[] values) =>
        SealedFolder.Write(path, Kind, 1, new Note("hello", 3), [("a.safetensors", Ints(values)), ("b.safetensors", Ints(7))]);

    private static string Refusal(string path, string kind = Kind, int version = 1) =>
        Assert.Throws<InputException>(() => SealedFolder.Open(path, kind, version)).Message;

    private static void Edit(string path, Action<JsonObject> change)
    {
        string file = Path.Combine(path, "manifest.json");
        var json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        change(json);
        File.WriteAllText(file, json.ToJsonString());
    }

    [Fact]
    public void Files_and_contents_round_trip()
    {
        var before = DateTimeOffset.UtcNow;
        Write(Target, 1, 2, 3);

        using var folder = SealedFolder.Open(Target, Kind, 1);

        Assert.Equal([1, 2, 3], folder.Tensors("a.safetensors").Array<int>("values").ToArray());
        Assert.Equal(new Note("hello", 3), folder.Contents<Note>());
        Assert.InRange(folder.Created, before, DateTimeOffset.UtcNow);
        Assert.True(folder.Contains("b.safetensors"));
        Assert.Equal(
            ["a.safetensors", "b.safetensors", "manifest.json"], Directory.EnumerateFiles(Target).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Contents_of_any_text_and_number_round_trip() => Gen.Select(Gen.String, Gen.Double).Sample(
        (text, number) =>
        {
            text = $"{Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))} é <b>&\"+' 🎬 \u2028";
            SealedFolder.Write(Target, Kind, 1, new { text, number }, []);
            using var folder = SealedFolder.Open(Target, Kind, 1);
            var read = folder.Contents<Dictionary<string, JsonNode>>();
            Assert.Equal(text, (string)read["text"]!);
            Assert.Equal(number.ToString("R"), read["number"].ToString());
        },
        iter: 30, threads: 1);

    [Fact]
    public void Closing_the_folder_closes_its_files()
    {
        Write(Target, 1);
        var folder = SealedFolder.Open(Target, Kind, 1);
        var values = folder.Tensors("a.safetensors").Array<int>("values");
        folder.Dispose();
        Assert.Throws<ObjectDisposedException>(() => values.Span.Length);
    }

    [Fact]
    public void Equal_files_have_the_same_fingerprint_and_others_another()
    {
        static string FingerprintOf(string path)
        {
            using var folder = SealedFolder.Open(path, Kind, 1);
            return folder.Fingerprint;
        }
        Write(_folder.File("x"), 1, 2);
        Write(_folder.File("y"), 1, 2);
        Write(_folder.File("z"), 2, 1);
        Assert.Equal(FingerprintOf(_folder.File("x")), FingerprintOf(_folder.File("y")));
        Assert.NotEqual(FingerprintOf(_folder.File("x")), FingerprintOf(_folder.File("z")));
    }

    [Fact]
    public void The_manifest_tells_kind_version_and_every_file()
    {
        Write(Target, 1, 2, 3);
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(Target, "manifest.json")))!.AsObject();
        byte[] file = File.ReadAllBytes(Path.Combine(Target, "a.safetensors"));

        Assert.Equal(["kind", "formatVersion", "created", "kindred", "files", "contents", "seal"], json.Select(p => p.Key));
        Assert.Equal((Kind, 1), ((string)json["kind"]!, (int)json["formatVersion"]!));
        Assert.Equal(file.Length, (long)json["files"]!["a.safetensors"]!["bytes"]!);
        Assert.Equal(Convert.ToHexStringLower(XxHash128.Hash(file)), (string)json["files"]!["a.safetensors"]!["xxh128"]!);
    }

    [Fact]
    public void A_damaged_byte_in_any_file_is_found()
    {
        Write(Target, 1, 2, 3);
        foreach (string file in new[] { "a.safetensors", "b.safetensors" })
        {
            string path = Path.Combine(Target, file);
            byte[] whole = File.ReadAllBytes(path);
            Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte[1, 255]).Sample(
                (position, change) =>
                {
                    byte[] bytes = [.. whole];
                    bytes[position] ^= change;
                    File.WriteAllBytes(path, bytes);
                    Assert.Contains($"the checksum of {file} does not match", Refusal(Target), StringComparison.Ordinal);
                },
                iter: 50, threads: 1);
            File.WriteAllBytes(path, whole);
        }
        SealedFolder.Open(Target, Kind, 1).Dispose();
    }

    [Fact]
    public void Every_damaged_file_is_named()
    {
        Write(Target, 1, 2, 3);
        foreach (string file in new[] { "a.safetensors", "b.safetensors" })
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(Target, file));
            bytes[^1] ^= 1;
            File.WriteAllBytes(Path.Combine(Target, file), bytes);
        }
        Assert.Contains("the checksum of a.safetensors and b.safetensors does not match", Refusal(Target), StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_and_missing_files_are_named()
    {
        Write(Target, 1, 2, 3);
        string file = Path.Combine(Target, "b.safetensors");
        long length = new FileInfo(file).Length;
        using (var stream = File.OpenWrite(file)) stream.SetLength(length - 1);
        Assert.Equal($"{Target} is damaged: b.safetensors has {length - 1} bytes instead of {length}; write it again.", Refusal(Target));
        File.Delete(file);
        Assert.Equal($"{Target} is damaged: b.safetensors is missing; write it again.", Refusal(Target));
    }

    [Fact]
    public void Any_damage_to_the_manifest_is_refused_in_a_sentence()
    {
        Write(Target, 1, 2, 3);
        string file = Path.Combine(Target, "manifest.json");
        byte[] whole = File.ReadAllBytes(file);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length], Gen.Bool).Sample(
            (position, value, length, truncate) =>
            {
                byte[] bytes = [.. whole];
                bytes[position] = value;
                File.WriteAllBytes(file, truncate ? bytes[..length] : bytes);
                try { SealedFolder.Open(Target, Kind, 1).Dispose(); }
                catch (InputException) { return; }
                // Opened: then nothing but white space differs.
                Assert.Equal(JsonNode.Parse(whole)!.ToJsonString(), JsonNode.Parse(File.ReadAllBytes(file))!.ToJsonString());
            },
            iter: 1000, threads: 1);
    }

    [Fact]
    public void An_edited_manifest_is_refused()
    {
        Write(Target, 1);
        Edit(Target, json => json["contents"]!["number"] = 4);
        Assert.Contains("its manifest was changed after it was written", Refusal(Target), StringComparison.Ordinal);
    }

    [Fact]
    public void White_space_in_the_manifest_does_not_matter()
    {
        Write(Target, 1);
        Edit(Target, _ => { }); // written back without indentation
        SealedFolder.Open(Target, Kind, 1).Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("{\"kind\":\"kindred test\",\"kind\":\"kindred test\"}")]
    [InlineData("{\"kind\":\"kindred test\",\"formatVersion\":\"one\"}")]
    [InlineData("{\"kind\":\"\\ud800\"}")]
    [InlineData("{\"kind\":\"kindred test\",\"formatVersion\":1}")]
    public void A_manifest_that_is_not_one_is_refused(string text)
    {
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, "manifest.json"), text);
        Assert.StartsWith($"{Target} is damaged: its manifest", Refusal(Target), StringComparison.Ordinal);
    }

    [Fact]
    public void Foreign_folders_are_refused()
    {
        Assert.Equal($"{Target} does not exist.", Refusal(Target));
        Directory.CreateDirectory(Target);
        Assert.Contains("has no manifest.json: it is not a kindred test", Refusal(Target), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(Target, "manifest.json"), """{"name":"a web page","icons":[]}""");
        Assert.Equal($"{Target} is not a kindred test.", Refusal(Target));
        File.WriteAllText(_folder.File("file"), "");
        Assert.Contains("is a file, not a kindred test", Refusal(_folder.File("file")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_another_kind_is_called_by_its_name()
    {
        Write(Target, 1);
        Assert.Equal($"{Target} is not a kindred snapshot but a kindred test.", Refusal(Target, "kindred snapshot"));
    }

    [Fact]
    public void A_newer_version_is_refused_and_an_older_one_read()
    {
        SealedFolder.Write(Target, Kind, 2, new Note("hello"), []);
        Assert.Contains("was written by a newer Kindred (format 2; this one reads up to 1)", Refusal(Target), StringComparison.Ordinal);
        SealedFolder.Open(Target, Kind, 2).Dispose();
        SealedFolder.Open(Target, Kind, 3).Dispose();
    }

    [Fact]
    public void A_newer_version_is_recognized_before_anything_else_of_it_is_read()
    {
        Write(Target, 1);
        Edit(Target, json =>
        {
            json["formatVersion"] = 2;
            json["files"] = "in a format to come";
            json["more"] = true;
        });
        Assert.Contains("was written by a newer Kindred", Refusal(Target), StringComparison.Ordinal);
    }

    [Fact]
    public void Contents_of_another_shape_are_refused()
    {
        SealedFolder.Write(Target, Kind, 1, new { Text = 1 }, []);
        using var folder = SealedFolder.Open(Target, Kind, 1);
        Assert.Contains("cannot be read at $.text", Assert.Throws<InputException>(folder.Contents<Note>).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_the_manifest_does_not_name_is_not_opened()
    {
        Write(Target, 1);
        File.Copy(Path.Combine(Target, "a.safetensors"), Path.Combine(Target, "c.safetensors"));
        using var folder = SealedFolder.Open(Target, Kind, 1);
        var error = Assert.Throws<InputException>(() => folder.Tensors("c.safetensors"));
        Assert.Contains("it has no c.safetensors", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_the_same_kind_and_an_empty_one_are_replaced()
    {
        Directory.CreateDirectory(Target);
        Write(Target, 1);
        Write(Target + Path.DirectorySeparatorChar, 2);
        using var folder = SealedFolder.Open(Target, Kind, 1);
        Assert.Equal([2], folder.Tensors("a.safetensors").Array<int>("values").ToArray());
        Assert.Equal(["target"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_replaced_folder_stays_readable_for_who_has_it_open()
    {
        Write(Target, 1);
        using var old = SealedFolder.Open(Target, Kind, 1);
        var values = old.Tensors("a.safetensors").Array<int>("values");
        Write(Target, 2);
        Assert.Equal([1], values.ToArray());
    }

    [Fact]
    public void Anything_else_in_the_way_is_left_alone()
    {
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, "thesis.txt"), "precious");
        Assert.Contains(
            "exists and is not a kindred test", Assert.Throws<InputException>(() => Write(Target, 1)).Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(Path.Combine(Target, "thesis.txt")));

        File.WriteAllText(_folder.File("file"), "precious");
        Assert.Throws<InputException>(() => Write(_folder.File("file"), 1));
        Assert.Equal("precious", File.ReadAllText(_folder.File("file")));

        SealedFolder.Write(_folder.File("other"), "kindred other", 1, new Note(""), []);
        Assert.Throws<InputException>(() => Write(_folder.File("other"), 1));
        Assert.True(SealedFolder.Is(_folder.File("other"), "kindred other"));
    }

    [Fact]
    public void A_failing_write_leaves_what_was_there_and_nothing_else()
    {
        IEnumerable<(string, TensorWriter)> Failing()
        {
            yield return ("a.safetensors", Ints(9));
            throw new InvalidOperationException("the source ran dry");
        }

        Assert.Throws<InvalidOperationException>(() => SealedFolder.Write(Target, Kind, 1, new Note(""), Failing()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));

        Write(Target, 1);
        Assert.Throws<InvalidOperationException>(() => SealedFolder.Write(Target, Kind, 1, new Note(""), Failing()));
        Assert.Equal(["target"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
        using var folder = SealedFolder.Open(Target, Kind, 1);
        Assert.Equal([1], folder.Tensors("a.safetensors").Array<int>("values").ToArray());
    }

    [Fact]
    public void While_it_is_being_written_there_is_no_folder_at_the_target()
    {
        IEnumerable<(string, TensorWriter)> Watching()
        {
            yield return ("a.safetensors", Ints(9));
            Assert.False(Directory.Exists(Target));
            Assert.Empty(SealedFolder.In(_folder.Path, Kind));
            yield return ("b.safetensors", Ints(9));
            Assert.False(Directory.Exists(Target));
        }
        SealedFolder.Write(Target, Kind, 1, new Note(""), Watching());
        Assert.Equal([Target], SealedFolder.In(_folder.Path, Kind));
    }

    [Fact]
    public void A_place_that_cannot_be_written_to_is_one_sentence()
    {
        File.WriteAllText(_folder.File("file"), "");
        string path = Path.Combine(_folder.File("file"), "target");
        Assert.StartsWith(
            $"{path} cannot be written: ", Assert.Throws<InputException>(() => Write(path, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_of_a_kind_are_listed_newest_first_and_unfinished_ones_not_at_all()
    {
        foreach (string name in new[] { "b", "c", "a" }) Write(_folder.File(name), 1);
        SealedFolder.Write(_folder.File("d"), "kindred other", 1, new Note(""), []);
        Directory.Move(_folder.File("b"), _folder.File("z")); // renaming makes nothing newer
        Directory.CreateDirectory(_folder.File("unfinished"));
        Write(_folder.File(".a.tmp"), 1);

        Assert.Equal(["a", "c", "z"], SealedFolder.In(_folder.Path, Kind).Select(Path.GetFileName));
    }

    [Fact]
    public void Is_tells_the_kind_whatever_the_state()
    {
        Assert.False(SealedFolder.Is(Target, Kind));
        Write(Target, 1);
        File.Delete(Path.Combine(Target, "a.safetensors"));
        Assert.True(SealedFolder.Is(Target, Kind));
        Assert.False(SealedFolder.Is(Target, "kindred other"));
        File.WriteAllText(Path.Combine(Target, "manifest.json"), "{");
        Assert.False(SealedFolder.Is(Target, Kind));
    }
}
