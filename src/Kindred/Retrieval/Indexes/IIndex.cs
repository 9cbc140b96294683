using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Retrieval.Indexes;

/// <summary>What makes one vector near another.</summary>
internal enum IndexMetric
{
    /// <summary>The inner product: what the score of a model of embeddings is.</summary>
    InnerProduct,

    /// <summary>The cosine: the inner product of directions, whatever the lengths.</summary>
    Cosine,
}

/// <summary>What an index is asked: a vector, and which items may be found.</summary>
/// <param name="vector">[d], finite.</param>
internal readonly ref struct IndexQuery(ReadOnlySpan<float> vector)
{
    public ReadOnlySpan<float> Vector { get; } = vector;

    /// <summary>Those that may be found; null: all.</summary>
    public BitSet? Allowed { get; init; }

    /// <summary>
    /// Those that may not, in any order: a user's history. Meant to be short; for more, take them out of <see cref="Allowed"/>.
    /// </summary>
    public ReadOnlySpan<int> Excluded { get; init; }

    /// <summary>
    /// What a search may cost, in the unit of the index: candidates kept (HNSW's ef), lists looked into (IVF). More costs more and finds
    /// more; 0: the index's own. An exact index has no use for it.
    /// </summary>
    public int Effort { get; init; }

    /// <summary>A longer history is taken out of what is allowed: an index looks at each excluded item by itself.</summary>
    private const int MostExcluded = 256;

    /// <param name="excluded">Items that may not be found, any number.</param>
    /// <param name="items">How many items there are.</param>
    public static IndexQuery Of(ReadOnlySpan<float> vector, ReadOnlySpan<int> excluded, BitSet? allowed, int items, int effort)
    {
        if (excluded.Length > MostExcluded)
        {
            allowed = (allowed ?? BitSet.All(items)).Except(BitSet.Of(items, excluded));
            excluded = [];
        }
        return new(vector) { Allowed = allowed, Excluded = excluded, Effort = effort };
    }
}

/// <summary>Items by their vectors: answers which are nearest to a vector. Safe to share between threads.</summary>
internal interface IIndex
{
    IndexDescription Description { get; }

    /// <summary>The nearest items, best first; equal scores by ascending item. Scores are exact: they come from the full vectors.</summary>
    /// <param name="items">[k], the first ones overwritten.</param>
    /// <param name="scores">[k], parallel to <paramref name="items"/>: inner products, or cosines.</param>
    /// <returns>How many were found: k, unless fewer may be found.</returns>
    int Search(in IndexQuery query, Span<int> items, Span<float> scores);

    /// <summary>Hands its arrays to a file; <see cref="IndexCatalog"/> reads them back.</summary>
    void Save(TensorWriter writer);
}

/// <summary>What an index is.</summary>
/// <param name="Kind">Its name in <see cref="IndexCatalog"/>.</param>
/// <param name="Count">Items that can be found.</param>
/// <param name="Bytes">Memory of its arrays.</param>
/// <param name="Effort">Of a query that does not say; 0 where there is none.</param>
internal sealed record IndexDescription(string Kind, IndexMetric Metric, int Dimensions, int Count, long Bytes, int Effort = 0);

/// <summary>Makes an index. As a trainer, it <i>is</i> its options: an immutable record.</summary>
internal interface IIndexBuilder
{
    /// <param name="vectors">[items, d]; a row of zeros is an item that cannot be found. Copied.</param>
    /// <exception cref="InputException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">Cancelled through the context.</exception>
    IIndex Build(Matrix vectors, IndexContext context);
}

/// <summary>What the making of an index may use. The seed, not the number of workers, changes the result.</summary>
internal sealed record IndexContext
{
    public int Seed { get; init; }

    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Told how many items are in.</summary>
    public IProgress<(int Done, int Total)>? Progress { get; init; }

    public CancellationToken Cancellation { get; init; }
}
