using Kindred.Models;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Store;

namespace Kindred.ServerTests.Renewal;

/// <summary>Changes of who is answered by what, where something else goes wrong: without a server.</summary>
public sealed class CanaryTrafficTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_served_is_known_although_a_newer_server_wrote_the_experiments()
    {
        await using var shop = await CanaryShop.Open();
        await shop.Store.Settings.SetAsync(ExperimentList.Name, """{"experiments":[],"later":1}""", cancellationToken: Cancellation);
        Assert.Equal(shop.Snapshots[0], (await shop.Shelf.ServedAsync(Cancellation)).Snapshot);
        await Assert.ThrowsAsync<InputException>(() => shop.Shelf.TrafficAsync(Cancellation)); // it does not change what it cannot read
    }

    [Fact]
    public async Task A_rollback_succeeds_though_records_cannot_be_written_and_is_not_made_twice()
    {
        await using var shop = await CanaryShop.Open();
        var warnings = new List<string>();
        var shelf = new SnapshotShelf(shop.Folder, shop.Store, TrainerCatalog.Default, shop.Clock, warnings.Add);
        await shelf.PromoteAsync(shop.Snapshots[1], "kim", cancellation: Cancellation);
        var canary = await shop.StartCanary(2);
        foreach (string id in shop.Snapshots[1..])
            await File.WriteAllTextAsync(Path.Combine(shelf.PathOf(id), Promotion.FileName), "{", Cancellation);
        Assert.Equal(shop.Snapshots[0], (await shelf.RollBackAsync("kim", cancellation: Cancellation)).Snapshot);
        Assert.Equal(ExperimentState.Stopped, (await shop.Registry.GetAsync(canary.Name, Cancellation)).State);
        Assert.All(shop.Snapshots[1..], id => Assert.Single(warnings, sentence =>
            sentence.StartsWith($"What happened to {id} cannot be kept in its promotion.json: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_canary_is_promoted_though_no_record_can_be_written()
    {
        await using var shop = await CanaryShop.Open();
        var canary = await shop.StartCanary(1);
        foreach (string id in shop.Snapshots)
            await File.WriteAllTextAsync(Path.Combine(shop.Shelf.PathOf(id), Promotion.FileName), "{", Cancellation);
        Assert.Null(shop.Shelf.ProblemOf(shop.Snapshots[1]));
        await shop.Shelf.PromoteCanaryAsync(canary, Outcome.Passed, "Fine.", Cancellation);
        Assert.Equal(shop.Snapshots[1], (await shop.Shelf.ServedAsync(Cancellation)).Snapshot);
        Directory.Delete(shop.Shelf.PathOf(shop.Snapshots[2]), recursive: true);
        Assert.NotNull(shop.Shelf.ProblemOf(shop.Snapshots[2]));
    }

    [Fact]
    public async Task A_server_that_still_sees_it_run_does_not_take_back_what_it_came_to()
    {
        await using var shop = await CanaryShop.Open();
        var running = await shop.StartCanary(1);
        shop.Clock.Now += TimeSpan.FromDays(1);
        await shop.Registry.StopAsync(running.Name, CanaryStep.Guardrails, "Clicks are gone.", Outcome.Failed, Cancellation);
        shop.Shelf.RecordCanaries(new([running]));
        Assert.Equal((Outcome.Failed, "Canary: Clicks are gone."), (shop.Record(1).Verdict, shop.Record(1).Reason));
        Assert.Equal(["canary started", "rejected"], shop.Record(1).Steps.Select(step => step.Action));
    }

    /// <summary>Ids of users are in the rows of units: who drops the experiment from the list would leave them there.</summary>
    [Fact]
    public async Task Only_old_canaries_of_which_nothing_but_the_report_is_left_are_dropped()
    {
        await using var shop = await CanaryShop.Open();
        var canary = await shop.StartCanary(1);
        await shop.Registry.StopAsync(canary.Name, "kim", null, Outcome.NeedsPerson, Cancellation);
        var stopped = await shop.Registry.GetAsync(canary.Name, Cancellation);
        LiveExperiment[] old =
        [
            .. Enumerable.Range(0, 23).Select(n => stopped with
            {
                Setup = stopped.Setup with { Experiment = stopped.Setup.Experiment with { Name = $"canary-9{n:D2}" } },
                CreatedAt = stopped.CreatedAt.AddDays(-n),
            }),
        ];
        await shop.Store.Settings.SetAsync(ExperimentList.Name, new ExperimentList(old).ToJson(), cancellationToken: Cancellation);
        foreach (string name in (string[])["canary-921", "canary-922"])
            await shop.Store.Experiments.AddAsync(name, 1, [new(name, "ann", "canary", 0, shop.Clock.Now)], Cancellation);
        foreach (string name in (string[])["canary-900", "canary-921", "canary-922"])
            await shop.Store.Experiments.KeepReportAsync(name, "{}", Cancellation);
        await shop.Store.Experiments.RemoveAsync("canary-922", 10, Cancellation);
        await shop.StartCanary(2);
        var list = (await shop.Registry.ListAsync(Cancellation)).Select(experiment => experiment.Name);
        Assert.Equal(["canary-922"], old.Select(experiment => experiment.Name).Except(list)); // 920 has no report, 921 a row
    }
}
