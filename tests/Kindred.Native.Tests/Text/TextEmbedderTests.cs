using System.Text;
using Kindred.Data;
using Kindred.Models;
using Kindred.Tests.Support;
using Kindred.Text;
using Microsoft.Extensions.AI;

namespace Kindred.Native.Tests.Text;

public sealed class TextEmbedderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The length of a text, and of its first word; it keeps what it was asked.</summary>
    private sealed class Lengths(string model = "lengths", Func<string, float[]>? vectorOf = null)
        : IEmbeddingGenerator<string, Embedding<float>>
    {
        public List<string[]> Asked { get; } = [];

        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
        {
            string[] texts = [.. values];
            Asked.Add(texts);
            return Task.FromResult(new GeneratedEmbeddings<Embedding<float>>(texts
                .Select(text => new Embedding<float>(vectorOf?.Invoke(text) ?? [text.Length, text.Split(' ')[0].Length]))));
        }

        public object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata("test", null, model, 2) : null;

        public void Dispose() { }
    }

    [Fact]
    public async Task Equal_texts_are_embedded_once_in_batches_and_empty_ones_not_at_all()
    {
        var generator = new Lengths();
        var vectors = await new TextEmbedder(generator) { BatchSize = 2 }.EmbedAsync(["a bc", "", "de", "a bc", " ", "f"], Cancellation);
        Assert.Equal([[4f, 1], null, [2f, 2], [4f, 1], null, [1f, 1]], vectors);
        Assert.Equal([["f", "de"], ["a bc"]], generator.Asked);
    }

    [Fact]
    public async Task Only_texts_that_changed_are_embedded_again_and_another_model_embeds_all()
    {
        using var folder = new TemporaryFolder();
        string cache = folder.File("cache");
        await new TextEmbedder(new Lengths()) { Cache = cache }.EmbedAsync(["one", "two"], Cancellation);
        var again = new Lengths();
        var embedder = new TextEmbedder(again) { Cache = cache };
        var vectors = await embedder.EmbedAsync(["one", "two changed"], Cancellation);
        Assert.Equal(1, embedder.Embedded);
        Assert.Equal([["two changed"]], again.Asked);
        Assert.Equal([[3f, 3], [11f, 3]], vectors);
        var other = new Lengths("another");
        await new TextEmbedder(other) { Cache = cache }.EmbedAsync(["one"], Cancellation);
        Assert.Single(other.Asked);
    }

    [Fact]
    public async Task A_generator_that_does_not_say_its_model_has_no_cache()
    {
        using var folder = new TemporaryFolder();
        string cache = folder.File("cache");
        var embedder = new TextEmbedder(new Lengths("")) { Cache = cache };
        Assert.Contains("does not say which model it is", (await Assert.ThrowsAsync<InputException>(
            () => embedder.EmbedAsync(["one"], Cancellation))).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(cache));
        Assert.Single(await new TextEmbedder(new Lengths("")).EmbedAsync(["one"], Cancellation));
    }

    [Fact]
    public async Task A_cache_that_was_cut_anywhere_or_damaged_gives_no_wrong_vector()
    {
        using var folder = new TemporaryFolder();
        string cache = folder.File("cache"), broken = folder.File("broken");
        await new TextEmbedder(new Lengths()) { Cache = cache }.EmbedAsync(["one", "three"], Cancellation);
        byte[] whole = await File.ReadAllBytesAsync(cache, Cancellation);
        int head = "kindred text vectors 1\n".Length;
        for (int length = head; length < whole.Length; length++)
        {
            await File.WriteAllBytesAsync(broken, whole[..length], Cancellation);
            await Expect(broken);
        }
        for (int at = head; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x10;
            await File.WriteAllBytesAsync(broken, damaged, Cancellation);
            await Expect(broken);
        }

        async Task Expect(string path)
        {
            var first = new TextEmbedder(new Lengths()) { Cache = path };
            Assert.Equal([[3f, 3], [5f, 5]], await first.EmbedAsync(["one", "three"], Cancellation));
            var generator = new Lengths();
            await new TextEmbedder(generator) { Cache = path }.EmbedAsync(["one", "three"], Cancellation);
            Assert.Empty(generator.Asked); // it was mended
        }
    }

    [Fact]
    public async Task What_is_no_cache_and_what_are_no_vectors_is_refused()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("notes.txt");
        await File.WriteAllTextAsync(file, "do not overwrite these notes, please", Encoding.UTF8, Cancellation);
        var embedder = new TextEmbedder(new Lengths()) { Cache = file };
        var refused = await Assert.ThrowsAsync<InputException>(() => embedder.EmbedAsync(["a"], Cancellation));
        Assert.Contains("is no cache", refused.Message);
        Assert.StartsWith("do not", await File.ReadAllTextAsync(file, Cancellation));
        foreach (Func<string, float[]> vectorOf in (Func<string, float[]>[])[_ => [], _ => [float.NaN], text => new float[text.Length]])
            await Assert.ThrowsAsync<InputException>(
                () => new TextEmbedder(new Lengths(vectorOf: vectorOf)).EmbedAsync(["a", "bc"], Cancellation));
    }

    [Fact]
    public async Task Vectors_of_items_are_an_attribute_that_models_learn_from()
    {
        var data = Interactions.FromEvents([("u", "a"), ("u", "b"), ("v", "a"), ("v", "c"), ("w", "b")], e => e)
            .WithItemAttributes([Row("a", "tea", "red"), Row("b", "tea", "green"), Row("c", "coffee", "black")]);
        var embedded = await new TextEmbedder(new Lengths()).EmbedItemsAsync(data, ["title", "color"], cancellationToken: Cancellation);
        Assert.Equal(["tea. red".Length, "tea. green".Length, "coffee. black".Length],
            embedded.ItemAttributes.Numbers["text.0"].Values.ToArray().Select(value => (int)value));
        var model = new ImplicitAls { Dimensions = 2, Features = "item.text.*" }.Train(embedded, new() { Cancellation = Cancellation });
        Assert.Equal(3, model.Items.Count);
        await Assert.ThrowsAsync<InputException>(
            () => new TextEmbedder(new Lengths()).EmbedItemsAsync(data, ["titel"], cancellationToken: Cancellation));

        static AttributeRow Row(string id, string title, string color) =>
            new(id) { Texts = { ["title"] = title }, Labels = { ["color"] = [color] } };
    }

    [Fact]
    public async Task The_model_in_the_package_knows_what_is_alike()
    {
        using var model = new MiniLmGenerator();
        var vectors = await new TextEmbedder(model).EmbedAsync(
            ["Toy Story, animation for children", "Aladdin, animated family film", "Reservoir Dogs, violent crime"], Cancellation);
        Assert.All(vectors, vector => Assert.Equal((384, 1.0), (vector!.Length, Math.Round(Dot(vector, vector), 4))));
        Assert.True(Dot(vectors[0]!, vectors[1]!) > Dot(vectors[0]!, vectors[2]!));
        Assert.Equal(MiniLmGenerator.ModelId, ((IEmbeddingGenerator)model).GetService<EmbeddingGeneratorMetadata>()!.DefaultModelId);

        static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();
    }
}
