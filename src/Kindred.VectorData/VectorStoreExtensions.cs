using Microsoft.Extensions.VectorData;

namespace Kindred.VectorData;

/// <summary>Vectors of items out of a vector store.</summary>
public static class VectorStoreExtensions
{
    private const int KeysOfOneCall = 1000;

    /// <summary>
    /// The same events, with a vector of each item that a collection has: columns name.0, name.1, …, which <c>features</c> names as
    /// item.name.*. The collection's key is the item id. Items without a record have no vector.
    /// </summary>
    /// <param name="name">Of the vector.</param>
    /// <param name="itemId">The item that a record is about: its key.</param>
    /// <param name="vector">[d] of a record, the same length for all; empty: it has none.</param>
    /// <exception cref="InputException">
    /// There is no such collection, it has none of the items, or vectors are not of numbers and of one length.
    /// </exception>
    /// <exception cref="VectorStoreException">The store failed.</exception>
    public static Task<Interactions> WithItemVectorsAsync<TRecord>(
        this Interactions data, VectorStoreCollection<string, TRecord> collection, string name, Func<TRecord, string> itemId,
        Func<TRecord, ReadOnlyMemory<float>> vector, CancellationToken cancellationToken = default)
        where TRecord : class => data.WithItemVectorsAsync(collection, name, static id => id, itemId, vector, cancellationToken);

    /// <param name="key">Of the record about an item.</param>
    /// <inheritdoc cref="WithItemVectorsAsync{TRecord}"/>
    public static async Task<Interactions> WithItemVectorsAsync<TKey, TRecord>(
        this Interactions data, VectorStoreCollection<TKey, TRecord> collection, string name, Func<string, TKey> key,
        Func<TRecord, string> itemId, Func<TRecord, ReadOnlyMemory<float>> vector, CancellationToken cancellationToken = default)
        where TKey : notnull
        where TRecord : class
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(collection);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(itemId);
        ArgumentNullException.ThrowIfNull(vector);
        if (!await collection.CollectionExistsAsync(cancellationToken).ConfigureAwait(false))
            throw new InputException($"There is no collection '{collection.Name}' to read vectors from.");
        var vectors = new float[]?[data.Items.Count];
        int dimensions = 0;
        foreach (int[] batch in Enumerable.Range(0, vectors.Length).Chunk(KeysOfOneCall))
        {
            var records = collection.GetAsync(
                batch.Select(item => key(data.Items.Id(item))), new() { IncludeVectors = true }, cancellationToken);
            await foreach (var record in records.ConfigureAwait(false))
            {
                string id = itemId(record);
                if (!data.Items.TryGetIndex(id, out int item))
                    throw new InputException(
                        $"'{collection.Name}' answered with a record of '{id}', which is no item of the data; name its item by itemId.");
                var numbers = vector(record);
                if (numbers.IsEmpty) continue;
                if (dimensions == 0) dimensions = numbers.Length;
                vectors[item] = Checked(numbers.ToArray(), id, dimensions);
            }
        }
        if (dimensions == 0)
            throw new InputException(
                $"'{collection.Name}' has a vector of none of the {vectors.Length} items; check that its keys are item ids.");
        return data.With(itemAttributes: data.ItemAttributes.WithVectors(name, vectors));
    }

    private static float[] Checked(float[] vector, string id, int dimensions) =>
        vector.Length != dimensions
            ? throw new InputException($"The vector of '{id}' has {vector.Length} dimensions, and that of another item {dimensions}.")
            : Array.TrueForAll(vector, float.IsFinite) ? vector
            : throw new InputException($"The vector of '{id}' has a value that is no number.");
}
