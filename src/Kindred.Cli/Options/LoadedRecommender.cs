using System.CommandLine;
using Kindred.Data;
using Kindred.Models;
using Kindred.Server;
using Kindred.Server.Renewal;
using Kindred.Snapshots;

namespace Kindred.Cli.Options;

/// <summary>A model that can be asked: from a snapshot, or trained on a source for this one time.</summary>
internal sealed class LoadedRecommender : IDisposable
{
    private readonly IDisposable _owner;
    private readonly Lazy<(IModel Model, Recommender Recommender)> _learned;

    private LoadedRecommender(
        IDisposable owner, string name, Interactions interactions, Catalog catalog, Lazy<(IModel, Recommender)> learned)
    {
        (_owner, Name, Interactions, Catalog) = (owner, name, interactions, catalog);
        _learned = learned;
    }

    /// <summary>What it is called: the snapshot's id, or the model and the data.</summary>
    public string Name { get; }

    /// <summary>The snapshot's id, or the model.</summary>
    public required string ModelName { get; init; }

    /// <summary>Null: it is trained on a source.</summary>
    public string? SnapshotPath { get; private init; }

    private bool AllowsRepeats { get; init; }

    /// <summary>Null: from a snapshot.</summary>
    private DataSource? Source { get; init; }

    public Interactions Interactions { get; }

    /// <summary>[items]</summary>
    public Catalog Catalog { get; }

    /// <summary>Trained when first asked for, where it is not from a snapshot.</summary>
    public IModel Model => _learned.Value.Model;

    /// <summary>Popularity has the same answer for all users, apart from what one had.</summary>
    public bool IsSameForEveryone { get; private init; }

    /// <summary>Answers as a server does.</summary>
    public Recommender Recommender => _learned.Value.Recommender;

    /// <param name="model">Null: the snapshot's own, or <paramref name="usual"/>.</param>
    /// <param name="usual">What is trained on a source by default; null: item-knn.</param>
    /// <param name="allowRepeats">True: of data, what a user had is recommended again; a snapshot says itself.</param>
    /// <exception cref="InputException">There is no such source or snapshot, or it is damaged.</exception>
    public static LoadedRecommender Open(
        SourceOptions options, string? model, ParseResult parse, CommandContext session, ModelSpec? usual = null, bool allowRepeats = false)
    {
        var spec = model is null ? null : ModelSpec.Parse(model, session.Trainers);
        if (options.SourcesIn(parse) is [_, _, ..] several && several.Any(IsSnapshots))
            throw new InputException(
                $"Name one snapshot, or one folder of snapshots; these are {several.Count}: {string.Join(", ", several)}.");
        if (options.SourcesIn(parse) is [var path] && IsSnapshots(path))
        {
            if (spec is not null)
                throw new InputException($"{path} is a snapshot and has its model, so --model cannot be used; name the data instead.");
            if (allowRepeats)
                throw new InputException($"{path} is a snapshot and says itself whether items are recommended again; "
                    + "publish it with --allow-repeats.");
            if (options.GivenIn(parse) is { } option)
                throw new InputException($"{path} is a snapshot, so {option} cannot be used; it is about raw files.");
            return OpenSnapshot(path, session);
        }
        return Of(DataSource.Open(options, parse, session), spec ?? usual ?? ModelSpec.For(new ItemKnn()), session, allowRepeats);
    }

    /// <returns>The snapshot that a living folder serves; where it serves none, a model of its events.</returns>
    /// <param name="model">Null: the snapshot's own, or <paramref name="usual"/>; else it is trained.</param>
    /// <exception cref="InputException">It is no living folder, or there is nothing to learn from.</exception>
    public static async Task<LoadedRecommender> OpenLiving(string path, string? model, CommandContext session, ModelSpec usual)
    {
        var folder = LivingFolder.Open(path);
        if (model is null)
        {
            await using var store = await folder.OpenStoreAsync(session.Cancellation);
            var shelf = new SnapshotShelf(folder, store, session.Trainers);
            if ((await shelf.ServedAsync(session.Cancellation)).Snapshot is { } id && Snapshot.Is(shelf.PathOf(id)))
                return OpenSnapshot(shelf.PathOf(id), session);
        }
        var spec = model is null ? usual : ModelSpec.Parse(model, session.Trainers);
        return Of(DataSource.FromStore(folder, session), spec, session, allowRepeats: false);
    }

    private static LoadedRecommender OpenSnapshot(string path, CommandContext session)
    {
        var snapshot = OutputPath.OpenSnapshot(path, session);
        snapshot.GetReady(); // a budget is for requests, not for starting
        return new(snapshot, snapshot.Manifest.Id, snapshot.Interactions, snapshot.ItemCatalog,
            new(() => (snapshot.Model, Kindred.Recommender.From(snapshot))))
        {
            ModelName = snapshot.Manifest.Id,
            SnapshotPath = snapshot.Path,
            IsSameForEveryone = snapshot.Trained is null && snapshot.Manifest.Model.Trainer == ModelSpec.Popularity.Name,
        };
    }

    /// <returns>Another model on the same data, which this one keeps open.</returns>
    public LoadedRecommender Other(string model, CommandContext session) => Of(
        Source ?? throw new InvalidOperationException("A snapshot has one model."), ModelSpec.Parse(model, session.Trainers), session,
        AllowsRepeats);

    public void Dispose() => _owner.Dispose();

    /// <param name="source">Closed with the adviser.</param>
    private static LoadedRecommender Of(DataSource source, ModelSpec spec, CommandContext session, bool allowRepeats)
    {
        var data = source.Dataset;
        var learned = new Lazy<(IModel Model, Recommender)>(() =>
        {
            var model = session.Train(spec, data.Interactions).Model;
            var fallback = spec.Trainer is Popularity ? null : session.Train(ModelSpec.Popularity, data.Interactions).Model;
            return (model, Kindred.Recommender.From(data.Interactions, model, fallback, spec.Name, allowRepeats));
        });
        return new(source, $"{spec.Name} on {data.Manifest.Name}", data.Interactions, data.ItemCatalog, learned)
        {
            ModelName = spec.Name,
            Source = source,
            AllowsRepeats = allowRepeats,
            IsSameForEveryone = spec.Trainer is Popularity,
        };
    }

    /// <summary>A folder with a manifest that is not data is meant to be a snapshot, maybe a damaged one: opening it says so.</summary>
    private static bool IsSnapshots(string path) =>
        Directory.Exists(path) && !DataFolder.Is(path)
        && (File.Exists(Path.Combine(path, "manifest.json")) || Storage.SealedFolder.In(path, Snapshot.Kind).Count > 0);
}
