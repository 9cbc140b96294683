using System.ComponentModel;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Ranking;

namespace Kindred.Configuration;

/// <summary>What scores every candidate anew.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = ConfigJson.Kind)]
[JsonDerivedType(typeof(LambdaRankConfig), "lambdarank")]
[JsonDerivedType(typeof(CrossNetworkConfig), "crossNetwork")]
[JsonDerivedType(typeof(LightGbmRankerConfig), "lightgbm")]
[JsonDerivedType(typeof(OnnxRankerConfig), "onnx")]
[JsonDerivedType(typeof(ModelRankerConfig), "model")]
internal abstract record RankerConfig
{
    /// <returns>The trainer of the model that ranks; null: it is no model.</returns>
    internal virtual ITrainer? TrainerIn(TrainerCatalog trainers) => null;

    /// <returns>The same where there is one source less.</returns>
    internal virtual RankerConfig WithoutSource(string source) => this;

    /// <exception cref="InputException">The data do not have what it needs.</exception>
    internal abstract IStage Bind(TrainedPipeline trained, Interactions data);
}

[Description("Rank by a model: one that is too slow for all items, or that uses the context, such as fm.")]
internal sealed record ModelRankerConfig : RankerConfig
{
    [Description("Model, see `kindred model list`.")]
    public required string Model { get; set; }

    [Description("Options of the model. Others keep their defaults.")]
    public JsonObject? Options { get; set; }

    internal override ITrainer TrainerIn(TrainerCatalog trainers) => trainers.Create(Model, Options);

    internal override IStage Bind(TrainedPipeline trained, Interactions data) =>
        new ModelRanker(trained.ModelOf(TrainerIn(trained.Config.Catalog)));
}
