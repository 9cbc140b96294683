using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Comparison;
using Kindred.Models;
using Kindred.Retrieval.Indexes;
using Kindred.Snapshots;
using Kindred.Storage;

namespace Kindred;

/// <summary>A model to publish, and the model that answers where it has nothing to say.</summary>
public sealed record ChosenModel(ModelSpec Model, ModelSpec Fallback)
{
    public string Name => Model.Name;

    /// <summary>Seed, threads and device of the training.</summary>
    public ComparisonOptions Options { get; init; } = new();

    /// <summary>The comparison that chose the model; kept in the snapshot. Null: there was none.</summary>
    public ExperimentReport? Report { get; init; }

    /// <summary>Trains both models, on all data.</summary>
    /// <exception cref="InputException">The data cannot train a model.</exception>
    public TrainedRecommender Train(Interactions data, CancellationToken cancellationToken = default)
    {
        var model = Options.Train(Model, data, cancellationToken);
        var fallback = Fallback == Model ? model : Options.Train(Fallback, data, cancellationToken);
        return new(data, model, fallback)
        {
            Report = Report is null ? null
            : JsonSerializer.SerializeToNode(Report, SealedFolder.Json)!.AsObject(),
            AllowsRepeats = Options.AllowRepeats,
        };
    }
}

/// <summary>A model and its fallback, trained on data, ready to be published.</summary>
public sealed record TrainedRecommender(Interactions Data, TrainedModel Model, TrainedModel Fallback)
{
    /// <summary>The comparison that chose the model; null: there was none.</summary>
    public JsonObject? Report { get; init; }

    /// <summary>True: what a user had is recommended again like everything else.</summary>
    public bool AllowsRepeats { get; init; }

    /// <summary>What the model is asked by way of; null: every item is scored.</summary>
    internal IndexWithManifest? Index { get; init; }

    /// <summary>Answers instead of the model alone; null: the model does.</summary>
    internal SnapshotPipeline? Pipeline { get; init; }

    /// <summary>Of the last event of a store that the data hold; null: they are not from a store.</summary>
    internal long? Sequence { get; init; }

    /// <summary>Writes a new snapshot into a folder of snapshots: everything a server needs.</summary>
    /// <returns>The snapshot's path.</returns>
    /// <exception cref="InputException">The folder cannot be written to.</exception>
    public string Publish(string folder) =>
        Snapshot.Publish(folder, Contents);

    internal SnapshotContents Contents => new(Data, Data.ItemAttributes, Model, Fallback, Report, Index, Pipeline, Sequence, AllowsRepeats);
}
