using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;

namespace Kindred.Configuration;

/// <summary>A config and what training made of it. Immutable; with data it is a <see cref="Pipeline"/>.</summary>
/// <param name="Models">Of each of <see cref="PipelineConfig.Trainers"/>, in their order.</param>
/// <param name="Indexes">By the name of the source.</param>
/// <param name="Ranker">What a <see cref="FeatureRankerConfig"/> became; null: there is none.</param>
internal sealed record TrainedPipeline(
    PipelineConfig Config, IReadOnlyList<IModel> Models, IReadOnlyDictionary<string, IndexWithManifest> Indexes,
    IFeatureRanker? Ranker = null)
{
    /// <summary>Fills lists up, as a source inside the pipeline, behind all others; null: lists may be shorter.</summary>
    public IModel? Fallback { get; init; }

    /// <summary>Puts it together.</summary>
    /// <param name="data">What is known now: counts, attributes and times are taken from there. Its items are those of the models.</param>
    /// <param name="hold">Keeps the models open, see <see cref="Pipeline"/>; null: they are in memory.</param>
    /// <exception cref="InputException">The data do not have what the config asks for; the sentence says where.</exception>
    public Pipeline Bind(Interactions data, Func<IDisposable>? hold = null)
    {
        List<Stage> stages = [.. Seen(data), .. RankerFor(data)];
        var inputs = Columns.InputsFor(Config, data, Embeddings);
        stages.AddRange(Config.Rerank.Select((stage, n) =>
            new Stage(stage.StepName, Config.At($"$.rerank[{n}]", () => stage.Bind(inputs)))));
        var budget = Config.Budget is { } said ? new Budget(TimeSpan.FromMilliseconds(said.Milliseconds), said.Shed) : null;
        return new(FilledUp(Sources(data)), stages, budget, hold);
    }

    /// <summary>A filter, rule or limit, which is no ranker, bound to other data than the rest.</summary>
    /// <param name="stage">Its name.</param>
    /// <exception cref="InputException">The data do not have what it asks for.</exception>
    internal IStage BindLimit(string stage, Interactions data) => stage == PipelineConfig.SeenStep ? SeenFor(data)
        : Config.Rerank.First(reranker => reranker.StepName == stage).Bind(Columns.InputsFor(Config, data));

    /// <summary>The sources alone, and what drops seen items: what a ranker is trained on.</summary>
    /// <param name="dropsSeen">False: nothing is dropped.</param>
    internal Pipeline Proposing(Interactions data, bool dropsSeen = true) => new(Sources(data), dropsSeen ? Seen(data) : []);

    /// <summary>The whole as <see cref="Bind"/> makes it, without the stages that make a list of the ordered candidates.</summary>
    /// <param name="isRanked">False: without the ranker as well, in the order of the ranks that the sources gave.</param>
    internal Pipeline Ordering(Interactions data, bool isRanked) =>
        new(FilledUp(Sources(data)), [.. Seen(data), .. isRanked ? RankerFor(data) : []]);

    /// <summary>The same, with the candidates of one retriever in place of the sources and the ranker.</summary>
    internal Pipeline OrderedBy(IRetriever retriever, Interactions data) => new(FilledUp([new("order", retriever, Count: 0)]), Seen(data));

    /// <summary>See <see cref="PipelineConfig.WithoutClock"/>.</summary>
    internal TrainedPipeline WithoutClock() => this with { Config = Config.WithoutClock() };

    private Source[] FilledUp(Source[] sources) => Fallback is null ? sources : [.. sources, Fallback.AsFallback()];

    private Stage[] RankerFor(Interactions data) => Config.Ranker is not { } config ? []
        : [new(PipelineConfig.RankerStep, Config.At("$.ranker", () => config.Bind(this, data)))];

    private Source[] Sources(Interactions data) =>
        [.. Config.Sources.Select((source, n) => Config.At($"$.sources[{n}]", () => source.Bind(this, data)))];

    private List<Stage> Seen(Interactions data) =>
        Config.Seen.IsDropped ? [new(PipelineConfig.SeenStep, Config.At("$.seen", () => SeenFor(data)))] : [];

    /// <summary>[items, d] of each source whose model has them, by its name.</summary>
    internal IReadOnlyDictionary<string, Matrix> Embeddings => ModelsBySource
        .Where(source => source.Value is IEmbeddingModel)
        .ToDictionary(source => source.Key, source => ((IEmbeddingModel)source.Value).ItemEmbeddings);

    /// <returns>The model of each source that has one, by the source's name.</returns>
    internal IReadOnlyDictionary<string, IModel> ModelsBySource => Config.Sources
        .Where(source => source.TrainerIn(Config.Catalog) is not null)
        .ToDictionary(source => source.StepName, source => ModelOf(source.TrainerIn(Config.Catalog)!));

    internal IModel ModelOf(ITrainer trainer) => Models[Config.Trainers.ToList().IndexOf(trainer)];

    internal IndexWithManifest IndexOf(string source) => Indexes[source];

    private ExcludeSeen SeenFor(Interactions data) => new()
    {
        Pause = Config.Seen.PauseDays is { } days ? TimeSpan.FromDays(days) : null,
        Repeatable = new FilterCache(data.ItemAttributes).Of(Config.Seen.Repeatable),
    };
}
