using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;
using Kindred.Storage;

namespace Kindred.Snapshots;

/// <summary>A pipeline as a snapshot is made of it.</summary>
/// <param name="Models">How each of its models came to be, in the order of <see cref="TrainedPipeline.Models"/>.</param>
internal sealed record SnapshotPipeline(TrainedPipeline Trained, IReadOnlyList<ModelManifest> Models)
{
    /// <summary>Trains a pipeline, and keeps how each of its models came to be.</summary>
    /// <param name="how">Its way to train rankers; its own way to train models is not used.</param>
    /// <param name="trainModel">Trains one model on some data.</param>
    /// <exception cref="InputException">The data cannot train it.</exception>
    public static SnapshotPipeline Train(
        PipelineTrainer how, PipelineConfig config, Interactions data, TrainingContext context,
        Func<ITrainer, Interactions, TrainedModel> trainModel)
    {
        var manifests = new Dictionary<ITrainer, ModelManifest>();
        var trainer = how with
        {
            TrainModel = (_, known, which, _) =>
            {
                var model = trainModel(which, known);
                manifests[which] = model.Manifest; // the last one stays: that of all data
                return model.Model;
            },
        };
        var trained = trainer.Train(config, data, context);
        return new(trained, [.. config.Trainers.Select(which => manifests[which])]);
    }

    private const string RankerFile = "ranker.safetensors";

    /// <param name="main">The snapshot's own model, whose file is shared.</param>
    internal PipelineManifest ManifestBeside(IModel main) => new(
        Trained.Config.ToJson(),
        [.. Models.Select((manifest, n) => new PipelineModel(manifest, FileOf(n, main)))],
        Trained.Indexes.Select((index, n) => (index, n))
            .ToDictionary(i => i.index.Key, i => new PipelineIndex(i.index.Value.Manifest, IndexFileOf(i.n))),
        Trained.Ranker is null ? null : RankerFile);

    internal IEnumerable<(string Name, TensorWriter Tensors)> FilesBeside(IModel main)
    {
        for (int n = 0; n < Models.Count; n++)
            if (!ReferenceEquals(Trained.Models[n], main)) yield return (FileOf(n, main), Written(Trained.Models[n].Save));
        int index = 0;
        foreach (var built in Trained.Indexes.Values) yield return (IndexFileOf(index++), Written(built.Index.Save));
        if (Trained.Ranker is { } ranker) yield return (RankerFile, Written(ranker.Save));
    }

    private string FileOf(int model, IModel main) =>
        ReferenceEquals(Trained.Models[model], main) ? Snapshot.ModelFile : $"model-{model + 1}.safetensors";

    private static string IndexFileOf(int index) => $"index-{index + 1}.safetensors";

    private static TensorWriter Written(Action<TensorWriter> save)
    {
        var writer = new TensorWriter();
        save(writer);
        return writer;
    }
}

/// <summary>What a snapshot says of its pipeline.</summary>
/// <param name="Config">As <see cref="PipelineConfig.ToJson"/> writes it.</param>
/// <param name="Indexes">By the name of the source.</param>
/// <param name="Ranker">The file of a ranker of features; null: there is none. It is called after the first kind of those.</param>
internal sealed record PipelineManifest(
    JsonElement Config, IReadOnlyList<PipelineModel> Models, IReadOnlyDictionary<string, PipelineIndex> Indexes,
    [property: JsonPropertyName("forest")] string? Ranker = null)
{
    internal TrainedPipeline Load(SealedFolder folder, Vocabulary items, TrainerCatalog trainers)
    {
        var config = PipelineConfig.Of(Config, trainers);
        return new(
            config,
            [.. Models.Select(model => trainers.Load(model.Manifest.Trainer, folder.Tensors(model.File), items))],
            Indexes.ToDictionary(
                index => index.Key, index => new IndexWithManifest(
                    index.Value.Manifest, IndexCatalog.Find(index.Value.Manifest.Kind).Load(folder.Tensors(index.Value.File)))),
            Ranker is not null && config.Ranker is FeatureRankerConfig ranker
                ? config.At("$.ranker", () => ranker.Load(folder.Tensors(Ranker), trainers)) : null);
    }
}

/// <summary>A model of a pipeline, and its file.</summary>
internal sealed record PipelineModel(ModelManifest Manifest, string File);

/// <summary>An index of a pipeline, and its file.</summary>
internal sealed record PipelineIndex(IndexManifest Manifest, string File);
