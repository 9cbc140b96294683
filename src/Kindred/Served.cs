using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Snapshots;

namespace Kindred;

/// <summary>What answers, from a snapshot or from memory.</summary>
/// <param name="Id">The snapshot's, or a model's name.</param>
/// <param name="Catalog">[items]</param>
/// <param name="Model">Says what of a history speaks for an item, and what is like an item; of a pipeline the first one.</param>
/// <param name="ModelName">Its trainer, or what it was called.</param>
internal sealed record Served(
    string Id, Interactions Interactions, Catalog Catalog, FilterCache Filters, Pipeline Pipeline, IModel? Model, string ModelName,
    Func<SimilarItems> SimilarItems)
{
    /// <summary>What it is made of; null: a model alone.</summary>
    public TrainedPipeline? Trained { get; init; }

    /// <summary>What a request may say of its moment and its user.</summary>
    public ContextColumns Context => ContextColumns.Of(Interactions, Trained?.Models ?? (Model is null ? [] : [Model]), Trained?.Config);

    public static Served Of(Snapshot snapshot) => new(
        snapshot.Manifest.Id, snapshot.Interactions, snapshot.ItemCatalog, snapshot.Filters, snapshot.Pipeline, snapshot.Model,
        snapshot.Manifest.Model.Trainer, () => snapshot.SimilarItems)
    {
        Trained = snapshot.Trained,
    };

    public static Served Of(string name, Interactions data, IModel model, IModel? fallback) =>
        Of(name, data, model.AsPipeline(name, fallback), model);

    public static Served Of(string name, Interactions data, TrainedPipeline pipeline) =>
        Of(name, data, pipeline.Bind(data), pipeline.Models is [var first, ..] ? first : pipeline.Fallback)
            with { Trained = pipeline };

    /// <param name="model">Null: no item is like another.</param>
    public static Served Of(string name, Interactions data, Pipeline pipeline, IModel? model)
    {
        var similar = new Lazy<SimilarItems>(
            () => new SimilarItems(model ?? throw new InputException($"{name} has no model, so no item is like another."), name));
        return new(name, data, data.ItemAttributes, new(data.ItemAttributes), pipeline, model, name, () => similar.Value);
    }
}
