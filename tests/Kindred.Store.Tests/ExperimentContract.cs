namespace Kindred.Store.Tests;

/// <summary>What holds in any store for who took part in experiments.</summary>
public abstract class ExperimentContract(StoreHome home)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Another one each time.</summary>
    private static string Writer => Guid.NewGuid().ToString();

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
        await store.Experiments.AddAsync(Writer, 1, [Of("ann", 0, 9, 1), Of("bob", 0, 5, 1), Of("ann", 1, 0, 4)], Token);
        var first = await store.Experiments.AfterAsync("ranker", 0, 2, Token);
        Assert.Equal([Of("ann", 0, 9, 1) with { Number = 1 }, Of("bob", 0, 5, 1) with { Number = 2 }], first);
        await store.Experiments.AddAsync(Writer, 1, [Of("ann", 0, 3, 2)], Token);
        await store.Experiments.AddAsync(Writer, 1, [], Token);
        var next = await store.Experiments.AfterAsync("ranker", first[^1].Number, 10, Token);
        Assert.Equal(
            [
                Of("ann", 1, 0, 4) with { Number = 3 },
                Of("ann", 0, 3, 3) with { Empty = 2, Failed = 4, Number = 4 }, // the earlier of the two came later
            ], next);
        await store.Experiments.AddAsync(Writer, 1, [Of("ann", 0, 7, 1) with { Arm = "control" }], Token);
        Assert.Equal("control", Assert.Single(await store.Experiments.AfterAsync("ranker", next[^1].Number, 10, Token)).Arm);
    }

    [Fact]
    public async Task Servers_that_write_at_once_lose_nothing()
    {
        await using var store = await home.NewStoreAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(
            server => store.Experiments.AddAsync(Writer, 1, [Of("ann", 0, server, 1)], Token)));
        var sum = Assert.Single(await store.Experiments.AfterAsync("ranker", 0, 10, Token));
        Assert.Equal((8L, 20.0, 8L, DateTimeOffset.UnixEpoch), (sum.Answers, sum.Latency, sum.Number, sum.First));
    }

    [Fact]
    public async Task A_batch_whose_answer_was_lost_is_sent_again_and_added_once()
    {
        await using var store = await home.NewStoreAsync();
        await store.Experiments.AddAsync("one", 1, [Of("ann", 0, 9, 1)], Token);
        await store.Experiments.AddAsync("one", 1, [Of("ann", 0, 9, 1)], Token);
        await store.Experiments.AddAsync("two", 1, [Of("ann", 0, 9, 1)], Token);
        await store.Experiments.AddAsync("one", 2, [Of("ann", 0, 9, 1)], Token);
        Assert.Equal(3, Assert.Single(await store.Experiments.AfterAsync("ranker", 0, 10, Token)).Answers);
    }

    [Fact]
    public async Task Rows_are_those_of_the_experiment_that_is_asked_for()
    {
        await using var store = await home.NewStoreAsync();
        await store.Experiments.AddAsync(
            Writer, 1, [Of("ann", 0, 9, 1), Of("ann", 0, 9, 2) with { Experiment = "other" }, Of("bob", 0, 9, 1)], Token);
        Assert.Equal(["ann", "bob"], (await store.Experiments.AfterAsync("ranker", 0, 10, Token)).Select(row => row.Unit));
        Assert.Equal(2, Assert.Single(await store.Experiments.AfterAsync("other", 0, 10, Token)).Answers);
    }

    [Fact]
    public async Task What_a_session_took_part_in_is_the_users_after_they_signed_in()
    {
        await using var store = await home.NewStoreAsync();
        await store.Experiments.AddAsync(
            Writer, 1, [Of("s1", 0, 9, 1), Of("s1", 1, 0, 4), Of("s2", 0, 0, 1), Of("ann", 0, 20, 2), Of("s1", 0, 0, 1) with { Arm = "b" }],
            Token);
        await store.Experiments.CreditAsync("ranker", [new("e1", "s1", "new", true, DateTimeOffset.UnixEpoch)], Token);
        Assert.Equal(0, await store.Events.MergeAsync("s1", "ann", Token)); // it had no event
        Assert.Equal([new(1, ChangeKind.History, "s1")], await store.ChangesAsync(0, 10, Token)); // sums of it are out of date
        var rows = await store.Experiments.AfterAsync("ranker", 0, 10, Token);
        Assert.Equal(
            [
                Of("s2", 0, 0, 1) with { Number = 3 },
                Of("ann", 0, 9, 3) with { Empty = 2, Failed = 4, HasJoined = true, Number = 6 },
                Of("ann", 1, 0, 4) with { HasJoined = true, Number = 7 },
                Of("ann", 0, 0, 1) with { Arm = "b", HasJoined = true, Number = 8 },
            ], rows);
        Assert.Equal(0, await store.Events.MergeAsync("s1", "ann", Token));
        Assert.Equal(0, await store.Events.MergeAsync("ann", "ann", Token)); // a session that is called like the user
        Assert.Equal(rows, await store.Experiments.AfterAsync("ranker", 0, 10, Token));
        await store.Experiments.AddAsync(Writer, 1, [Of("ann", 0, 30, 1)], Token);
        Assert.Equal(Of("ann", 0, 9, 4) with { Empty = 3, Failed = 6, HasJoined = true, Number = 9 },
            Assert.Single(await store.Experiments.AfterAsync("ranker", 8, 10, Token)));
    }

    [Fact]
    public async Task An_event_is_credited_once_whoever_credits_it()
    {
        await using var store = await home.NewStoreAsync();
        await store.Events.AppendAsync(
            [.. new[] { "e1", "e2", "e3" }.Select(id => new NewEvent("click", "tea") { UserId = "ann", Id = id })], Token);
        CreditedEvent Credit(string id, string arm, bool isDirect, int second) =>
            new(id, "ann", arm, isDirect, DateTimeOffset.UnixEpoch.AddSeconds(second));
        await store.Experiments.CreditAsync("order", [Credit("e1", "a", true, 1), Credit("e2", "a", false, 5)], Token);
        await store.Experiments.CreditAsync("order", [Credit("e1", "b", false, 9), Credit("e2", "b", false, 7), Credit("e3", "b", true, 0)],
            Token);
        await store.Experiments.CreditAsync("order", [Credit("e3", "b", true, 0)], Token);
        Assert.Equal([new("ann", "a", 1), new("ann", "b", 2)], await store.Experiments.CreditsAsync("order", Token));
        await store.Events.RemoveAsync(["e3"], Token);
        Assert.Equal([new("ann", "a", 1), new("ann", "b", 1)], await store.Experiments.CreditsAsync("order", Token));
        await store.ForgetAsync(SubjectKind.User, "ann", Token);
        await store.Experiments.CreditAsync("order", [Credit("e1", "a", true, 1)], Token);
        Assert.Empty(await store.Experiments.CreditsAsync("order", Token));
    }

    [Fact]
    public async Task The_first_report_is_kept_and_rows_are_removed_little_by_little()
    {
        await using var store = await home.NewStoreAsync();
        await store.Experiments.AddAsync(Writer, 1,
            [Of("ann", 0, 9, 1), Of("bob", 0, 9, 1), Of("cid", 0, 9, 1), Of("ann", 0, 9, 1) with { Experiment = "other" }], Token);
        Assert.Null(await store.Experiments.KeptReportAsync("ranker", Token));
        await store.Experiments.KeepReportAsync("ranker", "{}", Token);
        await store.Experiments.KeepReportAsync("ranker", "[]", Token);
        Assert.Equal("{}", await store.Experiments.KeptReportAsync("ranker", Token));
        Assert.Equal(2, await store.Experiments.RemoveAsync("ranker", 2, Token));
        Assert.Equal("cid", Assert.Single(await store.Experiments.AfterAsync("ranker", 0, 10, Token)).Unit);
        Assert.Equal(1, await store.Experiments.RemoveAsync("ranker", 2, Token));
        Assert.Equal(0, await store.Experiments.RemoveAsync("ranker", 2, Token));
        Assert.Single(await store.Experiments.AfterAsync("other", 0, 10, Token));
    }
}
