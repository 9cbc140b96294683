using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Ranking;

namespace Kindred.Configuration;

/// <summary>What scores every candidate anew.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = ConfigJson.Kind)]
[JsonDerivedType(typeof(LambdaRankConfig), "lambdarank")]
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
    [Description("What the trees see, such as score:SOURCE, rank:SOURCE, item.events:7, match.genres; left out: all there is.")]
    public IReadOnlyList<string>? Features { get; init; }

    [Description("Candidates of each user that it learns from."), Range(10, 10_000)]
    public int Candidates { get; init; } = 300;

    [Description("How many trees at most."), Range(1, 10_000)]
    public int Trees { get; init; } = 100;

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
        return new ForestRanker(forest, new FeatureSet(forest.Features, data, [.. trained.Config.Sources.Select(source => source.StepName)]));
    }
}
