using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Features;

/// <summary>A factorization machine of squared errors: its score is in the unit of the weights.</summary>
internal sealed class FactorizationRatings(FactorizationModel inner) : IEmbeddingModel, IRatingModel, IContextModel
{
    public FactorizationModel Inner => inner;

    public Vocabulary Items => inner.Items;

    public IReadOnlyCollection<string> ContextLabels => inner.ContextLabels;

    public IReadOnlyCollection<string> ContextNumbers => inner.ContextNumbers;

    public Matrix ItemEmbeddings => inner.ItemEmbeddings;

    public bool TryEmbed(in Query query, Span<float> embedding) => inner.TryEmbed(query, embedding);

    /// <summary>What the query alone says: the score of an item whose features are all zero.</summary>
    public float FallbackScore(in Query query)
    {
        Span<float> embedding = new float[ItemEmbeddings.Columns];
        return inner.TryEmbed(query, embedding) ? inner.ConstantOf(embedding) : inner.Intercept;
    }

    public void Save(TensorWriter writer) => inner.Save(writer);
}
