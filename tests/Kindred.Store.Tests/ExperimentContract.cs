namespace Kindred.Store.Tests;

/// <summary>What holds in any store for who took part in experiments.</summary>
public abstract class ExperimentContract(StoreHome home)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ExposedUnit Of(string unit, int day, int second, long answers) =>
        new("ranker", unit, "new", day, DateTimeOffset.UnixEpoch.AddDays(day).AddSeconds(second))
        {
            Answers = answers,
            Empty = 1,
            Failed = 2,
            Latency = 2.5 * answers,
        };

    [Fact]
    public async Task Sums_of_several_servers_are_added_up_and_read_on_from_the_last_one()
    {
        await using var store = await home.NewStoreAsync();
        await store.Experiments.AddAsync([Of("ann", 0, 9, 1), Of("bob", 0, 5, 1), Of("ann", 1, 0, 4)], Token);
        var first = await store.Experiments.AfterAsync(0, 2, Token);
        Assert.Equal([Of("ann", 0, 9, 1) with { Number = 1 }, Of("bob", 0, 5, 1) with { Number = 2 }], first);
        await store.Experiments.AddAsync([Of("ann", 0, 3, 2)], Token);
        await store.Experiments.AddAsync([], Token);
        var next = await store.Experiments.AfterAsync(first[^1].Number, 10, Token);
        Assert.Equal(
            [
                Of("ann", 1, 0, 4) with { Number = 3 },
                Of("ann", 0, 3, 3) with { Empty = 2, Failed = 4, Number = 4 }, // the earlier of the two came later
            ], next);
        await store.Experiments.AddAsync([Of("ann", 0, 7, 1) with { Arm = "control" }], Token);
        Assert.Equal("control", Assert.Single(await store.Experiments.AfterAsync(next[^1].Number, 10, Token)).Arm);
    }

    [Fact]
    public async Task Servers_that_write_at_once_lose_nothing()
    {
        await using var store = await home.NewStoreAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(server => store.Experiments.AddAsync([Of("ann", 0, server, 1)], Token)));
        var sum = Assert.Single(await store.Experiments.AfterAsync(0, 10, Token));
        Assert.Equal((8L, 20.0, 8L, DateTimeOffset.UnixEpoch), (sum.Answers, sum.Latency, sum.Number, sum.First));
    }
}
