using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval.Sources;

namespace Kindred.Retrieval;

/// <summary>A model alone as what it is asked and measured as: a pipeline of one source.</summary>
internal static class ModelExtensions
{
    /// <summary>The name of a fallback's candidates.</summary>
    public const string FallbackName = "popularity";

    /// <summary>Every item is scored, and what the history holds is left out.</summary>
    /// <param name="source">What its candidates carry.</param>
    /// <param name="fallback">Fills lists up where the model has nothing to say; null: they are shorter then.</param>
    /// <param name="allowRepeats">True: what the history holds is a candidate like all others.</param>
    public static Pipeline AsPipeline(
        this IModel model, string source = "model", IModel? fallback = null, bool allowRepeats = false) =>
        model.AsRetriever().AsPipeline(source, fallback, allowRepeats);

    /// <summary>The same of anything that proposes, such as the model by way of an index.</summary>
    public static Pipeline AsPipeline(
        this IRetriever retriever, string source = "model", IModel? fallback = null, bool allowRepeats = false) => new(
        [new(source, retriever, Count: 0), .. fallback is null ? [] : new[] { fallback.AsFallback() }],
        allowRepeats ? [] : new List<Stage> { new(SeenStage, new ExcludeSeen()) });

    /// <summary>The model as the source that fills lists up.</summary>
    public static Source AsFallback(this IModel model) => new(FallbackName, model.AsRetriever(), Count: 0) { IsFallback = true };

    /// <summary>Every item is scored: many queries together where the model is one of embeddings.</summary>
    public static IRetriever AsRetriever(this IModel model) =>
        model is IEmbeddingModel embedding ? new EmbeddingRetriever(embedding) : new ModelRetriever(model);

    internal const string SeenStage = "seen";
}
