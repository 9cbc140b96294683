using Kindred.Server;
using Kindred.Server.Experiments;
using Kindred.Store;
using Kindred.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kindred.ServerTests.Experiments;

/// <summary>What a server keeps of the units of experiments.</summary>
public sealed class ExposureSumsTests
{
    [Fact]
    public async Task A_user_whom_another_server_forgot_is_dropped()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using var store = await Stores.OpenAsync(folder.File("kindred.db"), new() { Durability = Durability.Os }, token);
        using var changes = new StoreChanges(store, NullLogger<StoreChanges>.Instance);
        await changes.StartAsync(token);
        using var sums = new ExposureSums(store, changes);
        foreach (string unit in (string[])["ann", "bob"]) sums.Trigger("ranker", unit);
        await store.ForgetAsync(SubjectKind.User, "ann", token);
        await store.ForgetAsync(SubjectKind.Item, "bob", token); // an item that is called like a user
        await changes.CatchUpAsync(token);
        Assert.False(sums.IsTriggered("ranker", "ann"));
        Assert.True(sums.IsTriggered("ranker", "bob"));
        await changes.StopAsync(token);
    }

    private static TakenPart Part { get; } = new(
        new(new() { Experiment = new() { Name = "ranker" } }, ExperimentState.Running, DateTimeOffset.UnixEpoch)
        {
            StartedAt = DateTimeOffset.UnixEpoch,
        }, "control", IsForced: false);

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_counted_once()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using var real = await Stores.OpenAsync(folder.File("kindred.db"), new() { Durability = Durability.Os }, token);
        var store = AnswerLost.Of(real);
        using var changes = new StoreChanges(real, NullLogger<StoreChanges>.Instance);
        using var sums = new ExposureSums(store, changes);
        for (int round = 1; round <= 3; round++)
        {
            sums.Add(Part, "ann", DateTimeOffset.UnixEpoch.AddMinutes(1), 5, isEmpty: false, isFailed: false);
            ((AnswerLost)(object)store).Loses = round < 3;
            if (round < 3) await Assert.ThrowsAsync<StoreUnavailableException>(() => sums.FlushAsync(token));
            else await sums.FlushAsync(token);
        }
        Assert.Equal(3, Assert.Single(await real.Experiments.AfterAsync("ranker", 0, 10, token)).Answers);
        await sums.FlushAsync(token);
        Assert.Equal(3, Assert.Single(await real.Experiments.AfterAsync("ranker", 0, 10, token)).Answers);
    }

    [Fact]
    public async Task An_id_that_no_store_keeps_is_counted_and_holds_nobody_up()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using var store = await Stores.OpenAsync(folder.File("kindred.db"), new() { Durability = Durability.Os }, token);
        using var changes = new StoreChanges(store, NullLogger<StoreChanges>.Instance);
        using var sums = new ExposureSums(store, changes);
        foreach (string unit in (string[])["a\0", "ann"])
            sums.Add(Part, unit, DateTimeOffset.UnixEpoch.AddMinutes(1), 5, isEmpty: false, isFailed: false);
        await sums.FlushAsync(token);
        Assert.Equal("ann", Assert.Single(await store.Experiments.AfterAsync("ranker", 0, 10, token)).Unit);
        Assert.Equal(1, sums.Dropped);
    }

    /// <summary>A store that commits what is added, and whose connection is lost then.</summary>
    public class AnswerLost : System.Reflection.DispatchProxy
    {
        private object _real = null!;
        private AnswerLost? _store;

        public bool Loses { get; set; }

        public static IStore Of(IStore real)
        {
            var store = Create<IStore, AnswerLost>();
            ((AnswerLost)(object)store)._real = real;
            return store;
        }

        protected override object? Invoke(System.Reflection.MethodInfo? targetMethod, object?[]? args)
        {
            object? result = targetMethod!.Invoke(_real, args);
            if (result is IExperimentStore experiments)
            {
                var lossy = Create<IExperimentStore, AnswerLost>();
                (((AnswerLost)(object)lossy)._real, ((AnswerLost)(object)lossy)._store) = (experiments, this);
                return lossy;
            }
            return targetMethod.Name == nameof(IExperimentStore.AddAsync) && _store!.Loses ? LoseAsync((Task)result!) : result;
        }

        private static async Task LoseAsync(Task committed)
        {
            await committed;
            throw new StoreUnavailableException("The connection was lost.");
        }
    }
}
