using Kindred.Numerics.Search;
using Kindred.Storage;

namespace Kindred.Retrieval.Indexes.Ivf;

/// <summary>
/// What an <see cref="IvfIndex"/> keeps of its vectors for the first look: their differences from their list's centroid, in fewer bits.
/// Immutable.
/// </summary>
internal interface IIvfCodes
{
    long Bytes { get; }

    /// <returns>What one thread looks at lists with.</returns>
    IIvfScan CreateScan();

    void Save(TensorWriter writer);
}

/// <summary>Looks at lists for one query after the other. One thread at a time.</summary>
internal interface IIvfScan
{
    /// <param name="query">[d]</param>
    void Set(ReadOnlySpan<float> query);

    /// <summary>Asks the memory for the beginning of a list that comes next.</summary>
    void Prefetch(int list);

    /// <summary>Offers the rows of a list.</summary>
    /// <param name="product">⟨query, centroid⟩</param>
    void Offer(int list, float product, RowTopK best);
}
