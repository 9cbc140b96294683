using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Retrieval;

/// <summary>A model as it answers when served: filled up where it has too little to say.</summary>
public static class Served
{
    /// <param name="fallback">Null: the model alone.</param>
    /// <param name="source">What the model's candidates carry.</param>
    public static IRecommender Of(IModel model, IRecommender? fallback, string source = "model")
    {
        var alone = model.AsRecommender(source);
        return fallback is null ? alone : new WithFallback(alone, fallback);
    }
}
