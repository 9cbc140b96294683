using Kindred.Data;
using Kindred.Models;
using Microsoft.Extensions.AI;

namespace Kindred.Text;

/// <summary>Makes vectors of the texts of items by any generator, in batches; texts that it has embedded before it looks up.</summary>
/// <param name="generator">Such as <see cref="MiniLmGenerator"/>, or one of a service.</param>
public sealed class TextEmbedder(IEmbeddingGenerator<string, Embedding<float>> generator)
{
    /// <summary>Texts of one call of the generator; at least 1.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>A file that keeps vectors by hash of text and model, so that only changed texts are embedded again; null: none.</summary>
    /// <remarks>It is read whole by each call and never gets smaller: for many texts at once, not for a few at a time.</remarks>
    public string? Cache { get; init; }

    /// <summary>Told after each batch how many texts are done.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>How many texts the generator was asked for so far; the cache had the others.</summary>
    public int Embedded { get; private set; }

    /// <summary>What tells the vectors of this generator from those of others: its provider, model and dimensions.</summary>
    public string Model => $"{Metadata?.ProviderName} {Metadata?.DefaultModelId} {Metadata?.DefaultModelDimensions}";

    private EmbeddingGeneratorMetadata? Metadata =>
        (EmbeddingGeneratorMetadata?)generator.GetService(typeof(EmbeddingGeneratorMetadata));

    /// <summary>Embeds texts; equal ones once, empty ones not at all.</summary>
    /// <returns>A vector for each text, all of one length; null for an empty text.</returns>
    /// <exception cref="InputException">The generator returned something else than one vector of the same length for each text, or the
    /// cache cannot be used.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was embedded until then is in the cache.</exception>
    public async Task<IReadOnlyList<float[]?>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        string model = Model;
        if (Cache is not null && string.IsNullOrEmpty(Metadata?.DefaultModelId))
            throw new InputException("The embedding generator does not say which model it is (EmbeddingGeneratorMetadata.DefaultModelId), "
                + "so that a cache could mix its vectors with those of another; leave out Cache, or have GetService return it.");
        using var cache = Cache is null ? null : new EmbeddingCache(Cache);
        var vectors = new Dictionary<string, float[]>(StringComparer.Ordinal);
        string[] wanted = [.. texts.Where(text => !string.IsNullOrWhiteSpace(text)).Distinct(StringComparer.Ordinal)];
        foreach (string text in wanted)
            if (cache?.Find(EmbeddingCache.KeyOf(model, text)) is { } known) vectors.Add(text, known);
        // by length, as all texts of a batch cost as much as the longest
        string[] missing = [.. wanted.Where(text => !vectors.ContainsKey(text)).OrderBy(text => text.Length)
            .ThenBy(text => text, StringComparer.Ordinal)];
        int done = wanted.Length - missing.Length;
        if (missing.Length == 0) Progress?.Report(new(done, Math.Max(1, wanted.Length), "text"));
        foreach (string[] batch in missing.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var generated = await generator.GenerateAsync(batch, null, cancellationToken).ConfigureAwait(false);
            if (generated.Count != batch.Length)
                throw new InputException($"The embedding generator returned {generated.Count} vectors for {batch.Length} texts.");
            for (int n = 0; n < batch.Length; n++)
            {
                float[] vector = Checked(generated[n].Vector.ToArray());
                vectors.Add(batch[n], vector);
                cache?.Add(EmbeddingCache.KeyOf(model, batch[n]), vector);
            }
            cache?.Flush();
            Embedded += batch.Length;
            Progress?.Report(new(done += batch.Length, wanted.Length, "text"));
        }
        if (vectors.Values.Select(vector => vector.Length).Distinct().Take(2).Count() > 1)
            throw new InputException("The embedding generator returned vectors of different lengths; use one model for all texts.");
        return [.. texts.Select(text => string.IsNullOrWhiteSpace(text) ? null : vectors[text])];
    }

    /// <summary>
    /// The same events, with the vectors of what items say of themselves as an attribute: columns text.0, text.1, …, which
    /// <c>features</c> names as item.text.*.
    /// </summary>
    /// <param name="columns">Attributes of items whose words are embedded, in this order: texts or labels.</param>
    /// <param name="name">Of the vector.</param>
    /// <inheritdoc cref="EmbedAsync" path="/exception"/>
    public async Task<Interactions> EmbedItemsAsync(
        Interactions data, IReadOnlyList<string> columns, string name = "text", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var vectors = await EmbedAsync(data.ItemAttributes.TextsOf(columns), cancellationToken).ConfigureAwait(false);
        return data.With(itemAttributes: data.ItemAttributes.WithVectors(name, vectors));
    }

    private static float[] Checked(float[] vector) => vector.Length > 0 && Array.TrueForAll(vector, float.IsFinite) ? vector
        : throw new InputException("The embedding generator returned a vector that is empty or has a value that is no number.");
}
