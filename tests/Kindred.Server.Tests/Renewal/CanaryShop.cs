using Kindred.Configuration;
using Kindred.Models;
using Kindred.Server;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Simulation;
using Kindred.Snapshots;
using Kindred.Store;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Renewal;

/// <summary>
/// A living folder without a server: three small snapshots, of which the first is served, and a clock that is told the time.
/// </summary>
internal sealed class CanaryShop : IAsyncDisposable
{
    private readonly TemporaryFolder _own;

    private CanaryShop(TemporaryFolder own, LivingFolder folder, IStore store)
    {
        (_own, Folder, Store) = (own, folder, store);
        Snapshots = [Publish(), Publish(), Publish()];
        (Shelf, Registry) = Server();
    }

    public LivingFolder Folder { get; }

    public IStore Store { get; }

    public SimulatedClock Clock { get; } = new();

    public SnapshotShelf Shelf { get; }

    public ExperimentRegistry Registry { get; }

    /// <summary>Ids.</summary>
    public string[] Snapshots { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<CanaryShop> Open()
    {
        var own = new TemporaryFolder();
        var folder = LivingFolder.Create(own.File("shop"));
        var shop = new CanaryShop(own, folder, await folder.OpenStoreAsync(Cancellation));
        await shop.Shelf.PromoteAsync(shop.Snapshots[0], "a person", cancellation: Cancellation);
        return shop;
    }

    /// <summary>What another server of the store works with.</summary>
    public (SnapshotShelf Shelf, ExperimentRegistry Registry) Server()
    {
        var shelf = new SnapshotShelf(Folder, Store, TrainerCatalog.Default, Clock);
        return (shelf, new(Store, shelf, TrainerCatalog.Default, Clock));
    }

    /// <summary>Of a snapshot that passed the other steps of the gate.</summary>
    public async Task<LiveExperiment> StartCanary(int snapshot, CanarySettings? settings = null)
    {
        Assert.Null(await Registry.StartCanaryAsync(
            Snapshots[snapshot], await Shelf.ServedAsync(Cancellation), settings ?? new(), "view", Cancellation));
        return (await Shelf.TrafficAsync(Cancellation)).Canary!;
    }

    public Promotion Record(int snapshot) => Shelf.Find(Snapshots[snapshot]).Promotion!;

    /// <summary>Newest last: "actor action subject".</summary>
    public async Task<string[]> Audit() => [.. (await Store.Audit.ListAsync(100, cancellationToken: Cancellation)).Reverse()
        .Select(entry => $"{entry.Actor} {entry.Action} {entry.Subject}")];

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _own.Dispose();
    }

    /// <returns>Its id; the gate has passed it.</returns>
    private string Publish()
    {
        var data = EventList.Parse("ann: tea jam; bob: tea cake; cid: tea jam cake");
        var popularity = new Popularity();
        var trained = new TrainedModel(ModelManifest.For(popularity, new(), default, data), popularity.Train(data, new()));
        string path = new TrainedRecommender(data, trained, trained).Publish(Folder.Snapshots);
        string id = Path.GetFileName(path);
        new Promotion
        {
            Snapshot = id,
            Sequence = 7,
            Model = "popularity",
            Configuration = [],
            Why = "",
            Verdict = Outcome.Passed,
            Reason = "All 1 checks passed.",
            Policy = PromotionPolicy.Automatic,
            JudgedAt = Clock.Now,
            Checks = [new("events", Outcome.Passed, "Fine.")],
        }.Write(path);
        return id;
    }
}
