using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Snapshots;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;

namespace Kindred.VectorData;

/// <summary>
/// The items of one snapshot by their vectors: to be searched, and to be written into a vector store. Safe to share between threads.
/// </summary>
/// <remarks>
/// A search is exact: every vector is looked at, in items·d multiply-adds. A filter is asked about every item first. Memory: twice the
/// vectors, from the first search on. A newer snapshot is another object.
/// </remarks>
public sealed class ItemVectors : IVectorSearchable<ItemVector>, IDisposable
{
    private readonly Snapshot _snapshot;
    private readonly Matrix _vectors; // [items, d]; zeros: it has none
    private readonly ItemVectorOptions _options;
    private readonly IndexMetric _metric;
    private readonly Lazy<IIndex> _index;

    private ItemVectors(Snapshot snapshot, ItemVectorOptions options)
    {
        (_snapshot, _options) = (snapshot, options);
        _metric = options.DistanceFunction switch
        {
            DistanceFunction.CosineSimilarity => IndexMetric.Cosine,
            DistanceFunction.DotProductSimilarity => IndexMetric.InnerProduct,
            var other => throw new InputException(
                $"Items cannot be searched by {other}; choose {DistanceFunction.CosineSimilarity} or " +
                $"{DistanceFunction.DotProductSimilarity}.",
                nameof(options.DistanceFunction)),
        };
        _vectors = options.Attribute is { } attribute ? VectorsOf(snapshot.ItemCatalog, attribute) : EmbeddingsOf(snapshot);
        for (int item = 0; item < _vectors.Rows; item++) if (HasVector(item)) Count++;
        _index = new(() => new FlatIndex.Builder { Metric = _metric }.Build(_vectors, new()));
    }

    /// <summary>Of the snapshot.</summary>
    public string SnapshotId => _snapshot.Manifest.Id;

    /// <summary>Items that have a vector: all that can be found.</summary>
    public int Count { get; }

    /// <summary>Items without one: the model, or the attribute, knows nothing of them. They are neither found nor exported.</summary>
    public int WithoutVector => _vectors.Rows - Count;

    /// <summary>d, the length of each vector.</summary>
    public int Dimensions => _vectors.Columns;

    /// <summary>All that have a vector, in the order of the snapshot. Made anew each time.</summary>
    /// <exception cref="ObjectDisposedException">The snapshot is closed.</exception>
    public IEnumerable<ItemVector> Items
    {
        get
        {
            using var held = _snapshot.Hold();
            for (int item = 0; item < _vectors.Rows; item++) if (HasVector(item)) yield return RecordOf(item, includesVector: true);
        }
    }

    /// <param name="path">A snapshot, or a folder of snapshots: then the newest one that can be opened.</param>
    /// <param name="options">null: the embeddings of the model, by cosine.</param>
    /// <exception cref="InputException">
    /// There is no snapshot that can be opened, its model has no embeddings, or there is no such attribute.
    /// </exception>
    public static ItemVectors Open(string path, ItemVectorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new();
        var snapshot = Snapshot.Open(path, options.Trainers);
        try
        {
            return new(snapshot, options);
        }
        catch
        {
            snapshot.Dispose();
            throw;
        }
    }

    /// <summary>Where a user lies among the items: to be searched by with <see cref="DistanceFunction.DotProductSimilarity"/>, here or in
    /// the store that the items were exported into. The items of their history are near as well.</summary>
    /// <returns>[d]; null: the snapshot does not know the user.</returns>
    /// <exception cref="InputException">The vectors are those of an attribute, among which a user has no place.</exception>
    /// <exception cref="ObjectDisposedException">The snapshot is closed.</exception>
    public ReadOnlyMemory<float>? UserVector(string userId)
    {
        ArgumentNullException.ThrowIfNull(userId);
        using var held = _snapshot.Hold();
        if (_options.Attribute is { } attribute)
            throw new InputException($"A user has no place among vectors of '{attribute}'; open the snapshot without an attribute.");
        if (!_snapshot.Users.TryGetIndex(userId, out int user)) return null;
        var vector = new float[Dimensions];
        return ((IEmbeddingModel)_snapshot.Model).TryEmbed(Query.Of(_snapshot.Interactions, user), vector) ? vector : null;
    }

    /// <summary>
    /// Finds the items nearest to a vector, to an item or to a text, best first; equal ones in the order of the snapshot.
    /// </summary>
    /// <param name="searchValue">
    /// A vector (<c>ReadOnlyMemory&lt;float&gt;</c>, <c>Memory&lt;float&gt;</c>, <c>float[]</c> or <c>Embedding&lt;float&gt;</c>), a
    /// <see cref="LikeItem"/>, or, with an <see cref="ItemVectorOptions.EmbeddingGenerator"/>, a text.
    /// </param>
    /// <param name="top">At least 1.</param>
    /// <param name="options">
    /// <see cref="VectorSearchOptions{TRecord}.Filter"/> is any condition on an <see cref="ItemVector"/>, whose vector it does not see.
    /// </param>
    /// <param name="cancellationToken">Looked at between items while a filter is applied, and between results.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="top"/> is less than 1.</exception>
    /// <exception cref="InputException">The vector has another length, or the item is unknown.</exception>
    /// <exception cref="NotSupportedException">It cannot be searched by such a value.</exception>
    /// <exception cref="ObjectDisposedException">The snapshot is closed.</exception>
    public IAsyncEnumerable<VectorSearchResult<ItemVector>> SearchAsync<TInput>(
        TInput searchValue, int top, VectorSearchOptions<ItemVector>? options = null, CancellationToken cancellationToken = default)
        where TInput : notnull
    {
        ArgumentNullException.ThrowIfNull(searchValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        options ??= new();
        if (options.VectorProperty is { } property && !IsVector(property.Body))
            throw new InputException($"{property} is not searched by; leave {nameof(options.VectorProperty)} out.");
        return Found(searchValue, top, options, cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        if (serviceType == typeof(VectorStoreCollectionMetadata))
            return new VectorStoreCollectionMetadata { VectorStoreSystemName = "kindred", CollectionName = SnapshotId };
        return serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>
    /// Writes all items that have a vector into a collection, which is made if it is not there. Records of other items stay.
    /// </summary>
    /// <param name="record">Makes a record of the caller's type, with the key of its choice; its vector is one of
    /// <see cref="Dimensions"/>.</param>
    /// <param name="batchSize">Records of one call of the store; at least 1.</param>
    /// <returns>How many were written.</returns>
    /// <exception cref="VectorStoreException">The store failed; batches before that are written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; batches before that are written.</exception>
    public async Task<int> ExportAsync<TKey, TRecord>(
        VectorStoreCollection<TKey, TRecord> collection, Func<ItemVector, TRecord> record, int batchSize = 1000,
        CancellationToken cancellationToken = default)
        where TKey : notnull
        where TRecord : class
    {
        ArgumentNullException.ThrowIfNull(collection);
        ArgumentNullException.ThrowIfNull(record);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        await collection.EnsureCollectionExistsAsync(cancellationToken).ConfigureAwait(false);
        int written = 0;
        foreach (var batch in Items.Chunk(batchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await collection.UpsertAsync(batch.Select(record), cancellationToken).ConfigureAwait(false);
            written += batch.Length;
        }
        return written;
    }

    /// <summary>Closes the snapshot, as soon as no search needs it.</summary>
    public void Dispose() => _snapshot.Dispose();

    private async IAsyncEnumerable<VectorSearchResult<ItemVector>> Found(
        object searchValue, int top, VectorSearchOptions<ItemVector> options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var held = _snapshot.Hold();
        int like = searchValue is LikeItem item ? ItemOf(item.ItemId) : -1;
        var vector = like >= 0 ? _vectors.Row(like).ToArray() : await VectorOfAsync(searchValue, cancellationToken).ConfigureAwait(false);
        foreach (var (found, score) in Nearest(vector, like, top, options, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new(RecordOf(found, options.IncludeVectors), score);
        }
    }

    private IEnumerable<(int Item, float Score)> Nearest(
        ReadOnlySpan<float> vector, int like, int top, VectorSearchOptions<ItemVector> options, CancellationToken cancellationToken)
    {
        var allowed = options.Filter?.Compile() is { } passes ? BitSet.Where(_vectors.Rows, item =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return HasVector(item) && passes(RecordOf(item, includesVector: false));
        }) : null;
        int most = (int)Math.Min((long)top + options.Skip, Count);
        var (items, scores) = (new int[most], new float[most]);
        int length = _index.Value.Search(
            new(vector) { Allowed = allowed, Excluded = like >= 0 ? [like] : [] }, items, scores);
        // the index orders inner products; divided by the query's length, two that differed may have become equal
        return items.Zip(scores).Take(length).OrderByDescending(found => found.Second).ThenBy(found => found.First)
            .Where(found => options.ScoreThreshold is not { } threshold || found.Second >= threshold).Skip(options.Skip);
    }

    private async ValueTask<float[]> VectorOfAsync(object searchValue, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<float> vector = searchValue switch
        {
            ReadOnlyMemory<float> memory => memory,
            Memory<float> memory => memory,
            float[] numbers => numbers,
            Embedding<float> embedding => embedding.Vector,
            string text when _options.EmbeddingGenerator is { } generator =>
                (await generator.GenerateAsync([text], null, cancellationToken).ConfigureAwait(false))[0].Vector,
            string => throw new NotSupportedException(
                "Items cannot be searched by a text without an embedding generator; give one, or search by new LikeItem(id)."),
            _ => throw new NotSupportedException(
                $"Items cannot be searched by a {searchValue.GetType().Name}; give a vector of float, a LikeItem or a text."),
        };
        if (vector.Length != Dimensions)
            throw new InputException($"The vector to search by has {vector.Length} dimensions, and those of the items have {Dimensions}.");
        return !vector.Span.ContainsAny(float.NaN, float.PositiveInfinity, float.NegativeInfinity) ? vector.ToArray()
            : throw new InputException("The vector to search by has a value that is no number.");
    }

    private int ItemOf(string itemId) => _snapshot.Items.TryGetIndex(itemId ?? "", out int item) ? item
        : throw new InputException($"The snapshot {SnapshotId} has no item '{itemId}'.");

    private bool HasVector(int item) => _vectors.Row(item).ContainsAnyExcept(0);

    private ItemVector RecordOf(int item, bool includesVector)
    {
        var catalog = _snapshot.ItemCatalog;
        return new(_snapshot.Items.Id(item), catalog.TitleOf(item), includesVector ? _vectors.Row(item).ToArray() : default)
        {
            Texts = catalog.Texts.Where(column => column.Value.Values[item].Length > 0)
                .ToDictionary(column => column.Key, column => column.Value.Values[item]),
            Numbers = catalog.Numbers.Where(column => Catalog.VectorOf(column.Key) is null && !float.IsNaN(column.Value.Values.Span[item]))
                .ToDictionary(column => column.Key, column => column.Value.Values.Span[item]),
            Labels = catalog.Labels.ToDictionary(
                column => column.Key, IReadOnlyList<string> (column) =>
                    [.. column.Value[item].ToArray().Select(column.Value.Labels.Id)]),
        };
    }

    private static Matrix EmbeddingsOf(Snapshot snapshot) => snapshot.Model is IEmbeddingModel model ? model.ItemEmbeddings
        : throw new InputException(
            $"{snapshot.Manifest.Model.Trainer} has no vectors of items; publish a model of embeddings, such as implicit-als, " +
            "or name an attribute that is a vector.");

    private static Matrix VectorsOf(Catalog catalog, string name)
    {
        var columns = catalog.Numbers.Where(column => Catalog.VectorOf(column.Key) == name)
            .OrderBy(column => int.Parse(column.Key[(name.Length + 1)..])).Select(column => column.Value.Values).ToList();
        if (columns.Count == 0)
        {
            string[] vectors = [.. catalog.Numbers.Keys.Select(Catalog.VectorOf).OfType<string>().Distinct()];
            throw new InputException(vectors.Length == 0
                ? $"There is no vector '{name}': the items of the snapshot have no attribute that is one."
                : $"There is no vector '{name}' of the items{Spelling.Hint(name, vectors)}", nameof(ItemVectorOptions.Attribute));
        }
        var rows = new Matrix(catalog.Count, columns.Count);
        for (int item = 0; item < rows.Rows; item++)
        {
            var row = rows.Row(item);
            for (int n = 0; n < row.Length; n++) row[n] = columns[n].Span[item];
            if (row.Contains(float.NaN)) row.Clear(); // unknown, at least in part
        }
        return rows;
    }

    private static bool IsVector(Expression body) => body is UnaryExpression { NodeType: ExpressionType.Convert } convert
        ? IsVector(convert.Operand) : body is MemberExpression { Member.Name: nameof(ItemVector.Vector) };
}
