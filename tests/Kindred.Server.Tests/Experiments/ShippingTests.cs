using Kindred.Models;
using Kindred.Server;
using Kindred.Server.Experiments;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.ServerTests.Renewal;
using Kindred.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kindred.ServerTests.Experiments;

/// <summary>Shipping changes four settings and the audit log, in one step: without a server.</summary>
public sealed class ShippingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_of_it_happens_or_nothing_wherever_the_store_fails()
    {
        int failures = 0;
        while (true)
        {
            await using var shop = await CanaryShop.Open();
            await Start(shop);
            string before = await Everything(shop);
            var failing = new StoreThatStopsWriting(shop.Store, afterWrites: failures);
            try
            {
                await Shipping(shop, failing).ShipAsync("mine", null, "kim", "it sells");
            }
            catch (StoreUnavailableException)
            {
                Assert.Equal(before, await Everything(shop));
                failures++;
                continue;
            }
            await CheckShipped(shop);
            break;
        }
        Assert.True(failures > 0);
    }

    [Fact]
    public async Task What_others_write_meanwhile_stays()
    {
        await using var shop = await CanaryShop.Open();
        await Start(shop);
        var busy = new StoreThatStopsWriting(shop.Store, int.MaxValue)
        {
            BeforeFirstChange = () => shop.Store.Settings.SetAsync(RenewalSettings.Name, """{"keep":7}""", cancellationToken: Cancellation),
        };
        await Shipping(shop, busy).ShipAsync("mine", "treatment", "kim", "it sells");
        await CheckShipped(shop);
        Assert.Equal(7, (await RenewalSettings.ReadAsync(shop.Store, TrainerCatalog.Default, Cancellation)).Keep);
    }

    [Fact]
    public async Task A_scenario_that_is_gone_changes_nothing()
    {
        await using var shop = await CanaryShop.Open();
        await Start(shop);
        await shop.Store.Settings.SetAsync(Scenarios.Name, "{}", cancellationToken: Cancellation);
        string before = await Everything(shop);
        var refused = await Assert.ThrowsAsync<InputException>(() => Shipping(shop, shop.Store).ShipAsync("mine", null, "kim", null));
        Assert.Equal("There is no scenario 'short' any more, so there is nothing to ship.", refused.Message);
        Assert.Equal(before, await Everything(shop));
    }

    private static Shipping Shipping(CanaryShop shop, IStore store)
    {
        var shelf = new SnapshotShelf(shop.Folder, store, TrainerCatalog.Default, shop.Clock);
        var changes = new StoreChanges(store, NullLogger<StoreChanges>.Instance);
        return new(store, shelf, new(store, shelf, TrainerCatalog.Default, shop.Clock), changes, TrainerCatalog.Default);
    }

    /// <summary>An experiment whose treatment is a scenario, a snapshot and what events weigh.</summary>
    private static async Task Start(CanaryShop shop)
    {
        await shop.Store.Settings.SetAsync(
            Scenarios.Name, """{"short":{"sources":[{"kind":"newest"}],"rerank":[{"kind":"keep","count":1}]}}""",
            cancellationToken: Cancellation);
        await shop.Registry.PutAsync(ExperimentSetup.Parse($$$"""
            {
              "experiment": { "name": "mine", "metrics": [{ "name": "click", "margin": 0.1 }] },
              "treatments": { "treatment": {
                "scenario": "short", "snapshot": "{{{shop.Snapshots[1]}}}", "events": { "weights": { "click": 3 } } } }
            }
            """), "kim", Cancellation);
        await shop.Registry.StartAsync("mine", "kim", Cancellation);
    }

    private static async Task<string> Everything(CanaryShop shop) => string.Join('\n',
        (await shop.Store.Settings.ListAsync(Cancellation)).Select(setting => $"{setting.Name} {setting.Version} {setting.Json}")
            .Concat(await shop.Audit()));

    private static async Task CheckShipped(CanaryShop shop)
    {
        Assert.Equal(shop.Snapshots[1], (await shop.Shelf.ServedAsync(Cancellation)).Snapshot);
        Assert.Equal(3, (await EventSettings.ReadAsync(shop.Store, Cancellation)).Weights["click"]);
        var renewal = await RenewalSettings.ReadAsync(shop.Store, TrainerCatalog.Default, Cancellation);
        Assert.Equal("keep", renewal.Pipeline!.Value.GetProperty("rerank")[0].GetProperty("kind").GetString());
        var ended = await shop.Registry.GetAsync("mine", Cancellation);
        Assert.Equal((ExperimentState.Stopped, "Shipped treatment of experiment mine. it sells"), (ended.State, ended.StopReason));
        Assert.Equal(
            [$"kim promote-snapshot {shop.Snapshots[1]}", "kim ship-experiment mine", "kim stop-experiment mine"],
            (await shop.Audit())[^3..]);
        Assert.Equal("promoted", shop.Record(1).Steps[^1].Action);
    }
}

/// <summary>A store whose disk is full after some writes of settings and of the audit log.</summary>
internal sealed class StoreThatStopsWriting(IStore store, int afterWrites) : IStore, ISettingStore, IAuditLog
{
    private int _writes;

    /// <summary>What another server does between the reading and the writing of this one.</summary>
    public Func<Task>? BeforeFirstChange { get; set; }

    public string Description => store.Description;

    public IEventStore Events => store.Events;

    public ICatalogStore Users => store.Users;

    public ICatalogStore Items => store.Items;

    public ISettingStore Settings => this;

    public IJobStore Jobs => store.Jobs;

    public IExperimentStore Experiments => store.Experiments;

    public IContractStore Contracts => store.Contracts;

    public IAccessKeyStore Keys => store.Keys;

    public IAuditLog Audit => this;

    public Task<Setting?> GetAsync(string name, CancellationToken cancellationToken) => store.Settings.GetAsync(name, cancellationToken);

    Task<IReadOnlyList<Setting>> ISettingStore.ListAsync(CancellationToken cancellationToken) =>
        store.Settings.ListAsync(cancellationToken);

    public Task<Setting?> SetAsync(string name, string json, long? expected, CancellationToken cancellationToken)
    {
        Count();
        return store.Settings.SetAsync(name, json, expected, cancellationToken);
    }

    public async Task<bool> ChangeAsync(
        IReadOnlyList<SettingChange> changes, IReadOnlyList<NewAuditEntry> entries, CancellationToken cancellationToken)
    {
        Count();
        if (BeforeFirstChange is { } other)
        {
            BeforeFirstChange = null;
            await other();
        }
        return await store.Settings.ChangeAsync(changes, entries, cancellationToken);
    }

    Task<IReadOnlyList<AuditEntry>> IAuditLog.ListAsync(int count, long? before, CancellationToken cancellationToken) =>
        store.Audit.ListAsync(count, before, cancellationToken);

    public Task AppendAsync(string actor, string action, string? subject, string? detail, CancellationToken cancellationToken)
    {
        Count();
        return store.Audit.AppendAsync(actor, action, subject, detail, cancellationToken);
    }

    public Task<IReadOnlyList<StoreChange>> ChangesAsync(long after, int count, CancellationToken cancellationToken) =>
        store.ChangesAsync(after, count, cancellationToken);

    public Task<long> LastVersionAsync(CancellationToken cancellationToken) => store.LastVersionAsync(cancellationToken);

    public Task<ForgetReceipt> ForgetAsync(SubjectKind kind, string id, CancellationToken cancellationToken) =>
        store.ForgetAsync(kind, id, cancellationToken);

    public Task<IReadOnlyList<Tombstone>> ForgottenAsync(CancellationToken cancellationToken) => store.ForgottenAsync(cancellationToken);

    public Task CheckWritableAsync(CancellationToken cancellationToken) => store.CheckWritableAsync(cancellationToken);

    public Task BackupAsync(string path, CancellationToken cancellationToken) => store.BackupAsync(path, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private void Count()
    {
        if (_writes++ >= afterWrites) throw new StoreUnavailableException("The disk is full.");
    }
}
