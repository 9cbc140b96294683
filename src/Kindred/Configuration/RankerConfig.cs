using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Ranking;

namespace Kindred.Configuration;

/// <summary>What scores every candidate anew.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = ConfigJson.Kind)]
[JsonDerivedType(typeof(LambdaRankConfig), "lambdarank")]
[JsonDerivedType(typeof(ModelRankerConfig), "model")]
public abstract record RankerConfig
{
    [JsonIgnore]
    internal virtual ITrainer? Trainer => null;

    /// <returns>The same where there is one source less.</returns>
    internal virtual RankerConfig WithoutSource(string source) => this;

    /// <exception cref="InputException">The data do not have what it needs.</exception>
    internal abstract IStage Bind(TrainedPipeline trained, Interactions data);
}

[Description("Boosted trees over features of each candidate, trained on what users took after the sources had been trained.")]
public sealed record LambdaRankConfig : RankerConfig
{
    [Description("What the trees see, such as score:SOURCE, similarity:SOURCE, item.events:7, match.genres; left out: all there is.")]
    public IReadOnlyList<string>? Features { get; init; }

    [Description("period: what each user took after the sources had been trained; visits: what he took at each visit, with what was known at its moment.")]
    public ExampleKind Examples { get; init; } = ExampleKind.Period;

    [Description("Candidates of each question that it learns from."), Range(10, 10_000)]
    public int Candidates { get; init; } = 300;

    [Description("How many trees at most; how many are enough is measured on users kept apart."), Range(1, 10_000)]
    public int Trees { get; init; } = 500;

    [Description("Leaves of a tree at most."), Range(2, 1_024)]
    public int Leaves { get; init; } = 15;

    [Range(.001, 1.0)]
    public double LearningRate { get; init; } = .05;

    [Description("Candidates that a leaf needs at least."), Range(1, 100_000)]
    public int MinLeafRows { get; init; } = 50;

    [Description("The share of the features that a tree sees."), Range(.01, 1.0)]
    public double FeatureFraction { get; init; } = .7;

    internal override RankerConfig WithoutSource(string source) =>
        this with { Features = Features is null ? null : [.. Features.Where(feature => !feature.EndsWith($":{source}", StringComparison.Ordinal))] };

    internal override IStage Bind(TrainedPipeline trained, Interactions data)
    {
        var forest = trained.Forest ?? throw new InputException("The ranker is not trained.");
        return new ForestRanker(forest, new FeatureSet(forest.Features, data, trained.Config.SourceNames, trained.Embeddings) { IsServing = true });
    }
}

/// <summary>What a ranker of trees learns from.</summary>
public enum ExampleKind
{
    /// <summary>A question for each user, see <see cref="RankingExamples.From"/>.</summary>
    Period,

    /// <summary>A question for each visit, see <see cref="RankingExamples.AtMoments"/>.</summary>
    Visits,
}

[Description("A model that scores the candidates alone: one that is too slow for all items, or that knows the context, such as fm.")]
public sealed record ModelRankerConfig : RankerConfig
{
    [Description("A name from `kindred models`.")]
    public required string Model { get; init; }

    [Description("Options of the model by name; the others keep their defaults.")]
    public JsonObject? Options { get; init; }

    [JsonIgnore]
    internal override ITrainer Trainer => TrainerCatalog.Create(Model, Options);

    internal override IStage Bind(TrainedPipeline trained, Interactions data) => new ModelRanker(trained.ModelOf(Trainer));
}
