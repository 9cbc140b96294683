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
/// <param name="Ranker">What a <see cref="LearnedRankerConfig"/> became; null: there is none.</param>
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
        var stages = Seen(data);
        if (Config.Ranker is { } config) stages.Add(new(PipelineConfig.RankerStep, Config.At("$.ranker", () => config.Bind(this, data))));
        var inputs = Columns.InputsFor(Config, data, Embeddings);
        stages.AddRange(Config.Rerank.Select((stage, n) =>
            new Stage(stage.StepName, Config.At($"$.rerank[{n}]", () => stage.Bind(inputs)))));
        Source[] sources = [.. Sources(data), .. Fallback is null ? [] : new[] { Fallback.AsFallback() }];
        var budget = Config.Budget is { } said ? new Budget(TimeSpan.FromMilliseconds(said.Milliseconds), said.Shed) : null;
        return new(sources, stages, budget, hold);
    }

    /// <summary>A filter, rule or limit, which is no ranker, bound to other data than the rest.</summary>
    /// <param name="stage">Its name.</param>
    /// <exception cref="InputException">The data do not have what it asks for.</exception>
    internal IStage BindLimit(string stage, Interactions data) => stage == PipelineConfig.SeenStep ? SeenFor(data)
        : Config.Rerank.First(reranker => reranker.StepName == stage).Bind(Columns.InputsFor(Config, data));

    /// <summary>The sources alone, and what drops seen items: what a ranker is trained on.</summary>
    /// <param name="dropsSeen">False: nothing is dropped.</param>
    internal Pipeline Proposing(Interactions data, bool dropsSeen = true) => new(Sources(data), dropsSeen ? Seen(data) : []);

    private Source[] Sources(Interactions data) =>
        [.. Config.Sources.Select((source, n) => Config.At($"$.sources[{n}]", () => source.Bind(this, data)))];

    private List<Stage> Seen(Interactions data) =>
        Config.Seen.IsDropped ? [new(PipelineConfig.SeenStep, Config.At("$.seen", () => SeenFor(data)))] : [];

    /// <summary>[items, d] of each source whose model has them, by its name.</summary>
    internal IReadOnlyDictionary<string, Matrix> Embeddings => Config.Sources
        .Where(source => source.TrainerIn(Config.Catalog) is { } trainer && ModelOf(trainer) is IEmbeddingModel)
        .ToDictionary(source => source.StepName, source => ((IEmbeddingModel)ModelOf(source.TrainerIn(Config.Catalog)!)).ItemEmbeddings);

    internal IModel ModelOf(ITrainer trainer) => Models[Config.Trainers.ToList().IndexOf(trainer)];

    internal IndexWithManifest IndexOf(string source) => Indexes[source];

    private ExcludeSeen SeenFor(Interactions data) => new()
    {
        Pause = Config.Seen.PauseDays is { } days ? TimeSpan.FromDays(days) : null,
        Repeatable = new FilterCache(data.ItemAttributes).Of(Config.Seen.Repeatable),
    };
}
