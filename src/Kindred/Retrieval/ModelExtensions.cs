using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Retrieval;

public static class ModelExtensions
{
    /// <summary>The model alone as a recommender: every item scored, the history left out.</summary>
    public static IBatchRecommender AsRecommender(this IModel model, string source = "model") =>
        model is IEmbeddingModel embedding ? new EmbeddingRecommender(embedding, source) : new ModelRecommender(model, source);
}
