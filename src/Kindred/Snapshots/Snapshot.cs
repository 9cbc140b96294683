using System.Text.Json.Nodes;
using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Recall;
using Kindred.Retrieval.Sources;
using Kindred.Storage;

namespace Kindred.Snapshots;

/// <summary>What a snapshot is made of.</summary>
/// <param name="Interactions">Whom it knows, and what they had: the history that answers start from.</param>
/// <param name="Fallback">Answers where <paramref name="Model"/> has nothing to say: popularity.</param>
/// <param name="Report">The evaluation that chose the model.</param>
/// <param name="Index">What the model is asked by way of; null: every item is scored.</param>
/// <param name="Pipeline">What answers instead of the model alone; null: the model does. The model then stands for similar items.</param>
/// <param name="Sequence">Of the last event of a store that it has learned; null: its data are not from a store.</param>
/// <param name="AllowsRepeats">Whether what a user had is recommended again; of a pipeline its file says that.</param>
/// <param name="StoreVersion">Of the last change of the store besides events that it has; null: its data are not from a store.</param>
internal sealed record SnapshotContents(
    Interactions Interactions, Catalog ItemCatalog, TrainedModel Model, TrainedModel Fallback, JsonObject? Report = null,
    IndexWithManifest? Index = null,
    SnapshotPipeline? Pipeline = null,
    long? Sequence = null,
    bool AllowsRepeats = false,
    long? StoreVersion = null);

/// <summary>The description that a snapshot carries.</summary>
/// <param name="Id">The name it was published under.</param>
/// <param name="Users">Counts of the snapshot, as are <paramref name="Items"/> and <paramref name="Events"/>.</param>
/// <param name="Report">The evaluation that chose the model, if there was one.</param>
/// <param name="Index">Of the index that the model is asked by way of, if there is one.</param>
/// <param name="Pipeline">Of the pipeline that answers, if there is one.</param>
/// <param name="Sequence">Of the last event of a store that it has learned: later ones are the tail. Null: its data are not from a
/// store.</param>
/// <param name="AllowsRepeats">True: what a user had is recommended again; null: it is not, or the pipeline says.</param>
/// <param name="StoreVersion">Of the last change of the store besides events that it has: later ones are told to servers. Null: its
/// attributes are not from a store.</param>
/// <param name="Values">What the values of its events are, if ratings: null says nothing of them.</param>
internal sealed record SnapshotManifest(
    string Id, ModelManifest Model, ModelManifest Fallback, int Users, int Items, int Events, JsonObject? Report = null,
    IndexManifest? Index = null,
    PipelineManifest? Pipeline = null,
    long? Sequence = null,
    bool? AllowsRepeats = null,
    long? StoreVersion = null,
    ValueKind? Values = null);

/// <summary>
/// Everything one server needs, in one folder: never changed, read into memory when it is opened. Safe to share by threads.
/// </summary>
internal sealed class Snapshot : IDisposable
{
    /// <summary>The kind in the folder's manifest.</summary>
    public const string Kind = "kindred snapshot";

    /// <summary>The source of candidates that the model proposed.</summary>
    public const string FromModel = "model";

    /// <summary>The source of candidates that popularity proposed.</summary>
    public const string FromFallback = ModelExtensions.FallbackName;

    /// <summary>
    /// 2: there is an index; 3: there is a pipeline; 4: it says which events of a store it has learned, or repeats are recommended; 5: its
    /// values are ratings. What has none of these is written as 1, so that older versions still read it.
    /// </summary>
    private const int Version = 5;

    // What is made once is made then, and a budget counts on times that are not those of the first requests.
    private const int WarmUps = 5;

    internal const string ModelFile = "model.safetensors";

    // Only where something is known of the users.
    private const string UsersFile = "users.safetensors";

    // Only with a pipeline, where something is known of the moments of events: its rules and features may ask for it.
    private const string ContextFile = "context.safetensors";

    // Only where the model is asked by way of an index.
    private const string IndexFile = "index.safetensors";

    private readonly SealedFolder _folder;
    private readonly Lazy<SimilarItems> _similarItems;
    private readonly SampledRetriever? _sampled; // null where no index answers
    private int _holds = 1; // its owner's
    private bool _isDisposed, _isReady;

    private Snapshot(SealedFolder folder, TrainerCatalog trainers)
    {
        _folder = folder;
        Manifest = folder.Contents(SnapshotJson.Kept.SnapshotManifest);
        var inPipeline = Manifest.Pipeline?.Models.Select(model => model.Manifest.Trainer) ?? [];
        trainers.CheckLoads(folder.Path, [Manifest.Model.Trainer, Manifest.Fallback.Trainer, .. inPipeline]);
        var ids = folder.Tensors("ids.safetensors");
        var histories = Histories.Load(folder.Tensors("histories.safetensors"));
        ItemCatalog = Catalog.Load(folder.Tensors("items.safetensors"));
        Interactions = new Interactions(Vocabulary.Load(ids, "users"), Vocabulary.Load(ids, "items"), histories).With(
            folder.Contains(UsersFile) ? Catalog.Load(folder.Tensors(UsersFile)) : null, ItemCatalog,
            folder.Contains(ContextFile) ? Catalog.Load(folder.Tensors(ContextFile)) : null);
        if (Manifest.Values is { } values) Interactions = Interactions.WithOrigin(DataOrigin.Unknown with { Values = values });
        Model = trainers.Load(Manifest.Model.Trainer, folder.Tensors(ModelFile), Items);
        var fallback = Fallback = trainers.Load(Manifest.Fallback.Trainer, folder.Tensors("fallback.safetensors"), Items);
        // popularity is popularity wherever it stands
        string source = Manifest.Model.Trainer == Manifest.Fallback.Trainer ? FromFallback : FromModel;
        Index = Manifest.Index is { } index ? IndexCatalog.Find(index.Kind).Load(folder.Tensors(IndexFile)) : null;
        Trained = Manifest.Pipeline?.Load(folder, Items, trainers) is { } trained ? trained with { Fallback = fallback } : null;
        if (Trained is null && Index is not null && Model is IEmbeddingModel embedding)
            _sampled = new(new IndexRetriever(embedding, Index, Manifest.Index!.Effort), new ModelRetriever(Model), Hold);
        Pipeline = Trained?.Bind(Interactions, Hold)
            ?? (_sampled ?? Model.AsRetriever()).AsPipeline(
                source, source == FromFallback ? null : fallback, Manifest.AllowsRepeats == true);
        Filters = new(ItemCatalog);
        _similarItems = new(() => new SimilarItems(Model, source));
    }

    public string Path => _folder.Path;

    /// <summary>Why newer ones in the folder of snapshots were not opened instead: one sentence each, the newest first.</summary>
    public IReadOnlyList<string> Skipped { get; private init; } = [];

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

    /// <summary>Answers where <see cref="Model"/> has nothing to say.</summary>
    public IModel Fallback { get; }

    /// <summary>What the model is asked by way of; null: every item is scored.</summary>
    public IIndex? Index { get; }

    /// <summary>
    /// What answers: the pipeline that was published or, for a model alone, one of a single source, without what the history holds. The
    /// fallback is a source of it. The source of a candidate is one of the pipeline's, <see cref="FromModel"/>, or <see
    /// cref="FromFallback"/>.
    /// </summary>
    public Pipeline Pipeline { get; }

    /// <summary>The config and models of a pipeline that was published; null: a model alone was.</summary>
    public TrainedPipeline? Trained { get; }

    /// <summary>Of its items; kept as long as the snapshot.</summary>
    public FilterCache Filters { get; }

    /// <summary>Measures the index that answers; null: there is none, or nothing is measured.</summary>
    public RecallSampler? RecallSampler => _sampled?.Sampler;

    /// <summary>Made when first asked for: one pass over the item embeddings.</summary>
    public SimilarItems SimilarItems => _similarItems.Value;

    /// <summary>True when no request has to wait for what others will find made.</summary>
    public bool IsReady => Volatile.Read(ref _isReady);

    /// <summary>
    /// Answers some requests, so that the first one that counts does not wait for what is made once: of a model of embeddings about 15 ns
    /// and 4 bytes for each of their numbers, or whatever an index makes at its first search. Opening does not do this, because a snapshot
    /// may be opened only to inspect it;
    /// <see cref="LiveSnapshot"/> does it before it serves.
    /// </summary>
    public void GetReady()
    {
        for (int n = 0; n < WarmUps; n++) Pipeline.WarmUp(Users.Count > 0 ? Query.Of(Interactions, n % Users.Count) : new(-1, default), 10);
        Volatile.Write(ref _isReady, true);
    }

    /// <summary>
    /// From now on a share of the requests that the index answers is answered again, exactly and in the background; 0: none. Without an
    /// index it has no effect.
    /// </summary>
    /// <exception cref="InputException">The share is not in 0 to 1.</exception>
    public void SampleRecall(double share)
    {
        if (_sampled is not null) _sampled.Sampler = share == 0 ? null : new RecallSampler(share);
    }

    /// <summary>Keeps the snapshot open, even if it is disposed, until what is returned is disposed.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public IDisposable Hold()
    {
        int holds;
        do
        {
            holds = Volatile.Read(ref _holds);
            ObjectDisposedException.ThrowIf(holds == 0, this);
        }
        while (Interlocked.CompareExchange(ref _holds, holds + 1, holds) != holds);
        return new Held(this);
    }

    public static bool Is(string path) => SealedFolder.Is(path, Kind);

    /// <returns>What a folder is that is sealed and no snapshot, such as a trained model; null: it is none of these.</returns>
    public static string? KindInPlaceOfOne(string path) => FolderManifest.ClaimOf(path)?.Kind is { } kind && kind != Kind ? kind : null;

    /// <returns>The path of a snapshot: the given one or, of a folder of snapshots, the newest complete one, by number.</returns>
    /// <exception cref="InputException">There is none.</exception>
    public static string Find(string path)
    {
        if (!Directory.Exists(path) || File.Exists(System.IO.Path.Combine(path, FolderManifest.FileName))) return path;
        return SnapshotNumber.NewestFirst(path) is [var newest, ..]
            ? newest
            : throw new InputException(SealedFolder.UnreadableIn(path) is [.., var broken]
                ? FolderManifest.NotReadable(broken) : $"{path} is not a {Kind} and holds none; publish one first.");
    }

    /// <returns>What is wrong with those beside a snapshot that have a higher number and no readable manifest: a sentence each.</returns>
    public static IReadOnlyList<string> UnreadableAfter(string snapshot, string folder) =>
        [.. SnapshotNumber.UnreadableAfter(snapshot, folder).Select(FolderManifest.NotReadable)];

    /// <param name="path">
    /// A snapshot, or a folder of snapshots: then the newest one, by number, that can be opened; <see cref="Skipped"/> says why newer ones
    /// cannot.
    /// </param>
    /// <param name="trainers">Knows those of its models; null: <see cref="TrainerCatalog.Default"/>.</param>
    /// <exception cref="InputException">
    /// There is no snapshot, or it is damaged or newer than this version; of a folder of snapshots it is what the newest one lacks.
    /// </exception>
    public static Snapshot Open(string path, TrainerCatalog? trainers = null)
    {
        string newest = Find(path);
        string[] candidates = newest == path ? [path] : [newest, .. SnapshotNumber.NewestFirst(path).Except([newest])];
        var skipped = new List<string>();
        InputException? first = null;
        foreach (string next in candidates)
        {
            try
            {
                return SealedFolder.Open(next, Kind, Version, folder => new Snapshot(folder, trainers ?? TrainerCatalog.Default)
                {
                    Skipped = [.. skipped, .. UnreadableAfter(next, path)],
                });
            }
            catch (InputException e)
            {
                first ??= e;
                skipped.Add(e.Message);
            }
        }
        throw first!; // Find has found one
    }

    /// <summary>
    /// Writes a new snapshot into a folder of snapshots, named by its number, the time and its model: <c>000012-20261129-085701-bpr</c>. It
    /// is newer than all that are there, whatever the clocks say, and those that are published at the same time have numbers of their own.
    /// </summary>
    /// <returns>Its path.</returns>
    /// <exception cref="InputException">The folder cannot be written to.</exception>
    public static string Publish(string folder, SnapshotContents contents)
    {
        CheckFolder(folder);
        using var number = SnapshotNumber.Claim(folder);
        string path = System.IO.Path.Combine(folder, number.NameOf(DateTime.UtcNow, contents.Model.Manifest.Trainer));
        Write(path, contents);
        return path;
    }

    /// <exception cref="InputException">It has no name, is a file, or is a folder that Kindred wrote for something else.</exception>
    public static void CheckFolder(string folder)
    {
        if (string.IsNullOrWhiteSpace(folder)) throw new InputException("The folder to publish into has no name; name one.");
        if (File.Exists(folder)) throw new InputException($"{folder} is a file; name a folder for snapshots.");
        if (FolderManifest.ClaimOf(folder) is { } claim)
            throw new InputException($"{folder} is a {FolderManifest.NameOf(claim.Kind)}; name a folder for snapshots.");
    }

    /// <summary>Writes a snapshot, completely or not at all, where nothing is yet; its id is the folder's name.</summary>
    /// <exception cref="ArgumentException">A model speaks other item ids than the interactions.</exception>
    /// <exception cref="InputException">Something else is in the way, or the place cannot be written to.</exception>
    public static void Write(string path, SnapshotContents contents)
    {
        var (interactions, catalog, model, fallback, report, index, pipeline, sequence, allowsRepeats, storeVersion) = contents;
        foreach (var trained in new[] { model, fallback })
        {
            if (!trained.Model.Items.HasSameIds(interactions.Items))
                throw new ArgumentException($"The {trained.Manifest.Trainer} model speaks of other items.", nameof(contents));
        }
        if (catalog.Count != interactions.Items.Count)
            throw new ArgumentException($"The catalog has {catalog.Count} rows for {interactions.Items.Count} items.", nameof(contents));

        if (index is not null && model.Model is not IEmbeddingModel)
            throw new InputException($"{model.Manifest.Trainer} has no embeddings, so no index can serve it; publish it without.");

        TensorWriter ids = new(), histories = new(), items = new(), users = new(), context = new(), modelFile = new(),
            fallbackFile = new(), indexFile = new();
        interactions.Users.Save(ids, "users");
        interactions.Items.Save(ids, "items");
        interactions.Histories.Save(histories);
        catalog.Save(items);
        interactions.UserAttributes.Save(users);
        interactions.Context.Save(context);
        model.Model.Save(modelFile);
        fallback.Model.Save(fallbackFile);
        index?.Index.Save(indexFile);
        string id = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)));
        var manifest = new SnapshotManifest(
            id, model.Manifest, fallback.Manifest,
            interactions.Users.Count, interactions.Items.Count, interactions.Histories.Count, report, index?.Manifest,
            pipeline?.ManifestBeside(model.Model), sequence, allowsRepeats && pipeline is null ? true : null, storeVersion,
            interactions.Origin.Values == ValueKind.Ratings ? ValueKind.Ratings : null);
        int version = manifest.Values is not null ? 5
            : sequence is not null || manifest.AllowsRepeats is not null ? 4 : pipeline is not null ? 3 : index is not null ? 2 : 1;
        SealedFolder.Write(path, Kind, version, manifest,
        [
            ("ids.safetensors", ids), ("histories.safetensors", histories), ("items.safetensors", items),
            (ModelFile, modelFile), ("fallback.safetensors", fallbackFile),
            .. interactions.UserAttributes.IsEmpty ? [] : new[] { (UsersFile, users) },
            .. pipeline is null || interactions.Context.IsEmpty ? [] : new[] { (ContextFile, context) },
            .. index is null ? [] : new[] { (IndexFile, indexFile) },
            .. pipeline?.FilesBeside(model.Model) ?? [],
        ], replaces: false, SnapshotJson.Kept.SnapshotManifest);
    }

    /// <summary>Closes it, as soon as nothing holds it.</summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isDisposed, true)) Release();
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _holds) == 0) _folder.Dispose();
    }

    private sealed class Held(Snapshot snapshot) : IDisposable
    {
        private Snapshot? _snapshot = snapshot;

        public void Dispose() => Interlocked.Exchange(ref _snapshot, null)?.Release();
    }
}
