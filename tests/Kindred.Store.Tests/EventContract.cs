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
    public async Task Ids_are_found_by_how_they_begin()
    {
        await using var store = await home.NewStoreAsync();
        string[] ids = [$"ab{new string('0', 30)}", $"ab{new string('f', 30)}", $"ac{new string('0', 30)}", $"aa{new string('f', 30)}"];
        await store.Events.AppendAsync([.. ids.Select((id, n) => View("ann", $"item{n}", n) with { Id = id })], Token);
        Assert.Equal(ids[..2], await store.Events.IdsBeginningWithAsync("ab", 10, Token));
        Assert.Equal(ids[..1], await store.Events.IdsBeginningWithAsync("ab", 1, Token));
        Assert.Equal(ids[2..3], await store.Events.IdsBeginningWithAsync(ids[2], 10, Token));
        Assert.Empty(await store.Events.IdsBeginningWithAsync("ad", 10, Token));
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
    public async Task Events_are_duplicates_when_they_are_given_as_they_are_stored()
    {
        await using var store = await home.NewStoreAsync();
        NewEvent[] events =
            [
                View("ann", "a", 1), View("ann", "b", 2) with { Id = "1" }, new("view", "c") { UserId = "ann" },
                new("view", "d") { UserId = "ann", Id = "2" }, new("view", "e") { SessionId = "s" },
                new("view", "f") { SessionId = "s", Id = "3", Value = .1, RequestId = "r", Position = 4, Attributes = """{"a": 1}""" },
            ];
        await store.Events.AppendAsync(events, Token);
        await store.Events.MergeAsync("s", "bob", Token);
        var again = (await store.Events.AfterAsync(0, 10, Token)).Select(e => new NewEvent(e.Type, e.ItemId)
        {
            Id = e.Id,
            UserId = e.UserId,
            SessionId = e.SessionId,
            Value = e.Value,
            Time = e.Time,
            RequestId = e.RequestId,
            Position = e.Position,
            Attributes = e.Attributes,
        }).ToArray();
        Assert.Equal(events.Length, again.Length);
        Assert.All(Outcomes(await store.Events.AppendAsync(again, Token)), outcome => Assert.Equal(AppendOutcome.Duplicate, outcome));
        Assert.All(Outcomes(await store.Events.AppendAsync([.. again.Select(e => e with { ItemId = "other" })], Token)),
            outcome => Assert.Equal(AppendOutcome.Conflict, outcome));
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
    public async Task Texts_and_numbers_that_a_store_cannot_keep_are_refused()
    {
        await using var store = await home.NewStoreAsync();
        var e = View("ann", "a", 1);
        NewEvent[] refused =
            [
                e with { ItemId = "a\0" }, e with { UserId = "\ud800" }, e with { Type = "x\udc00\ud800" }, e with { Value = double.NaN },
                e with { Value = double.PositiveInfinity },
            ];
        foreach (var bad in refused) await Assert.ThrowsAsync<InputException>(() => store.Events.AppendAsync([bad], Token));
        await store.Events.AppendAsync([e with { ItemId = "\ud83c\udf75 tea", Value = -0.0, Time = Second(-1.5) }], Token);
        var stored = Assert.Single(await store.Events.AfterAsync(0, 10, Token));
        Assert.Equal(("\ud83c\udf75 tea", -0.0, Second(-1.5)), (stored.ItemId, stored.Value, stored.Time));
        await Assert.ThrowsAsync<InputException>(() => store.Items.PutAsync([new("a\0")], Token));
    }

    [Fact]
    public async Task Counts_are_by_type_and_day_and_follow_what_is_removed()
    {
        await using var store = await home.NewStoreAsync();
        const double Day = 86400;
        var removed = View("ann", "x", Day) with { Id = "gone" };
        await store.Events.AppendAsync(
            [View("ann", "a", 0), View("ann", "a", 0), View("bob", "a", Day - 1), removed, View("bob", "b", -1)], Token);
        await store.Events.AppendAsync([View("bob", "c", 5), new("buy", "c") { UserId = "bob", Time = Second(5) }], Token);
        DateOnly first = new(1970, 1, 1);
        EventCount[] others = [new("buy", first, 1), new("view", first.AddDays(-1), 1), new("view", first, 3)];
        Assert.Equal([.. others, new("view", first.AddDays(1), 1)], await store.Events.CountsAsync(Token));
        Assert.Equal(1, await store.Events.RemoveAsync(["gone", "unknown"], Token));
        Assert.Equal(others, await store.Events.CountsAsync(Token));
    }

    [Fact]
    public async Task A_removed_event_is_gone_its_owner_is_told_and_numbers_are_not_used_again()
    {
        await using var store = await home.NewStoreAsync();
        string id = (await store.Events.AppendAsync([View("ann", "a", 1), View("ann", "b", 2)], Token))[1].Event!.Id;
        await store.Events.RemoveAsync([id], Token);
        Assert.Equal(["a"], (await store.Events.HistoryAsync("ann", 10, cancellationToken: Token)).Select(e => e.ItemId));
        Assert.Equal([new(1, ChangeKind.History, "ann")], await store.ChangesAsync(0, 10, Token));
        Assert.Equal(2, await store.Events.LastSequenceAsync(Token));
        Assert.Equal(3, (await store.Events.AppendAsync([View("ann", "b", 2)], Token))[0].Event!.Sequence);
    }

    [Fact]
    public async Task Values_of_events_are_those_of_the_events()
    {
        await using var store = await home.NewStoreAsync();
        await store.Events.AppendAsync(
            [View("ann", "a", 1) with { Value = .5 }, new("buy", "b") { SessionId = "s", Time = Second(-2) }, View("bob", "c", 3)], Token);
        Assert.Equal(
            [new(1, "view", "ann", .5, 1000), new(2, "buy", "s", null, -2000), new(3, "view", "bob", null, 3000)],
            await store.Events.ValuesAfterAsync(0, 9, Token));
        Assert.Equal([2], (await store.Events.ValuesAfterAsync(1, 1, Token)).Select(value => value.Sequence));
    }

    [Fact]
    public async Task An_anonymous_history_joins_that_of_the_user()
    {
        await using var store = await home.NewStoreAsync();
        NewEvent anonymous = new("view", "b") { SessionId = "s1", Time = Second(2), Id = "1" };
        await store.Events.AppendAsync(
            [anonymous, anonymous with { ItemId = "a", Time = Second(1), Id = null }, View("ann", "c", 3), View("s1", "other", 4)], Token);
        // a user who is called like the session keeps their events
        Assert.Equal(2, await store.Events.MergeAsync("s1", "ann", Token));
        Assert.Equal(0, await store.Events.MergeAsync("s1", "ann", Token));
        Assert.Equal(["a", "b", "c"], (await store.Events.HistoryAsync("ann", 10, cancellationToken: Token)).Select(e => e.ItemId));
        Assert.Equal(["other"], (await store.Events.HistoryAsync("s1", 10, cancellationToken: Token)).Select(e => e.ItemId));
        var tail = await store.Events.AfterAsync(4, 10, Token);
        Assert.Equal([(5, "a", "ann", "s1"), (6, "b", "ann", "s1")],
            tail.Select(e => (e.Sequence, e.ItemId, e.UserId, e.SessionId)));
        Assert.Equal(6, await store.Events.LastSequenceAsync(Token));
        Assert.Equal([new(1, ChangeKind.History, "s1")], await store.ChangesAsync(0, 10, Token));
        // what was sent before is known again
        Assert.Equal([AppendOutcome.Duplicate], Outcomes(await store.Events.AppendAsync([anonymous], Token)));
        Assert.Equal(4, (await store.Events.CountsAsync(Token)).Sum(count => count.Events));
    }

    [Fact]
    public async Task Readers_see_each_batch_whole_and_never_miss_a_number_while_writers_write()
    {
        string address = await home.NewAddressAsync();
        await using var store = await Stores.OpenAsync(address, cancellationToken: Token);
        await using var other = await Stores.OpenAsync(address, cancellationToken: Token);
        const int Batches = 40, Size = 5;
        var writers = Enumerable.Range(0, 2).Select(writer => Task.Run(async () =>
        {
            var mine = writer == 0 ? store : other;
            for (int n = 0; n < Batches; n++)
                await mine.Events.AppendAsync([.. Enumerable.Range(0, Size).Select(e => View($"u{writer}", $"i{n}-{e}", n))], Token);
        }, Token)).ToArray();
        long read = 0;
        while (read < 2 * Batches * Size)
        {
            var page = await other.Events.AfterAsync(read, 1000, Token);
            Assert.Equal(Enumerable.Range(1, page.Count).Select(n => read + n), page.Select(e => e.Sequence));
            Assert.Equal(0, page.Count % Size);
            read += page.Count;
            if (page.Count == 0 && writers.Any(writer => writer.IsFaulted)) break;
        }
        await Task.WhenAll(writers);
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
