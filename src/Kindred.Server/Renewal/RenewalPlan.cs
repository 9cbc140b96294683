using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Comparison;
using Kindred.Configuration;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Snapshots;
using Kindred.Storage;

namespace Kindred.Server.Renewal;

/// <summary>A configuration that is trained again and again: a model and its fallback, or a pipeline.</summary>
/// <param name="Model">Null: the pipeline names its models.</param>
/// <param name="Fallback">Answers where the model or the pipeline has nothing to say.</param>
/// <param name="Pipeline">Null: the model alone.</param>
internal sealed record RenewalPlan(ModelSpec? Model, ModelSpec Fallback, PipelineConfig? Pipeline = null)
{
    /// <summary>What chose it, in a sentence.</summary>
    public string Why { get; init; } = "";

    /// <summary>From 1 to 3, where a back-test chose it; see <see cref="Readiness.Stages"/>.</summary>
    public int? Stage { get; init; }

    /// <summary>What it was chosen from, best first; empty: it was not chosen by measuring.</summary>
    public IReadOnlyList<ComparedConfiguration> Compared { get; init; } = [];

    /// <summary>True when the order of the items depends on who asks.</summary>
    public bool IsPersonal => Pipeline is not null || Model!.IsPersonal;

    /// <summary>What people call it.</summary>
    public string Name => Pipeline is null ? Model!.Name : string.Join(" → ", Pipeline.Steps);

    /// <returns>The configuration of a snapshot.</returns>
    /// <exception cref="InputException">A trainer of it is not in the catalog any more.</exception>
    public static RenewalPlan Of(Snapshot snapshot, TrainerCatalog trainers)
    {
        ModelSpec SpecOf(ModelManifest manifest) => ModelSpec.For(trainers.Create(manifest.Trainer, manifest.GivenOptions));
        var manifest = snapshot.Manifest;
        var fallback = SpecOf(manifest.Fallback);
        return manifest.Pipeline is { } pipeline ? new(null, fallback, PipelineConfig.Of(pipeline.Config, trainers))
            : new(SpecOf(manifest.Model), fallback);
    }

    public bool IsSameAs(RenewalPlan other) => JsonNode.DeepEquals(ToJson(), other.ToJson());

    /// <summary>All options, also those left at their defaults.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["fallback"] = Fallback.Name };
        if (Pipeline is not null) json["pipeline"] = JsonNode.Parse(Pipeline.ToJson().GetRawText());
        else (json["model"], json["options"]) = (Model!.TrainerName, Model.Options);
        return json;
    }

    /// <summary>Trains it on all the data.</summary>
    /// <param name="pipelines">Trains pipelines, and their rankers.</param>
    /// <exception cref="InputException">The data cannot train it.</exception>
    public TrainedRecommender Train(Interactions data, PipelineTrainer pipelines, TrainingContext context)
    {
        var fallback = Fallback.Train(data, context);
        if (Pipeline is null) return new(data, Model == Fallback ? fallback : Model!.Train(data, context), fallback);
        var pipeline = SnapshotPipeline.Train(
            pipelines, Pipeline, data, context, (which, known) => ModelSpec.For(which).Train(known, context));
        // The first model of the pipeline finds similar items.
        var main = pipeline.Models.Count > 0 ? new TrainedModel(pipeline.Models[0], pipeline.Trained.Models[0]) : fallback;
        return new(data, main, fallback) { Pipeline = pipeline };
    }

    /// <returns>What answers for these data, as it would be served.</returns>
    public Pipeline TrainToMeasure(Interactions data, PipelineTrainer pipelines, TrainingContext context)
    {
        var trained = Train(data, pipelines, context);
        return trained.Pipeline is { } pipeline ? (pipeline.Trained with { Fallback = trained.Fallback.Model }).Bind(data)
            : trained.Model.Model.AsPipeline(fallback: trained.Model == trained.Fallback ? null : trained.Fallback.Model);
    }
}

/// <summary>A model that a back-test measured on the validation part, when it chose what to train.</summary>
/// <param name="Metric">Its name; the difference is of the same.</param>
/// <param name="Difference">To popularity, with its 95 % interval; null: it is the popularity that others are compared with.</param>
internal sealed record ComparedConfiguration(
    string Name, string Metric, double Value, double? Difference = null, double? Low = null, double? High = null)
{
    public static IReadOnlyList<ComparedConfiguration> AllOf(ModelComparison comparison) =>
    [
        .. comparison.Leaderboard.Standings.Select(standing => new ComparedConfiguration(
            standing.Report.Name, comparison.Leaderboard.Metric, standing.Report.Of(comparison.Leaderboard.Metric).Mean,
            standing.AgainstBaseline?.Difference, standing.AgainstBaseline?.Low, standing.AgainstBaseline?.High)),
    ];
}
