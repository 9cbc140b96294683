using System.Globalization;
using Kindred.Models;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Snapshots;
using Kindred.Store;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Live;

/// <summary>Live answers in this process: a store in a folder, and a snapshot if there is one. The clock stands still.</summary>
internal sealed class LiveShop : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private LiveShop(TemporaryFolder folder, IStore store, LiveSnapshot snapshots)
    {
        (_folder, Store, Snapshots) = (folder, store, snapshots);
        Clock = new();
        Failing = new(store);
        State = new(Failing, snapshots, TrainerCatalog.Default, Clock);
        Recommender = new(State, Clock);
    }

    public IStore Store { get; }

    /// <summary>The same, as the state sees it.</summary>
    public FailingStore Failing { get; }

    public LiveSnapshot Snapshots { get; }

    public LiveState State { get; }

    public LiveRecommender Recommender { get; }

    public StandingClock Clock { get; }

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Opened, without a snapshot.</summary>
    public static async Task<LiveShop> Open()
    {
        var folder = new TemporaryFolder();
        var store = await Stores.OpenAsync(folder.File("kindred.db"), new() { Durability = Durability.Os }, Cancellation);
        return new(folder, store, new());
    }

    /// <summary>The same, with a snapshot that has learned all events of the store, and started.</summary>
    /// <param name="model">Null: item-knn.</param>
    /// <param name="histories">"user: item item", each a view, a second after the one before.</param>
    public static async Task<LiveShop> With(ITrainer? model, params string[] histories)
    {
        var shop = await Open();
        foreach (string line in histories)
        {
            var (user, items) = (line.Split(": ")[0], line.Split(": ")[1].Split(' '));
            await shop.Store.Events.AppendAsync([.. items.Select(item => shop.Event(user, item))], Cancellation);
        }
        await shop.Train(model);
        await shop.State.StartAsync(Cancellation);
        return shop;
    }

    /// <summary>Learns all events of the store and swaps to the new snapshot.</summary>
    /// <param name="labels">The kind of each item; null: nothing is known of them.</param>
    /// <param name="weights">What each item weighs, a number; null: nobody knows.</param>
    /// <param name="pipeline">As JSON; null: the model alone answers.</param>
    public async Task Train(ITrainer? model = null, Func<string, string>? labels = null, string? pipeline = null,
        Func<string, float>? weights = null)
    {
        var events = await Store.Events.AfterAsync(0, 100_000, Cancellation);
        var data = Interactions.FromEvents(events, e => (e.UserId ?? e.SessionId!, e.ItemId, e.Time));
        if (labels is not null)
        {
            data = data.WithItemAttributes(events.Select(e => e.ItemId).Distinct().Select(item =>
                new AttributeRow(item) { Labels = new Dictionary<string, IReadOnlyList<string>> { ["kind"] = [labels(item)] } }));
        }
        if (weights is not null)
        {
            data = data.WithItemAttributes(events.Select(e => e.ItemId).Distinct().Select(item =>
                new AttributeRow(item) { Numbers = { ["weight"] = weights(item) } }));
        }
        TrainedModel Trained(ITrainer trainer) => new(ModelManifest.For(trainer, new(), default, data), trainer.Train(data, new()));
        var trained = new TrainedRecommender(data, Trained(model ?? new ItemKnn { Shrinkage = 0 }), Trained(new Popularity()))
        {
            Sequence = events[^1].Sequence,
        };
        if (pipeline is not null)
        {
            await File.WriteAllTextAsync(_folder.File("pipeline.json"), pipeline, Cancellation);
            trained = trained.WithPipeline(_folder.File("pipeline.json"), cancellationToken: Cancellation);
        }
        Snapshots.Swap(Snapshot.Open(trained.Publish(_folder.File("snapshots"))));
    }

    /// <summary>Learns all that the store knows, as a renewal does, and swaps to the new snapshot.</summary>
    public async Task Renew(ITrainer? model = null)
    {
        var stored = await StoredData.ReadAsync(Store, "shop", cancellation: Cancellation);
        var data = stored.Interactions;
        TrainedModel Trained(ITrainer trainer) => new(ModelManifest.For(trainer, new(), default, data), trainer.Train(data, new()));
        var trained = new TrainedRecommender(data, Trained(model ?? new ItemKnn { Shrinkage = 0 }), Trained(new Popularity()))
        {
            Sequence = stored.Sequence,
            StoreVersion = stored.Version,
        };
        Snapshots.Swap(Snapshot.Open(trained.Publish(_folder.File("snapshots"))));
    }

    /// <summary>What another server of the same store and snapshot knows after its start.</summary>
    public async Task<LiveState> Start()
    {
        var state = new LiveState(Store, Snapshots, TrainerCatalog.Default, Clock);
        await state.StartAsync(Cancellation);
        return state;
    }

    /// <summary>An event of a second later than the one before.</summary>
    public NewEvent Event(string user, string item, string type = "view")
    {
        Clock.Now += TimeSpan.FromSeconds(1);
        return new(type, item) { UserId = user, Time = Clock.Now };
    }

    /// <summary>Stores events as a server does that writes them itself.</summary>
    public async Task Write(params NewEvent[] events)
    {
        var results = await Store.Events.AppendAsync(events, Cancellation);
        State.Notice([.. results.Where(result => result.Event is not null).Select(result => result.Event!)]);
    }

    /// <summary>Tells the state what changed in the store, as a server does after a change.</summary>
    public async Task CatchUp(long since)
    {
        await State.ApplyAsync(await Store.ChangesAsync(since, 1_000, Cancellation), Cancellation);
        await State.SettleAsync(Cancellation);
    }

    /// <summary>Does something with the store and tells the state.</summary>
    public async Task Change(Func<IStore, Task> change)
    {
        long before = await Store.LastVersionAsync(Cancellation);
        await change(Store);
        await CatchUp(before);
    }

    /// <returns>Ids, best first.</returns>
    public string Ask(string? user, int count = 10) =>
        string.Join(' ', Recommender.Recommend(new() { UserId = user, Count = count }, Cancellation).Items.Select(item => item.ItemId));

    public Recommendation Answer(string? user, int count = 10) =>
        Recommender.Recommend(new() { UserId = user, Count = count }, Cancellation);

    public async ValueTask DisposeAsync()
    {
        State.Dispose();
        Snapshots.Dispose();
        await Store.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>A store that fails, while it is told to, when it is asked for what was forgotten: the last thing that a start reads.</summary>
internal sealed class FailingStore(IStore store) : IStore
{
    public bool IsAway { get; set; }

    public string Description => store.Description;

    public IEventStore Events => store.Events;

    public ICatalogStore Users => store.Users;

    public ICatalogStore Items => store.Items;

    public ISettingStore Settings => store.Settings;

    public IJobStore Jobs => store.Jobs;

    public IExperimentStore Experiments => store.Experiments;

    public IContractStore Contracts => store.Contracts;

    public IAccessKeyStore Keys => store.Keys;

    public IAuditLog Audit => store.Audit;

    public Task<IReadOnlyList<StoreChange>> ChangesAsync(long after, int count, CancellationToken cancellationToken) =>
        store.ChangesAsync(after, count, cancellationToken);

    public Task<long> LastVersionAsync(CancellationToken cancellationToken) => store.LastVersionAsync(cancellationToken);

    public Task<ForgetReceipt> ForgetAsync(SubjectKind kind, string id, CancellationToken cancellationToken) =>
        store.ForgetAsync(kind, id, cancellationToken);

    public Task<IReadOnlyList<Tombstone>> ForgottenAsync(CancellationToken cancellationToken) =>
        IsAway ? throw new StoreUnavailableException("away") : store.ForgottenAsync(cancellationToken);

    public Task CheckWritableAsync(CancellationToken cancellationToken) => store.CheckWritableAsync(cancellationToken);

    public Task BackupAsync(string path, CancellationToken cancellationToken) => store.BackupAsync(path, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}

/// <summary>Says what it is told to.</summary>
internal sealed class StandingClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = DateTimeOffset.Parse("2026-01-31T12:00:00Z", CultureInfo.InvariantCulture);

    public override DateTimeOffset GetUtcNow() => Now;
}
