using System.Text.RegularExpressions;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Tests.Support;

namespace Kindred.Tests.Retrieval;

public sealed class IndexFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.File("index");

    public void Dispose() => _folder.Dispose();

    private static readonly SumOfHistory Model = new(SumOfHistory.Drawn(90, 7, 6));

    public static TheoryData<string> Kinds => [.. IndexCatalog.Entries.Keys];

    private IndexManifest Write(string kind)
    {
        var index = IndexCatalog.Find(kind).Builder(IndexMetric.InnerProduct).Build(Model.ItemEmbeddings, new());
        var manifest = IndexManifest.Of(
            index, TimeSpan.FromSeconds(1.23456), "als", "0123") with
        { TargetRecall = .95, Recall = new(10, .97, .96, .98, 500) };
        IndexFolder.Write(Target, manifest, Model.Items, index);
        return manifest;
    }

    private static (int, float)[] Answer(IIndex index)
    {
        var (items, scores) = (new int[10], new float[10]);
        int count = index.Search(new(Model.ItemEmbeddings.Row(3)) { Excluded = [3] }, items, scores);
        return [.. items.Take(count).Zip(scores)];
    }

    [Theory, MemberData(nameof(Kinds))]
    public void What_was_written_is_read_and_answers_the_same(string kind)
    {
        var manifest = Write(kind);
        var expected = Answer(IndexCatalog.Find(kind).Builder(IndexMetric.InnerProduct).Build(Model.ItemEmbeddings, new()));
        using IndexFolder one = IndexFolder.Open(Target), other = IndexFolder.Open(Target); // as two processes would
        Assert.Equal(manifest, one.Manifest);
        Assert.Equal((kind, 7, 90, 1.235, "als"), (
            one.Manifest.Kind, one.Manifest.Dimensions, one.Manifest.Count, one.Manifest.Seconds, one.Manifest.Trainer));
        Assert.Equal(manifest.Kind, one.Index.Description.Kind);
        Assert.True(one.Items.HasSameIds(Model.Items));
        Assert.Equal(expected, Answer(one.Index));
        one.Dispose();
        Assert.Equal(expected, Answer(other.Index));
    }

    [Fact]
    public void An_index_is_replaced_but_nothing_else_is()
    {
        Write("flat");
        Write("int8");
        Assert.True(IndexFolder.Is(Target));
        using (var index = IndexFolder.Open(Target)) Assert.Equal("int8", index.Manifest.Kind);
        string other = _folder.File("other");
        Directory.CreateDirectory(other);
        File.WriteAllText(Path.Combine(other, "notes.txt"), "keep");
        var flat = new FlatIndex.Builder().Build(Model.ItemEmbeddings, new());
        Assert.Contains("is not a kindred index", Assert.Throws<InputException>(() => IndexFolder.Write(
            other, IndexManifest.Of(flat, TimeSpan.Zero, "als", ""), Model.Items, flat)).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("index.safetensors"), InlineData("ids.safetensors")]
    public void Damage_is_refused_by_the_name_of_the_file(string name)
    {
        Write("flat");
        string file = Path.Combine(Target, name);
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^70] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.Contains($"is damaged: the checksum of {name} does not match", Refusal(), StringComparison.Ordinal);
        File.WriteAllBytes(file, bytes[..^1]);
        Assert.Contains($"is damaged: {name} has {bytes.Length - 1} bytes instead of {bytes.Length}", Refusal(), StringComparison.Ordinal);
        File.Delete(file);
        Assert.Contains($"is damaged: {name} is missing", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Newer_and_foreign_folders_are_refused()
    {
        Write("flat");
        string manifest = Path.Combine(Target, "manifest.json"), text = File.ReadAllText(manifest);
        File.WriteAllText(manifest, Regex.Replace(text, "\"formatVersion\": \\d+", "\"formatVersion\": 99"));
        Assert.Contains("was written by a newer Kindred (format 99; this one reads up to 1)", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(manifest, text.Replace(".95", ".99", StringComparison.Ordinal));
        Assert.Contains("is damaged: ", Refusal(), StringComparison.Ordinal);
        Assert.Contains("is not a kindred index", Assert.Throws<InputException>(
            () => IndexFolder.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    private string Refusal() => Assert.Throws<InputException>(() => IndexFolder.Open(Target)).Message;
}
