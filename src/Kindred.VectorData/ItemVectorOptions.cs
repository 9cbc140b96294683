using Kindred.Models;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;

namespace Kindred.VectorData;

/// <summary>Which vectors, and what makes two of them near.</summary>
public sealed record ItemVectorOptions
{
    /// <summary>An attribute of items that is a vector, such as text; null: the embeddings of the model.</summary>
    public string? Attribute { get; init; }

    /// <summary>
    /// <see cref="DistanceFunction.CosineSimilarity"/>, by which items are alike, or <see cref="DistanceFunction.DotProductSimilarity"/>,
    /// by which a model of embeddings scores items for a user.
    /// </summary>
    public string DistanceFunction { get; init; } = Microsoft.Extensions.VectorData.DistanceFunction.CosineSimilarity;

    /// <summary>
    /// Makes vectors of texts to search by: the one that made <see cref="Attribute"/>; null: texts cannot be searched by.
    /// </summary>
    public IEmbeddingGenerator<string, Embedding<float>>? EmbeddingGenerator { get; init; }

    /// <summary>Knows the trainers of the snapshot's models; null: <see cref="TrainerCatalog.Default"/>.</summary>
    public TrainerCatalog? Trainers { get; init; }
}
