using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Pipelines;
using Kindred.Reranking.Rules;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Recall;
using Kindred.Retrieval.Sources;

namespace Kindred.Configuration;

/// <summary>A source of candidates.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = ConfigJson.Kind)]
[JsonDerivedType(typeof(ModelSource), "model")]
[JsonDerivedType(typeof(NeighbourSource), "neighbours")]
[JsonDerivedType(typeof(PopularSource), "popular")]
[JsonDerivedType(typeof(NewestSource), "newest")]
[JsonDerivedType(typeof(SameLabelSource), "sameLabel")]
[JsonDerivedType(typeof(LastViewedSource), "lastViewed")]
[JsonDerivedType(typeof(PinnedSource), "pinned")]
[JsonDerivedType(typeof(HttpSource), "http")]
public abstract record SourceConfig
{
    [Description("What its candidates and features carry; left out: the kind.")]
    public string? Name { get; init; }

    [Description("How many candidates it is asked for."), Range(1, 100_000)]
    public int Count { get; init; } = 300;

    [Description("Time limit in ms. The source runs in parallel and is skipped if late. Default: no limit."), Range(0.1, 60_000)]
    public double? LimitMilliseconds { get; init; }

    [JsonIgnore]
    public string StepName => Name ?? ConfigJson.KindOf(this);

    /// <returns>The trainer of the model that proposes; null: it is no model.</returns>
    internal virtual ITrainer? TrainerIn(TrainerCatalog trainers) => null;

    internal Source Bind(TrainedPipeline trained, Interactions data) => new(StepName, RetrieverFor(trained, data), Count)
    {
        Limit = LimitMilliseconds is { } limit ? TimeSpan.FromMilliseconds(limit) : null,
    };

    /// <exception cref="InputException">The data do not have what it needs.</exception>
    internal abstract IRetriever RetrieverFor(TrainedPipeline trained, Interactions data);
}

[Description("The best items of a model.")]
public sealed record ModelSource : SourceConfig
{
    [Description("A name from `kindred models`.")]
    public required string Model { get; init; }

    [Description("Options of the model by name; the others keep their defaults.")]
    public JsonObject? Options { get; init; }

    [Description("An index to find them by: auto, or a kind of index. Left out: every item is scored.")]
    public string? Index { get; init; }

    [Description("The share of the exact answers that the index must find."), Range(.01, .9999)]
    public double Recall { get; init; } = .95;

    internal override ITrainer TrainerIn(TrainerCatalog trainers) => trainers.Create(Model, Options);

    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data)
    {
        var model = trained.ModelOf(TrainerIn(trained.Config.Catalog));
        if (Index is null) return new ModelRetriever(model);
        var built = trained.IndexOf(StepName);
        return new IndexRetriever((IEmbeddingModel)model, built.Index, built.Manifest.Effort);
    }

    /// <exception cref="InputException">There is no such index, or the model has nothing to put into it.</exception>
    internal void CheckIndex(TrainerCatalog trainers)
    {
        if (Index is null) return;
        if (Index != IndexTuner.Automatic) IndexCatalog.Find(Index);
        if (!trainers.Find(Model).Summary.Capabilities.HasFlag(Capabilities.Embeds))
            throw new InputException($"{Model} has no embeddings, so no index can find its items; leave out index.");
    }
}

[Description("The neighbours of what the user had last: one look-up for each item.")]
public sealed record NeighbourSource : SourceConfig
{
    [Description("Options of item-knn, which makes the table of neighbours.")]
    public JsonObject? Options { get; init; }

    [Description("How many of the last events count."), Range(1, 10_000)]
    public int Recent { get; init; } = 20;

    [Description("Later events after which one counts half; 0: all alike."), Range(0.0, 10_000)]
    public double HalfLife { get; init; }

    internal override ITrainer TrainerIn(TrainerCatalog trainers) => TrainerOptions.Create(typeof(ItemKnn), Options ?? []);

    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data) =>
        new NeighbourRetriever(((ItemKnnModel)trained.ModelOf(TrainerIn(trained.Config.Catalog))).Table, Recent, HalfLife);
}

[Description("What many had lately: everybody, those of the user's most frequent label, or users like him.")]
public sealed record PopularSource : SourceConfig
{
    [Description("Days after which an event counts half; left out: all count alike."), Range(.01, 36_500)]
    public double? HalfLifeDays { get; init; }

    [Description("item.COLUMN: of the label that most of his items have; user.COLUMN: among users of his label. Left out: of everybody.")]
    public string? Of { get; init; }

    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data)
    {
        TimeSpan? halfLife = HalfLifeDays is { } days ? TimeSpan.FromDays(days) : null;
        if (Of is null) return RecentPopularityRetriever.Of(data, halfLife);
        if (Of.StartsWith("item.", StringComparison.Ordinal))
            return RecentPopularityRetriever.OfItemLabels(data, halfLife, Columns.Labels(data.ItemAttributes, Of[5..], "items"));
        return Of.StartsWith("user.", StringComparison.Ordinal)
            ? RecentPopularityRetriever.OfUserLabels(data, halfLife, Columns.Labels(data.UserAttributes, Of[5..], "users"))
            : throw new InputException($"of must be item.COLUMN or user.COLUMN, was '{Of}'.");
    }
}

[Description("The items that were seen first last.")]
public sealed record NewestSource : SourceConfig
{
    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data) => new NewestItemsRetriever(data);
}

[Description("What shares a label, a creator or a category, with what the user had last.")]
public sealed record SameLabelSource : SourceConfig
{
    [Description("A column of labels of the items.")]
    public required string Labels { get; init; }

    [Description("How many of the last events count."), Range(1, 10_000)]
    public int Recent { get; init; } = 10;

    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data) =>
        new SameLabelRetriever(data, Columns.Labels(data.ItemAttributes, Labels, "items"), Recent);
}

[Description("What the user had last, to go on with; seen must keep it.")]
public sealed record LastViewedSource : SourceConfig
{
    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data) => new LastViewedRetriever();
}

[Description("What the rules of the stage of that name pin, so that it is a candidate.")]
public sealed record PinnedSource : SourceConfig
{
    [Description("The name of a stage of rules.")]
    public string Rules { get; init; } = "rules";

    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data) =>
        trained.Config.Rerank.OfType<RulesReranker>().FirstOrDefault(stage => stage.StepName == Rules) is { } rules
            ? new PinnedItemsRetriever((RuleSet)rules.Bind(Columns.InputsFor(trained.Config, data)), data.Items.Count)
            : throw new InputException($"There is no stage of rules '{Rules}' whose pins could be candidates.");
}

[Description("Another program that answers over HTTP: POST {userId, history, count} gives {items: [{itemId, score}]}.")]
public sealed record HttpSource : SourceConfig
{
    [Description("Where it listens.")]
    public required string Url { get; init; }

    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data)
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var uri) || !uri.Scheme.StartsWith("http", StringComparison.Ordinal))
            throw new InputException($"'{Url}' is no address; write http://host:port/path.");
        if (LimitMilliseconds is not { } limit)
            throw new InputException("A source over HTTP needs limitMilliseconds, so that nobody waits for it for ever.");
        return new HttpRetriever(uri, TimeSpan.FromMilliseconds(limit), data.Users, data.Items);
    }
}
