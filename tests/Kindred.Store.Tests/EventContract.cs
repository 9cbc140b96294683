namespace Kindred.Store.Tests;

/// <summary>What holds for events in any store.</summary>
public abstract class EventContract(StoreHome home)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static DateTimeOffset Second(double second) => DateTimeOffset.UnixEpoch.AddSeconds(second);

    private static NewEvent View(string? user, string item, double second) => new("view", item) { UserId = user, Time = Second(second) };

    private static AppendOutcome[] Outcomes(IReadOnlyList<AppendResult> results) => [.. results.Select(result => result.Outcome)];

    [Fact]
    public async Task An_event_is_read_as_it_was_sent()
    {
        await using var store = await home.NewStoreAsync();
        var sent = new NewEvent("purchase", "tea")
        {
            Id = "order 7 / ü",
            UserId = "ann",
            SessionId = "s1",
            Value = 0.1,
            Time = Second(1.5),
            RequestId = "r",
            Position = 3,
            Attributes = """{"shop":"Zürich"}""",
        };
        var result = Assert.Single(await store.Events.AppendAsync([sent], Token));
        var stored = Assert.Single(await store.Events.AfterAsync(0, 10, Token));
        Assert.Equal(AppendOutcome.Accepted, result.Outcome);
        Assert.Equal(result.Event, stored);
        Assert.Equal(
            new(1, "order 7 / ü", "purchase", "ann", "s1", "tea", 0.1, Second(1.5), stored.ReceivedAt, "r", 3, """{"shop":"Zürich"}"""),
            stored);
        Assert.Equal([stored], await store.Events.HistoryAsync("ann", 10, cancellationToken: Token));
    }

    [Fact]
    public async Task What_is_not_sent_stays_null_and_the_time_is_that_of_receiving()
    {
        await using var store = await home.NewStoreAsync();
        await store.Events.AppendAsync([new("view", "tea") { SessionId = "s1" }], Token);
        var stored = Assert.Single(await store.Events.HistoryAsync("s1", 10, cancellationToken: Token));
        Assert.Equal(stored.ReceivedAt, stored.Time);
        Assert.Equal((null, null, null, null, null), (stored.UserId, stored.Value, stored.RequestId, stored.Position, stored.Attributes));
        Assert.Matches("^[0-9a-f]{32}$", stored.Id);
    }

    [Fact]
    public async Task Histories_are_in_order_of_time_whenever_events_come()
    {
        await using var store = await home.NewStoreAsync();
        await store.Events.AppendAsync([View("ann", "c", 3), View("bob", "x", 1), View("ann", "a", 1)], Token);
        await store.Events.AppendAsync([View("ann", "b", 2), View("ann", "a2", 1)], Token);
        var all = await store.Events.HistoryAsync("ann", 10, cancellationToken: Token);
        Assert.Equal(["a", "a2", "b", "c"], all.Select(e => e.ItemId));
        var newest = await store.Events.HistoryAsync("ann", 2, cancellationToken: Token);
        Assert.Equal(["b", "c"], newest.Select(e => e.ItemId));
        var page = await store.Events.HistoryAsync("ann", 2, before: newest[0], cancellationToken: Token);
        Assert.Equal(["a", "a2"], page.Select(e => e.ItemId));
        var tail = await store.Events.HistoryAsync("ann", 10, after: 3, cancellationToken: Token);
        Assert.Equal(["a2", "b"], tail.Select(e => e.ItemId));
    }

    [Fact]
    public async Task Sequences_have_no_gap_also_after_duplicates()
    {
        await using var store = await home.NewStoreAsync();
        Assert.Equal(0, await store.Events.LastSequenceAsync(Token));
        await store.Events.AppendAsync([View("ann", "a", 1), View("ann", "a", 1), View("ann", "b", 2)], Token);
        await store.Events.AppendAsync([View("ann", "b", 2)], Token);
        await store.Events.AppendAsync([View("ann", "c", 3)], Token);
        Assert.Equal([1, 2, 3], (await store.Events.AfterAsync(0, 10, Token)).Select(e => e.Sequence));
        Assert.Equal(["b"], (await store.Events.AfterAsync(1, 1, Token)).Select(e => e.ItemId));
        Assert.Equal(3, await store.Events.LastSequenceAsync(Token));
    }

    [Fact]
    public async Task The_same_event_is_a_duplicate_and_another_one_with_its_id_a_conflict()
    {
        await using var store = await home.NewStoreAsync();
        var first = View("ann", "a", 1) with { Id = "1" };
        Assert.Equal([AppendOutcome.Accepted, AppendOutcome.Duplicate, AppendOutcome.Conflict],
            Outcomes(await store.Events.AppendAsync([first, first, first with { ItemId = "b" }], Token)));
        Assert.Equal([AppendOutcome.Duplicate, AppendOutcome.Conflict, AppendOutcome.Accepted],
            Outcomes(await store.Events.AppendAsync([first, first with { Value = 2 }, first with { Id = "2" }], Token)));
        // sent again without a time, at another moment
        var timeless = new NewEvent("view", "a") { UserId = "ann", Id = "3" };
        await store.Events.AppendAsync([timeless], Token);
        Assert.Equal([AppendOutcome.Duplicate], Outcomes(await store.Events.AppendAsync([timeless], Token)));
    }

    [Fact]
    public async Task Without_an_id_any_difference_in_the_content_makes_another_event()
    {
        await using var store = await home.NewStoreAsync();
        var e = new NewEvent("view", "a") { UserId = "ann", SessionId = "s", Value = 1, Time = Second(1) };
        NewEvent[] others =
            [
                e with { Type = "cart" }, e with { ItemId = "b" }, e with { UserId = "anna" }, e with { UserId = null },
                e with { SessionId = null }, e with { Value = null }, e with { Value = 2 }, e with { Time = Second(1.25) },
                e with { UserId = "an", SessionId = "ns" }, e with { UserId = "anns", SessionId = null },
            ];
        foreach (var expected in (AppendOutcome[])[AppendOutcome.Accepted, AppendOutcome.Duplicate])
            Assert.All(Outcomes(await store.Events.AppendAsync([e, .. others], Token)), outcome => Assert.Equal(expected, outcome));
    }

    [Fact]
    public async Task An_id_that_was_made_of_content_identifies_the_event_again()
    {
        await using var store = await home.NewStoreAsync();
        var e = View("ann", "a", 1);
        string made = (await store.Events.AppendAsync([e], Token))[0].Event!.Id;
        await using var other = await home.NewStoreAsync();
        Assert.Equal([AppendOutcome.Accepted, AppendOutcome.Duplicate],
            Outcomes(await other.Events.AppendAsync([e with { Id = made }, e], Token)));
    }

    [Fact]
    public async Task A_batch_with_an_event_that_says_too_little_is_refused_whole()
    {
        await using var store = await home.NewStoreAsync();
        NewEvent[] refused = [new("", "a") { UserId = "u" }, new("view", "") { UserId = "u" }, new("view", "a"), View("", "a", 1)];
        foreach (var bad in refused)
        {
            var error = await Assert.ThrowsAsync<InputException>(() => store.Events.AppendAsync([View("ann", "a", 1), bad], Token));
            Assert.Contains("Event 1 of the batch", error.Message);
        }
        Assert.Empty(await store.Events.AfterAsync(0, 10, Token));
        Assert.Empty(await store.Events.AppendAsync([], Token));
    }

    [Fact]
    public async Task Writers_at_the_same_time_neither_lose_nor_double_events()
    {
        await using var store = await home.NewStoreAsync();
        // every event is sent by two writers
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (int n = 0; n < 20; n++) await store.Events.AppendAsync([View($"u{writer / 2}", $"i{n}", n)], Token);
        }, Token)));
        var events = await store.Events.AfterAsync(0, 1000, Token);
        Assert.Equal(Enumerable.Range(1, 80).Select(n => (long)n), events.Select(e => e.Sequence));
        Assert.Equal(80, events.Select(e => (e.UserId, e.ItemId)).Distinct().Count());
    }
}
