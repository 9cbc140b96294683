using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Retrieval.Indexes.Hnsw;
using Kindred.Retrieval.Indexes.Ivf;
using Kindred.Retrieval.Indexes.Quantized;
using Kindred.Storage;

namespace Kindred.Retrieval;

/// <summary>Every kind of index there is, by the name used on the command line, in configuration and in files.</summary>
internal static class IndexCatalog
{
    /// <param name="Builder">Makes one with the default options of the kind.</param>
    /// <param name="Load">Reads one back that <see cref="IIndex.Save"/> wrote.</param>
    public sealed record Entry(Func<IndexMetric, IIndexBuilder> Builder, Func<TensorFile, IIndex> Load);

    public static IReadOnlyDictionary<string, Entry> Entries { get; } = new Dictionary<string, Entry>(StringComparer.Ordinal)
    {
        ["flat"] = new(metric => new FlatIndex.Builder { Metric = metric }, FlatIndex.Load),
        ["int8"] = new(metric => new QuantizedIndex.Builder { Metric = metric }, QuantizedIndex.Load),
        ["bfloat16"] = new(metric => new QuantizedIndex.Builder { Metric = metric, Bits = 16 }, QuantizedIndex.Load),
        ["ivf"] = new(metric => new IvfIndex.Builder { Metric = metric }, IvfIndex.Load),
        ["hnsw"] = new(metric => new HnswIndex.Builder { Metric = metric }, HnswIndex.Load),
    };

    /// <exception cref="InputException">No such kind.</exception>
    public static Entry Find(string kind) =>
        Entries.TryGetValue(kind, out var entry)
            ? entry
            : throw new InputException($"There is no index '{kind}'{Spelling.Hint(kind, [.. Entries.Keys])}");
}
