using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Storage;

namespace Kindred.Models;

/// <summary>How a model came to be: enough to make it again. Serializable.</summary>
/// <param name="Trainer">Name in <see cref="TrainerCatalog"/>.</param>
/// <param name="Options">Every option as it was used, also those left at their default.</param>
/// <param name="Seconds">Training time.</param>
/// <param name="Dataset">Name of the data.</param>
/// <param name="Fingerprint">Of the data it was trained on, or a part of which it was trained on; null: not known.</param>
/// <param name="Users">Counts of the training data, as are <paramref name="Items"/> and <paramref name="Events"/>.</param>
public sealed record ModelManifest(
    string Trainer, JsonObject Options, int Seed, double Seconds, string Dataset, string? Fingerprint, int Users, int Items, int Events)
{
    /// <summary>The options that were not given and followed from the data; null: none did.</summary>
    public IReadOnlyList<string>? FromData { get; init; }

    /// <summary>What reports call it; null outside of reports.</summary>
    public string? Name { get; init; }

    /// <summary>In reports, one point for each epoch, none for models that have no epochs; null outside of reports.</summary>
    public IReadOnlyList<LearningPoint>? LearningCurve { get; init; }

    /// <param name="data">What it was trained on.</param>
    public static ModelManifest For(ITrainer trainer, TrainingContext context, TimeSpan time, Interactions data) =>
        new(trainer.Summary.Name, TrainerOptions.Of(trainer.For(data)), context.Seed, Math.Round(time.TotalSeconds, 3),
            data.Origin.Name, data.Origin.Fingerprint, data.Users.Count, data.Items.Count, data.Histories.Count)
        {
            FromData = DataDefaults.OpenOptionsOf(trainer),
        };

    /// <summary>The options that were given: what to train with again, on other data.</summary>
    internal JsonObject GivenOptions =>
        new(Options.Where(option => FromData?.Contains(option.Key) != true).Select(o => KeyValuePair.Create(o.Key, o.Value?.DeepClone())));
}

/// <summary>A model and how it came to be.</summary>
public sealed record TrainedModel(ModelManifest Manifest, IModel Model)
{
    /// <summary>One point for each epoch; empty for models that have none, or whose training was not watched.</summary>
    public IReadOnlyList<LearningPoint> LearningCurve { get; init; } = [];

    public TimeSpan Time => TimeSpan.FromSeconds(Manifest.Seconds);
}

/// <summary>A trained model on disk, with the vocabularies it speaks.</summary>
public sealed class ModelFolder : IDisposable
{
    public const string Kind = "kindred model";

    private const int Version = 1;

    private readonly SealedFolder _folder;

    private ModelFolder(SealedFolder folder, TrainerCatalog trainers)
    {
        _folder = folder;
        Manifest = folder.Contents(ModelJson.Kept.ModelManifest);
        trainers.CheckLoads(folder.Path, Manifest.Trainer);
        var ids = folder.Tensors("ids.safetensors");
        Users = Vocabulary.Load(ids, "users");
        Model = trainers.Load(Manifest.Trainer, folder.Tensors("model.safetensors"), Vocabulary.Load(ids, "items"));
    }

    public ModelManifest Manifest { get; }

    /// <summary>Identifies the model: equal arrays and ids, equal fingerprint.</summary>
    public string Fingerprint => _folder.Fingerprint;

    public Vocabulary Users { get; }

    public IModel Model { get; }

    public static bool Is(string path) => SealedFolder.Is(path, Kind);

    /// <param name="trainers">Knows the trainer of the model; null: <see cref="TrainerCatalog.Default"/>.</param>
    /// <exception cref="InputException">Not a model folder, or a damaged or newer one, or of an unknown trainer.</exception>
    public static ModelFolder Open(string path, TrainerCatalog? trainers = null) =>
        SealedFolder.Open(path, Kind, Version, folder => new ModelFolder(folder, trainers ?? TrainerCatalog.Default));

    public static void Write(string path, ModelManifest manifest, Vocabulary users, IModel model)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(users);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        TensorWriter ids = new(), tensors = new();
        users.Save(ids, "users");
        model.Items.Save(ids, "items");
        model.Save(tensors);
        SealedFolder.Write(path, Kind, Version, manifest, [("ids.safetensors", ids), ("model.safetensors", tensors)],
            contract: ModelJson.Kept.ModelManifest);
    }

    public void Dispose() => _folder.Dispose();
}
