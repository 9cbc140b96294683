using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Comparison;
using Kindred.Configuration;
using Kindred.Models;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Recall;
using Kindred.Snapshots;
using Kindred.Storage;

namespace Kindred;

/// <summary>A model to publish, and the model that answers where it has nothing to say.</summary>
public sealed record ChosenModel(ModelSpec Model, ModelSpec Fallback)
{
    public ModelSpec Model { get; init; } = Model ?? throw new ArgumentNullException(nameof(Model));

    public ModelSpec Fallback { get; init; } = Fallback ?? throw new ArgumentNullException(nameof(Fallback));

    public string Name => Model.Name;

    /// <summary>Seed, threads and device of the training.</summary>
    public ComparisonOptions Options { get; init; } = new();

    /// <summary>The comparison that chose the model; kept in the snapshot. Null: there was none.</summary>
    public ExperimentReport? Report { get; init; }

    /// <summary>Trains both models, on all data.</summary>
    /// <exception cref="InputException">The data cannot train a model.</exception>
    public TrainedRecommender Train(Interactions data, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        Fallback.CheckFor(data);
        var model = Options.Train(Model, data, cancellationToken);
        var fallback = Fallback == Model ? model : Options.Train(Fallback, data, cancellationToken);
        return new(data, model, fallback)
        {
            Report = Report is null ? null : JsonSerializer.SerializeToNode(Report, ComparisonJson.Kept.ExperimentReport)!.AsObject(),
            Options = Options,
        };
    }
}

/// <summary>A model and its fallback, trained on data, ready to be published.</summary>
public sealed record TrainedRecommender(Interactions Data, TrainedModel Model, TrainedModel Fallback)
{
    /// <summary>The comparison that chose the model; null: there was none.</summary>
    public JsonObject? Report { get; init; }

    /// <summary>
    /// Seed, threads and device of what is still to be built or trained, and whether what a user had is recommended again.
    /// </summary>
    public ComparisonOptions Options { get; init; } = new();

    /// <summary>What the model is asked by way of; null: every item is scored.</summary>
    internal IndexWithManifest? Index { get; init; }

    /// <summary>Answers instead of the model alone; null: the model does.</summary>
    internal SnapshotPipeline? Pipeline { get; init; }

    /// <summary>Of the last event of a store that the data hold; null: they are not from a store.</summary>
    internal long? Sequence { get; init; }

    /// <summary>Of the last change of a store besides events that the data have; null: their attributes are not from a store.</summary>
    internal long? StoreVersion { get; init; }

    /// <summary>
    /// The same, with an index of the item embeddings, for catalogues that are too large to score every item for every request. It is
    /// built, and measured on the histories of the data.
    /// </summary>
    /// <param name="kind">
    /// <c>flat</c>, <c>int8</c>, <c>bfloat16</c>, <c>ivf</c> or <c>hnsw</c>; <c>auto</c>: the one that suits the catalogue.
    /// </param>
    /// <param name="recall">Share of the ten best items that the index has to find, between 0 and 1.</param>
    /// <exception cref="InputException">The model has no embeddings, there is no such kind, or the recall is out of range.</exception>
    public TrainedRecommender WithIndex(
        string kind = IndexTuner.Automatic, double recall = .95, CancellationToken cancellationToken = default)
    {
        string trainer = Model.Manifest.Trainer;
        if (Model.Model is not IEmbeddingModel model)
            throw new InputException($"{trainer} has no embeddings, so no index can serve it; publish it without.");
        var tuned = new IndexTuner { Kind = kind, TargetRecall = recall }.Build(
            model, QuerySample.Of(model, Data, QuerySample.Enough, Options.Seed),
            new() { Seed = Options.Seed, Workers = Options.Workers, Cancellation = cancellationToken });
        return this with { Index = tuned.For(trainer, Model.Manifest.Fingerprint ?? ""), Pipeline = null };
    }

    /// <summary>
    /// The same data and fallback, answered by a pipeline: several sources of candidates, a ranker, rules. Its models are trained on all
    /// data; its first one answers for similar items. A ranker of boosted trees or a cross network is trained by the commands
    /// <c>kindred publish</c> and <c>kindred-neural publish</c> alone.
    /// </summary>
    /// <param name="file">A description of the pipeline, in JSON.</param>
    /// <param name="trainers">Those that the file may name; null: <see cref="TrainerCatalog.Default"/>.</param>
    /// <exception cref="InputException">
    /// The file is no pipeline, or the data do not have what it asks for; the sentence says where.
    /// </exception>
    public TrainedRecommender WithPipeline(string file, TrainerCatalog? trainers = null, CancellationToken cancellationToken = default)
    {
        var config = PipelineConfig.Read(file, trainers);
        config.CheckFor(Data);
        var pipeline = SnapshotPipeline.Train(
            new(), config, Data, Options.ForTraining(cancellationToken),
            (trainer, data) => Options.Train(ModelSpec.For(trainer), data, cancellationToken));
        return Answering(pipeline);
    }

    /// <returns>The same, answered by a pipeline; its first model finds similar items.</returns>
    internal TrainedRecommender Answering(SnapshotPipeline pipeline) => this with
    {
        Model = pipeline.Models.Count > 0 ? new(pipeline.Models[0], pipeline.Trained.Models[0]) : Fallback,
        Index = null,
        Pipeline = pipeline,
    };

    /// <summary>Writes a new snapshot into a folder of snapshots: everything a server needs.</summary>
    /// <returns>The snapshot's path.</returns>
    /// <exception cref="InputException">The folder cannot be written to.</exception>
    public string Publish(string folder) =>
        Snapshot.Publish(folder, Contents);

    internal SnapshotContents Contents =>
        new(Data, Data.ItemAttributes, Model, Fallback, Report, Index, Pipeline, Sequence, Options.AllowRepeats, StoreVersion);
}
