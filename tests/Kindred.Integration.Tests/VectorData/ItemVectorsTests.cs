using Kindred.Data;
using Kindred.Models;
using Kindred.VectorData;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;

namespace Kindred.Integration.Tests.VectorData;

/// <summary>A snapshot as IVectorSearchable, and its items in other stores. Needs no server.</summary>
public sealed class ItemVectorsTests : IDisposable
{
    private readonly Shop _shop = new();
    private readonly ItemVectors _items;

    public ItemVectorsTests() => _items = ItemVectors.Open(_shop.Snapshot);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _items.Dispose();
        _shop.Dispose();
    }

    private async Task<List<VectorSearchResult<ItemVector>>> Find<TInput>(
        TInput value, int top, VectorSearchOptions<ItemVector>? options = null, ItemVectors? items = null) where TInput : notnull =>
        await ((IVectorSearchable<ItemVector>)(items ?? _items)).SearchAsync(value, top, options, Cancellation).ToListAsync(Cancellation);

    private static string[] Ids(IEnumerable<VectorSearchResult<ItemVector>> found) => [.. found.Select(result => result.Record.ItemId)];

    [Fact]
    public async Task Items_like_an_item_are_those_that_the_recommender_finds()
    {
        using var recommender = Recommender.Open(_shop.Snapshot);
        var expected = recommender.SimilarItems(new() { ItemId = "tea", Count = 7 }, Cancellation).Items;
        var found = await Find(new LikeItem("tea"), 7);
        Assert.Equal(expected.Select(item => item.ItemId), Ids(found));
        Assert.Equal(expected.Select(item => (double?)item.Score), found.Select(result => result.Score));
        Assert.Superset(Ids(found.Take(3)).ToHashSet(), Shop.Drinks.ToHashSet());
    }

    [Fact]
    public async Task Records_say_what_is_known_of_an_item()
    {
        var record = (await Find(new LikeItem("saw"), 1, new() { Filter = item => item.ItemId == "hammer" })).Single().Record;
        Assert.Equal(("hammer", "HAMMER", true), (record.ItemId, record.Title, record.Vector.IsEmpty));
        Assert.Equal(["tool", "metal"], record.Labels["kind"]);
        Assert.Equal([("price", 4f)], record.Numbers.Select(number => (number.Key, number.Value)));
        Assert.Equal([("title", "HAMMER")], record.Texts.Select(text => (text.Key, text.Value)));
    }

    [Fact]
    public async Task Filter_skip_and_threshold_do_what_the_abstraction_says()
    {
        var drinks = await Find(new LikeItem("saw"), 10, new() { Filter = item => item.Labels["kind"].Contains("drink") });
        Assert.Equal(Shop.Drinks.Order(), Ids(drinks).Order());

        var all = await Find(new LikeItem("tea"), 7);
        Assert.Equal(Ids(all.Skip(2).Take(3)), Ids(await Find(new LikeItem("tea"), 3, new() { Skip = 2 })));
        Assert.Empty(await Find(new LikeItem("tea"), int.MaxValue, new() { Skip = 8 }));
        Assert.Equal(Ids(all.Take(2)), Ids(await Find(new LikeItem("tea"), 7, new() { ScoreThreshold = all[1].Score })));
        Assert.Equal(Ids(all), Ids(await Find(new LikeItem("tea"), 7, new() { VectorProperty = item => item.Vector })));
    }

    [Fact]
    public async Task Every_kind_of_vector_finds_the_same()
    {
        var tea = (await Find(new LikeItem("honey"), 1, new() { Filter = item => item.ItemId == "tea", IncludeVectors = true })).Single()
            .Record.Vector;
        var expected = Ids(await Find(tea, 8));
        Assert.Equal("tea", expected[0]);
        Assert.Equal(expected, Ids(await Find(tea.ToArray(), 8)));
        Assert.Equal(expected, Ids(await Find(new Memory<float>(tea.ToArray()), 8)));
        Assert.Equal(expected, Ids(await Find(new Embedding<float>(tea), 8)));
    }

    [Fact]
    public async Task Exported_items_are_ranked_for_a_user_as_the_model_ranks_them()
    {
        var collection = new MemoryCollection<string, Product>("products");
        Assert.Equal(8, await _items.ExportAsync(collection, Product.From, batchSize: 3, Cancellation));
        Assert.Equal([3, 3, 2], collection.Calls);

        using var scores = ItemVectors.Open(
            _shop.Snapshot, new() { DistanceFunction = DistanceFunction.DotProductSimilarity });
        var user = scores.UserVector("user 1")!.Value;
        var stored = await collection.SearchAsync(user, 8, null, Cancellation).ToListAsync(Cancellation);
        var found = await Find(user, 8, items: scores);
        Assert.Equal(Ids(found), stored.Select(result => result.Record.Id));
        Assert.All(found.Zip(stored), pair => Assert.Equal(pair.Second.Score!.Value, pair.First.Score!.Value, 1e-5));

        using var recommender = Recommender.Open(_shop.Snapshot);
        var answer = recommender.Recommend(new() { UserId = "user 1", Count = 8 }, Cancellation);
        var unseen = answer.Items.Where(item => item.Source == "model").Select(item => item.ItemId).ToList();
        Assert.NotEmpty(unseen);
        Assert.Equal(unseen, Ids(found).Where(unseen.Contains));
        Assert.Null(scores.UserVector("nobody"));
    }

    [Fact]
    public async Task Vectors_come_back_as_an_attribute()
    {
        var collection = new MemoryCollection<string, Product>("products");
        await _items.ExportAsync(collection, Product.From, cancellationToken: Cancellation);
        await collection.DeleteAsync("saw", Cancellation);

        var data = await Shop.Data.WithItemVectorsAsync(collection, "clip", product => product.Id, product => product.Vector, Cancellation);
        var columns = data.ItemAttributes.Numbers;
        Assert.Equal(["clip.0", "clip.1", "clip.2", "clip.3", "price"], columns.Keys.Order());
        foreach (var item in _items.Items)
        {
            Assert.True(data.Items.TryGetIndex(item.ItemId, out int row));
            var vector = Enumerable.Range(0, 4).Select(n => columns[$"clip.{n}"].Values.Span[row]);
            Assert.Equal(item.ItemId == "saw" ? Enumerable.Repeat(float.NaN, 4) : item.Vector.ToArray(), vector);
        }
    }

    [Fact]
    public async Task Keys_may_be_of_any_type()
    {
        static Guid KeyOf(string id) => new(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(id))[..16]);
        var collection = new MemoryCollection<Guid, Numbered>("numbered");
        await _items.ExportAsync(
            collection, item => new Numbered { Id = KeyOf(item.ItemId), Item = item.ItemId, Vector = item.Vector },
            cancellationToken: Cancellation);
        var data = await Shop.Data.WithItemVectorsAsync(
            collection, "clip", KeyOf, record => record.Item, record => record.Vector, Cancellation);
        Assert.DoesNotContain(float.NaN, data.ItemAttributes.Numbers["clip.3"].Values.ToArray());
    }

    [Fact]
    public async Task An_attribute_is_searched_by_texts_of_its_generator()
    {
        using var clip = ItemVectors.Open(_shop.Snapshot, new() { Attribute = "clip", EmbeddingGenerator = new Lengths() });
        Assert.Equal((2, 7, 1), (clip.Dimensions, clip.Count, clip.WithoutVector)); // the first number of tea is unknown
        Assert.Equal("drill", Ids(await Find("1234567", 1, items: clip)).Single()); // (7, 1)
        Assert.Equal("honey", Ids(await Find("1", 1, items: clip)).Single()); // (1, 1)
        Assert.Empty(await Find(new LikeItem("tea"), 8, items: clip));
        Assert.Throws<InputException>(() => clip.UserVector("user 1"));
    }

    [Fact]
    public async Task What_cannot_be_searched_by_is_said()
    {
        await Assert.ThrowsAsync<InputException>(() => Find(new LikeItem("nothing"), 1));
        await Assert.ThrowsAsync<InputException>(() => Find(new float[] { 1, 2 }, 1));
        await Assert.ThrowsAsync<InputException>(() => Find(new float[] { 1, 2, 3, float.NaN }, 1));
        await Assert.ThrowsAsync<InputException>(() => Find(new float[4], 1, new() { VectorProperty = item => item.Title }));
        await Assert.ThrowsAsync<NotSupportedException>(() => Find("a warm drink", 1));
        await Assert.ThrowsAsync<NotSupportedException>(() => Find(17, 1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Find(new LikeItem("tea"), 0));
        Assert.Empty(await Find(new float[4], 1)); // it points nowhere
    }

    [Fact]
    public async Task What_cannot_be_opened_is_said()
    {
        var missing = Assert.Throws<InputException>(() => ItemVectors.Open(_shop.Snapshot, new() { Attribute = "clips" }));
        Assert.Contains("did you mean clip?", missing.Message);
        Assert.Throws<InputException>(
            () => ItemVectors.Open(_shop.Snapshot, new() { DistanceFunction = DistanceFunction.HammingDistance }));
        using var counts = new Shop(new ItemKnn());
        Assert.Contains("item-knn has no vectors", Assert.Throws<InputException>(() => ItemVectors.Open(counts.Snapshot)).Message);
        var closed = ItemVectors.Open(_shop.Snapshot);
        closed.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Find(new LikeItem("tea"), 1, items: closed));
    }

    [Fact]
    public void It_says_what_it_is()
    {
        var metadata = (VectorStoreCollectionMetadata)_items.GetService(typeof(VectorStoreCollectionMetadata))!;
        Assert.Equal(("kindred", Path.GetFileName(_shop.Snapshot)), (metadata.VectorStoreSystemName, metadata.CollectionName));
        Assert.Same(_items, _items.GetService(typeof(IVectorSearchable<ItemVector>)));
        Assert.Null(_items.GetService(typeof(string)));
    }

    [Fact]
    public async Task A_collection_that_cannot_be_read_is_said()
    {
        Task<Interactions> Read(MemoryCollection<string, Product> from) =>
            Shop.Data.WithItemVectorsAsync(from, "clip", product => product.Id, product => product.Vector, Cancellation);
        async Task<string> Refusal(params Product[] products)
        {
            var collection = new MemoryCollection<string, Product>("products");
            await collection.EnsureCollectionExistsAsync(Cancellation);
            await collection.UpsertAsync(products, Cancellation);
            return (await Assert.ThrowsAsync<InputException>(() => Read(collection))).Message;
        }
        var absent = await Assert.ThrowsAsync<InputException>(() => Read(new("gone")));
        Assert.Contains("no collection 'gone'", absent.Message);
        Assert.Contains("none of the 8 items", await Refusal(new Product { Id = "sofa", Vector = new float[2] }));
        Assert.Contains("dimensions", await Refusal(
            new Product { Id = "tea", Vector = new float[2] }, new Product { Id = "saw", Vector = new float[3] }));
        Assert.Contains("no number", await Refusal(new Product { Id = "tea", Vector = new[] { 1, float.NaN } }));
    }

    private sealed class Numbered
    {
        [VectorStoreKey]
        public Guid Id { get; init; }

        [VectorStoreData]
        public required string Item { get; init; }

        [VectorStoreVector(4)]
        public ReadOnlyMemory<float> Vector { get; init; }
    }

    /// <summary>The length of a text, and 1.</summary>
    private sealed class Lengths : IEmbeddingGenerator<string, Embedding<float>>
    {
        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new GeneratedEmbeddings<Embedding<float>>(
                values.Select(text => new Embedding<float>(new float[] { text.Length, 1 }))));

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() { }
    }
}
