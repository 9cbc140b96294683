using System.Runtime.CompilerServices;
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
/// <param name="Models">Those that say what of a history speaks for an item, by the source that proposed it.</param>
/// <param name="ModelName">Its trainer, or what it was called.</param>
internal sealed record Served(
    string Id, Interactions Interactions, Catalog Catalog, FilterCache Filters, Pipeline Pipeline,
    IReadOnlyDictionary<string, IModel> Models, string ModelName, Func<SimilarItems> SimilarItems)
{
    private static readonly ConditionalWeakTable<Snapshot, Served> BySnapshot = [];

    /// <summary>What it is made of; null: a model alone.</summary>
    public TrainedPipeline? Trained { get; init; }

    /// <summary>Why no item is like another; null: the model says which ones are.</summary>
    public string? WithoutSimilarity { get; init; }

    /// <summary>True: the users are others than those that models learned by number; what they had is folded in.</summary>
    public bool AreGuests { get; init; }

    /// <summary>Told an item that came after the model; null, as is its answer: nothing stands for it.</summary>
    public Func<int, ItemStandIn?>? StandInFor { get; init; }

    /// <summary>What a request may say of its moment and its user.</summary>
    public ContextColumns Context => ContextColumns.Of(Interactions, Trained?.Models ?? Models.Values, Trained?.Config);

    /// <summary>Made once for each snapshot, however many requests it answers.</summary>
    public static Served Of(Snapshot snapshot) => BySnapshot.GetValue(snapshot, static snapshot => new(
        snapshot.Manifest.Id, snapshot.Interactions, snapshot.ItemCatalog, snapshot.Filters, snapshot.Pipeline,
        snapshot.Trained?.ModelsBySource ?? ModelOf(Snapshot.FromModel, snapshot.Model),
        snapshot.Manifest.Model.Trainer, () => snapshot.SimilarItems)
    {
        Trained = snapshot.Trained,
    });

    public static Served Of(string name, Interactions data, IModel model, IModel? fallback, bool allowRepeats = false) =>
        Of(name, data, model.AsPipeline(name, fallback, allowRepeats), model, ModelOf(name, model));

    public static Served Of(string name, Interactions data, TrainedPipeline pipeline) =>
        Of(name, data, pipeline.Bind(data), pipeline.Models is [var first, ..] ? first : pipeline.Fallback, pipeline.ModelsBySource)
            with
        { Trained = pipeline };

    /// <param name="similar">Says what is like an item; null: no item is like another.</param>
    public static Served Of(
        string name, Interactions data, Pipeline pipeline, IModel? similar = null, IReadOnlyDictionary<string, IModel>? models = null)
    {
        var items = new Lazy<SimilarItems>(
            () => new SimilarItems(similar ?? throw new InputException($"{name} has no model, so no item is like another."), name));
        return new(
            name, data, data.ItemAttributes, new(data.ItemAttributes), pipeline, models ?? new Dictionary<string, IModel>(), name,
            () => items.Value);
    }

    private static Dictionary<string, IModel> ModelOf(string source, IModel model) => new() { [source] = model };
}
