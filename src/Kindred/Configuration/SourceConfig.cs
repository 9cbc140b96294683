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
internal abstract record SourceConfig
{
    private protected const double LongestLimit = 60_000; // ms

    [Description("Name of the source in candidates and features. Default: the kind.")]
    public string? Name { get; set; }

    [Description("Number of candidates to propose."), Range(1, 100_000)]
    public int Count { get; set; } = 300;

    [Description("Time limit in ms. The source runs in parallel and is skipped if late. Default: no limit."), Range(0.1, LongestLimit)]
    public double? LimitMilliseconds { get; set; }

    [Description("How much its ranks count where there is no ranker and sources are fused by rank."), Range(.001, 1000)]
    public float Weight { get; set; } = 1;

    [JsonIgnore]
    public string StepName => Name ?? ConfigJson.KindOf(this);

    /// <returns>The trainer of the model that proposes; null: it is no model.</returns>
    internal virtual ITrainer? TrainerIn(TrainerCatalog trainers) => null;

    /// <returns>The same, waited for however long it takes.</returns>
    internal virtual SourceConfig WithoutClock() => this with { LimitMilliseconds = null };

    internal Source Bind(TrainedPipeline trained, Interactions data) => new(StepName, RetrieverFor(trained, data), Count)
    {
        Weight = Weight,
        Limit = LimitMilliseconds is { } limit ? TimeSpan.FromMilliseconds(limit) : null,
    };

    /// <exception cref="InputException">The data do not have what it needs.</exception>
    internal abstract IRetriever RetrieverFor(TrainedPipeline trained, Interactions data);
}

[Description("The best items of a model.")]
internal sealed record ModelSource : SourceConfig
{
    [Description("A name from `kindred model list`.")]
    public required string Model { get; set; }

    [Description("Options of the model by name; the others keep their defaults.")]
    public JsonObject? Options { get; set; }

    [Description("Index to search: auto, or a kind of index. Default: score every item.")]
    public string? Index { get; set; }

    [Description("Share of the exact answers that the index must find."), Range(.01, .9999)]
    public double Recall { get; set; } = .95;

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

[Description("Neighbours of the user's last items: one look-up per item.")]
internal sealed record NeighbourSource : SourceConfig
{
    [Description("Options of item-knn, which makes the table of neighbours.")]
    public JsonObject? Options { get; set; }

    [Description("Number of last events to use."), Range(1, 10_000)]
    public int Recent { get; set; } = 20;

    [Description("Later events after which an event counts half; 0: all count the same."), Range(0.0, 10_000)]
    public double HalfLife { get; set; }

    internal override ITrainer TrainerIn(TrainerCatalog trainers) => TrainerOptions.Create(typeof(ItemKnn), Options ?? []);

    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data) =>
        new NeighbourRetriever(((ItemKnnModel)trained.ModelOf(TrainerIn(trained.Config.Catalog))).Table, Recent, HalfLife);
}

[Description("Items popular of late: among all users, in the user's most frequent label, or among similar users.")]
internal sealed record PopularSource : SourceConfig
{
    [Description("Half-life of an event in days. Default: all events count alike."), Range(.01, 36_500)]
    public double? HalfLifeDays { get; set; }

    [Description("item.COLUMN: popular in the user's most frequent label; user.COLUMN: popular among users with the same label. " +
        "Default: popular among all users.")]
    public string? Of { get; set; }

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

[Description("The newest items, by first event.")]
internal sealed record NewestSource : SourceConfig
{
    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data) => new NewestItemsRetriever(data);
}

[Description("Items that share a label, such as a creator or a category, with the user's last items.")]
internal sealed record SameLabelSource : SourceConfig
{
    [Description("A column of labels of the items.")]
    public required string Labels { get; set; }

    [Description("Number of last events to use."), Range(1, 10_000)]
    public int Recent { get; set; } = 10;

    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data) =>
        new SameLabelRetriever(data, Columns.Labels(data.ItemAttributes, Labels, "items"), Recent);
}

[Description("The user's last items, to continue with; seen must keep them.")]
internal sealed record LastViewedSource : SourceConfig
{
    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data) => new LastViewedRetriever();
}

[Description("Items that the rules of a stage pin, as candidates.")]
internal sealed record PinnedSource : SourceConfig
{
    [Description("Name of a stage of rules.")]
    public string Rules { get; set; } = "rules";

    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data) =>
        trained.Config.Rerank.OfType<RulesReranker>().FirstOrDefault(stage => stage.StepName == Rules) is { } rules
            ? new PinnedItemsRetriever((RuleSet)rules.Bind(Columns.InputsFor(trained.Config, data)), data.Items.Count)
            : throw new InputException($"There is no stage of rules '{Rules}' whose pins could be candidates.");
}

[Description("Another program, asked over HTTP: POST {userId, history, count} returns {items: [{itemId, score}]}. Requires a time limit.")]
internal sealed record HttpSource : SourceConfig
{
    [Description("Address to ask: http://host:port/path.")]
    public required string Url { get; set; }

    /// <summary>Another program may never answer: it is given all the time that a limit may give.</summary>
    internal override SourceConfig WithoutClock() => this with { LimitMilliseconds = LongestLimit };

    internal override IRetriever RetrieverFor(TrainedPipeline trained, Interactions data)
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var uri) || !uri.Scheme.StartsWith("http", StringComparison.Ordinal))
            throw new InputException($"'{Url}' is no address; write http://host:port/path.");
        if (LimitMilliseconds is not { } limit)
            throw new InputException("A source over HTTP needs limitMilliseconds, so that no request waits for it forever.");
        return new HttpRetriever(uri, TimeSpan.FromMilliseconds(limit), data.Users, data.Items);
    }
}
