using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Storage;

namespace Kindred.Snapshots;

/// <summary>A model and how it came to be.</summary>
public sealed record TrainedModel(ModelManifest Manifest, IModel Model);

/// <summary>What a snapshot is made of.</summary>
/// <param name="Interactions">Whom it knows, and what they had: the history that answers start from.</param>
/// <param name="Fallback">Answers where <paramref name="Model"/> has nothing to say: popularity.</param>
/// <param name="Report">The evaluation that chose the model.</param>
public sealed record SnapshotContents(
    Interactions Interactions, Catalog ItemCatalog, TrainedModel Model, TrainedModel Fallback, JsonObject? Report = null);

/// <summary>The description that a snapshot carries.</summary>
/// <param name="Id">The name it was published under.</param>
/// <param name="Users">Counts of the snapshot, as are <paramref name="Items"/> and <paramref name="Events"/>.</param>
/// <param name="Report">The evaluation that chose the model, if there was one.</param>
public sealed record SnapshotManifest(
    string Id, ModelManifest Model, ModelManifest Fallback, int Users, int Items, int Events, JsonObject? Report = null);

/// <summary>Everything one server needs, in one folder: never changed, opened by mapping its files. Safe to share by threads.</summary>
public sealed class Snapshot : IDisposable
{
    /// <summary>The kind in the folder's manifest.</summary>
    public const string Kind = "kindred snapshot";

    /// <summary>The source of candidates that the model proposed.</summary>
    public const string FromModel = "model";

    /// <summary>The source of candidates that popularity proposed.</summary>
    public const string FromFallback = "popularity";

    private const int Version = 1;

    // Only where something is known of the users.
    private const string UsersFile = "users.safetensors";

    private readonly SealedFolder _folder;
    private readonly Lazy<SimilarItems> _similarItems;
    private readonly IRecommender _fromModel;

    private Snapshot(SealedFolder folder)
    {
        _folder = folder;
        Manifest = folder.Contents<SnapshotManifest>();
        var ids = folder.Tensors("ids.safetensors");
        var histories = Histories.Load(folder.Tensors("histories.safetensors"));
        ItemCatalog = Catalog.Load(folder.Tensors("items.safetensors"));
        Interactions = new Interactions(Vocabulary.Load(ids, "users"), Vocabulary.Load(ids, "items"), histories).With(
            folder.Contains(UsersFile) ? Catalog.Load(folder.Tensors(UsersFile)) : null, ItemCatalog);
        Model = TrainerCatalog.Find(Manifest.Model.Trainer).Load(folder.Tensors("model.safetensors"), Items);
        var fallback = TrainerCatalog.Find(Manifest.Fallback.Trainer).Load(folder.Tensors("fallback.safetensors"), Items);
        // popularity is popularity wherever it stands
        string source = Manifest.Model.Trainer == Manifest.Fallback.Trainer ? FromFallback : FromModel;
        _fromModel = Model.AsRecommender(source);
        Recommender = new WithFallback(_fromModel, fallback.AsRecommender(FromFallback));
        _similarItems = new(() => new SimilarItems(Model, source));
    }

    public string Path => _folder.Path;

    /// <summary>UTC.</summary>
    public DateTimeOffset Created => _folder.Created;

    public SnapshotManifest Manifest { get; }

    /// <summary>Who is known, and what they had.</summary>
    public Interactions Interactions { get; }

    public Vocabulary Users => Interactions.Users;

    public Vocabulary Items => Interactions.Items;

    public Histories Histories => Interactions.Histories;

    /// <summary>[items]</summary>
    public Catalog ItemCatalog { get; }

    public IModel Model { get; }

    /// <summary>
    /// The model's best items that the history does not hold, filled up from the fallback. The source of a candidate is
    /// <see cref="FromModel"/> or <see cref="FromFallback"/>.
    /// </summary>
    public IRecommender Recommender { get; }

    /// <summary>Made when first asked for: one pass over the item embeddings.</summary>
    public SimilarItems SimilarItems => _similarItems.Value;

    /// <summary>True when no request has to wait for what others will find made.</summary>
    public bool IsReady => _fromModel is not EmbeddingRecommender { IsReady: false };

    /// <summary>
    /// Makes what the first request would wait for, of a model of embeddings: about 15 ns and 4 bytes for each of their numbers. Opening
    /// alone does not, as who looks at a snapshot may never ask; <see cref="SnapshotHolder"/> does, before it serves.
    /// </summary>
    public void GetReady() => (_fromModel as EmbeddingRecommender)?.GetReady();

    public static bool Is(string path) => SealedFolder.Is(path, Kind);

    /// <param name="path">A snapshot, or a folder of snapshots: then the newest complete one.</param>
    /// <exception cref="InputException">There is no snapshot, or it is damaged or newer than this version.</exception>
    public static Snapshot Open(string path)
    {
        if (Directory.Exists(path) && !File.Exists(System.IO.Path.Combine(path, FolderManifest.FileName)))
        {
            path = SealedFolder.In(path, Kind) is [var newest, ..]
                ? newest
                : throw new InputException($"{path} is not a {Kind} and holds none; publish one first.");
        }
        var folder = SealedFolder.Open(path, Kind, Version);
        try
        {
            return new(folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Writes a new snapshot, named by the time and its model, into a folder of snapshots.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="InputException">The folder cannot be written to.</exception>
    public static string Publish(string folder, SnapshotContents contents)
    {
        // A second of its own: names are unique, and stand in the order of publication.
        var time = DateTime.UtcNow;
        while (Directory.Exists(folder) && Directory.EnumerateDirectories(folder, $"{time:yyyyMMdd-HHmmss}-*").Any())
            time = time.AddSeconds(1);
        string path = System.IO.Path.Combine(folder, $"{time:yyyyMMdd-HHmmss}-{contents.Model.Manifest.Trainer}");
        Write(path, contents);
        return path;
    }

    /// <summary>Writes a snapshot, completely or not at all; its id is the folder's name.</summary>
    /// <exception cref="ArgumentException">A model speaks other item ids than the interactions.</exception>
    /// <exception cref="InputException">Something else is in the way, or the place cannot be written to.</exception>
    public static void Write(string path, SnapshotContents contents)
    {
        var (interactions, catalog, model, fallback, report) = contents;
        foreach (var trained in new[] { model, fallback })
        {
            if (!trained.Model.Items.HasSameIds(interactions.Items))
                throw new ArgumentException($"The {trained.Manifest.Trainer} model speaks of other items.", nameof(contents));
        }
        if (catalog.Count != interactions.Items.Count)
            throw new ArgumentException($"The catalog has {catalog.Count} rows for {interactions.Items.Count} items.", nameof(contents));

        TensorWriter ids = new(), histories = new(), items = new(), users = new(), modelFile = new(), fallbackFile = new();
        interactions.Users.Save(ids, "users");
        interactions.Items.Save(ids, "items");
        interactions.Histories.Save(histories);
        catalog.Save(items);
        interactions.UserAttributes.Save(users);
        model.Model.Save(modelFile);
        fallback.Model.Save(fallbackFile);
        string id = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)));
        var manifest = new SnapshotManifest(
            id, model.Manifest, fallback.Manifest,
            interactions.Users.Count, interactions.Items.Count, interactions.Histories.Count, report);
        SealedFolder.Write(path, Kind, Version, manifest,
        [
            ("ids.safetensors", ids), ("histories.safetensors", histories), ("items.safetensors", items),
            ("model.safetensors", modelFile), ("fallback.safetensors", fallbackFile),
            .. interactions.UserAttributes.IsEmpty ? [] : new[] { (UsersFile, users) },
        ]);
    }

    public void Dispose() => _folder.Dispose();
}
