using System.Reflection;
using Kindred.Models;
using Kindred.Server;
using Kindred.Server.Experiments;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Snapshots;
using Kindred.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kindred.ServerTests.Renewal;

/// <summary>Which snapshots a server opens for arms, and who takes part, without a server.</summary>
public sealed class CanaryArmsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rollback_does_not_wait_until_what_it_removes_is_opened_again()
    {
        await using var shop = await CanaryShop.Open();
        await shop.Shelf.PromoteAsync(shop.Snapshots[1], "kim", cancellation: Cancellation);
        await shop.StartCanary(2);
        using var parts = new Parts(shop, shop.Store);
        await parts.Start();
        Assert.NotNull(parts.Arms.StateOf(shop.Snapshots[2]));
        Assert.Null(parts.Arms.StateOf(shop.Snapshots[1])); // which is served
        await shop.Shelf.RollBackAsync("kim", cancellation: Cancellation);
        await parts.Serving.TakeAsync(Cancellation); // before this server heard that the canary ended
        Assert.NotEmpty(parts.Running.Current.Running);
        Assert.Empty(parts.Arms.States);
        using var lease = parts.Live.TryAcquire();
        Assert.Equal(shop.Snapshots[0], lease!.Snapshot.Manifest.Id);
    }

    [Fact]
    public async Task Control_is_answered_although_the_main_state_lags_behind_what_is_to_be_served()
    {
        await using var shop = await CanaryShop.Open();
        using var parts = new Parts(shop, shop.Store);
        await parts.Start();
        await shop.Shelf.PromoteAsync(shop.Snapshots[1], "kim", cancellation: Cancellation);
        await parts.Arms.BeforeServingAsync(shop.Snapshots[1], []);
        using var next = Snapshot.Open(shop.Shelf.PathOf(shop.Snapshots[1]));
        parts.Live.Swap(next); // the main state has not taken it over
        var canary = await shop.StartCanary(2);
        await parts.Arms.TakeAsync([canary]);
        var answers = new LiveAnswers(parts.Main, shop.Clock, parts.Arms);
        foreach (string arm in (string[])["control", "canary"])
            Assert.NotEmpty((await answers.AnswerAsync(
                new() { UserId = "zoe", Count = 2 }, canary.TreatmentOf(arm), isBlocking: false, Cancellation)).Items);
    }

    [Fact]
    public async Task Who_had_the_canarys_snapshot_keeps_it_when_it_answers_everyone()
    {
        await using var shop = await CanaryShop.Open();
        await shop.Shelf.PromoteAsync(shop.Snapshots[1], "kim", cancellation: Cancellation);
        var canary = await shop.StartCanary(2);
        using var parts = new Parts(shop, shop.Store);
        await parts.Start();
        using var sums = new ExposureSums(shop.Store, parts.Changes);
        var live = new LiveAnswers(parts.Main, shop.Clock, parts.Arms);
        var answers = new ExperimentAnswers(parts.Running, live, parts.Main, parts.Arms, sums, shop.Clock);
        RecommendRequest Ask(int n) => new() { UserId = $"u{n}", Count = 2 };
        int treated = Enumerable.Range(0, 1_000).First(n => answers.PartsOf(Ask(n)).Any(part => part.Arm != canary.Control));
        async Task<string> SnapshotOf(int n) => answers.PartsOf(Ask(n)) is { Count: > 0 } taken
            ? (await answers.AnswerAsync(Ask(n), taken, Guid.NewGuid(), isBlocking: false, Cancellation)).Recommendation.Snapshot
            : (await live.AnswerAsync(Ask(n), Treatment.None, isBlocking: false, Cancellation)).Snapshot;

        Assert.Equal(shop.Snapshots[2], await SnapshotOf(treated));
        Assert.True(await shop.Shelf.PromoteCanaryAsync(canary, Outcome.Passed, "It is well.", Cancellation));
        await parts.Serving.TakeAsync(Cancellation); // before this server heard that the canary ended, as in the order of a server
        Assert.Equal(shop.Snapshots[2], await SnapshotOf(treated));
        Assert.Empty(parts.Arms.States);
    }

    [Fact]
    public async Task What_changes_while_the_state_of_an_arm_is_read_is_told_to_it()
    {
        await using var shop = await CanaryShop.Open();
        var store = DispatchProxy.Create<IStore, Watched>();
        var watched = (Watched)(object)store;
        watched.Store = shop.Store;
        using var parts = new Parts(shop, store);
        await parts.Start();
        var canary = await shop.StartCanary(1);
        var seen = new List<(int Told, int Answering)>();
        watched.Asked = () => seen.Add((parts.Arms.States.Count(), parts.Arms.Started.Count()));
        await parts.Arms.TakeAsync([canary]);
        watched.Asked = null;
        Assert.Equal([(1, 0)], seen.Distinct());
        Assert.Single(parts.Arms.Started);
    }

    [Fact]
    public async Task Nobody_takes_part_on_a_server_that_lacks_the_snapshot()
    {
        await using var shop = await CanaryShop.Open();
        using var parts = new Parts(shop, shop.Store);
        var canary = await shop.StartCanary(1);
        await parts.Start();
        using var sums = new ExposureSums(shop.Store, parts.Changes);
        var answers = new ExperimentAnswers(
            parts.Running, new(parts.Main, shop.Clock, parts.Arms), parts.Main, parts.Arms, sums, shop.Clock);
        int TakePart() => Enumerable.Range(0, 400).Count(n => answers.PartsOf(new() { UserId = $"u{n}", Count = 2 }).Count > 0);
        Assert.InRange(TakePart(), 1, 399);

        string path = shop.Shelf.PathOf(canary.Canary!.Snapshot);
        await parts.Arms.TakeAsync([]);
        Directory.Move(path, $"{path}-away");
        await parts.Arms.TakeAsync([canary]);
        Assert.Equal(0, TakePart());
        Assert.Empty(parts.Arms.States);
    }

    /// <summary>What a server has for arms.</summary>
    private sealed class Parts : IDisposable
    {
        public Parts(CanaryShop shop, IStore store)
        {
            Changes = new(shop.Store, NullLogger<StoreChanges>.Instance);
            Main = new(shop.Store, Live, TrainerCatalog.Default, shop.Clock);
            Running = new(shop.Store, Changes, NullLogger<RunningExperiments>.Instance);
            Arms = new(store, shop.Shelf, TrainerCatalog.Default, Main, shop.Clock, NullLogger<SnapshotArms>.Instance);
            Serving = new(shop.Shelf, TrainerCatalog.Default, Live, Arms, Running, Changes, NullLogger<ServingSnapshots>.Instance);
        }

        public LiveSnapshot Live { get; } = new();

        public StoreChanges Changes { get; }

        public LiveState Main { get; }

        public RunningExperiments Running { get; }

        public SnapshotArms Arms { get; }

        public ServingSnapshots Serving { get; }

        /// <summary>In the order of a server.</summary>
        public async Task Start()
        {
            await Serving.StartAsync(Cancellation);
            await Running.StartAsync(Cancellation);
            await Main.StartAsync(Cancellation);
            await Arms.TakeAsync(Running.Current.Running);
        }

        public void Dispose()
        {
            Arms.Dispose();
            Main.Dispose();
            Serving.StopAsync(default).GetAwaiter().GetResult();
            Serving.Dispose();
            Live.Dispose();
            Changes.Dispose();
        }
    }

#pragma warning disable CA1852 // a proxy derives from it
    /// <summary>A store that tells when it is asked.</summary>
    private class Watched : DispatchProxy
    {
        public IStore? Store { get; set; }

        public Action? Asked { get; set; }

        protected override object? Invoke(MethodInfo? method, object?[]? arguments)
        {
            Asked?.Invoke();
            return method!.Invoke(Store, arguments);
        }
    }
#pragma warning restore CA1852
}
