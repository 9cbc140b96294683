using Kindred.Data;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;
using Kindred.Snapshots;
using Kindred.Tests.Data;
using Kindred.Tests.Support;

namespace Kindred.Tests.Snapshots;

/// <summary>A snapshot that answers by way of an index.</summary>
public sealed class SnapshotIndexTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.File("target");

    public void Dispose() => _folder.Dispose();

    private static readonly Interactions Data = Small.Of(
        6, [(0, 1), (1, 1)], [(0, 1), (1, 1), (2, 1)], [(1, 1), (2, 1)], [(3, 1), (4, 1)], [(3, 1), (4, 1), (0, 1)], []);

    private static SnapshotContents Contents(string? kind, ITrainer? trainer = null)
    {
        TrainedModel Train(ITrainer with) => new(
            new(with.Summary.Name, TrainerOptions.Of(with), 0, 0, "small", "", 6, 6, 12), with.Train(Data, new() { Workers = 1 }));
        var model = Train(trainer ?? new ImplicitAls { Dimensions = 3 });
        var index = kind is null ? null : IndexCatalog.Find(kind).Builder(IndexMetric.InnerProduct).Build(
            model.Model is IEmbeddingModel embedding ? embedding.ItemEmbeddings : new(6, 3), new());
        return new(Data, Catalog.Empty(6), model, Train(new Popularity()), null,
            index is null
                ? null
                : new(IndexManifest.Of(index, TimeSpan.Zero, "implicit-als", "f") with { Recall = new(10, 1, .99, 1, 5) }, index));
    }

    [Theory, InlineData("flat"), InlineData("int8")]
    public void It_answers_as_one_without_an_index(string kind)
    {
        Snapshot.Write(Target, Contents(kind));
        Snapshot.Write(_folder.File("plain"), Contents(null));
        using Snapshot indexed = Snapshot.Open(Target), plain = Snapshot.Open(_folder.File("plain"));
        Assert.Equal(
            (kind, "f", .99), (indexed.Manifest.Index!.Kind, indexed.Manifest.Index.Fingerprint, indexed.Manifest.Index.Recall!.Low));
        Assert.Equal(kind, indexed.Index!.Description.Kind);
        Assert.Null(plain.Index);
        for (int user = 0; user < 6; user++)
        {
            var query = Query.Of(indexed.Interactions, user);
            var expected = plain.Pipeline.Recommend(query, 4);
            Assert.Equal(expected.Select(c => (c.Item, c.Source)), indexed.Pipeline.Recommend(query, 4).Select(c => (c.Item, c.Source)));
            var model = indexed.Model.AsPipeline().Recommend(query, 4);
            Assert.Equal(expected.Where(c => c.Source == Snapshot.FromModel).Select(c => c.Item), model.Select(c => c.Item));
        }
        Assert.Equal(plain.SimilarItems.Find(0, 3).Select(c => c.Item), indexed.SimilarItems.Find(0, 3).Select(c => c.Item));
    }

    [Fact]
    public void It_is_ready_once_its_index_is()
    {
        Snapshot.Write(Target, Contents("flat"));
        using var snapshot = Snapshot.Open(Target);
        Assert.False(snapshot.IsReady);
        snapshot.GetReady();
        Assert.True(snapshot.IsReady);
    }

    [Fact]
    public void Only_a_snapshot_with_an_index_needs_a_reader_that_knows_indices()
    {
        int VersionOf(string path, SnapshotContents contents)
        {
            Snapshot.Write(path, contents);
            return (int)System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(path, "manifest.json")))!["formatVersion"]!;
        }
        Assert.Equal(1, VersionOf(Target, Contents(null)));
        Assert.False(File.Exists(Path.Combine(Target, "index.safetensors")));
        Assert.Equal(2, VersionOf(_folder.File("indexed"), Contents("flat")));
    }

    [Fact]
    public void A_damaged_index_is_refused()
    {
        Snapshot.Write(Target, Contents("flat"));
        string file = Path.Combine(Target, "index.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^70] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.Contains("the checksum of index.safetensors does not match",
            Assert.Throws<InputException>(() => Snapshot.Open(Target)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_embeddings_cannot_be_indexed() => Assert.Equal(
        "item-knn has no embeddings, so no index can serve it; publish it without.",
        Assert.Throws<InputException>(() => Snapshot.Write(Target, Contents("flat", new ItemKnn()))).Message);
}
