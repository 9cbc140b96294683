using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.ServerTests.Live;

/// <summary>What happened since the snapshot changes the next answer.</summary>
public sealed class LiveRecommenderTests
{
    // tea and cake go together, and ham and bread; jam goes with both
    private static readonly string[] Histories =
        ["ann: tea cake jam", "bob: tea cake", "cid: tea cake", "dan: ham bread jam", "eve: ham bread", "fay: ham bread"];

    [Fact]
    public async Task An_event_is_in_the_next_answer()
    {
        await using var shop = await LiveShop.With(null, Histories);
        var before = shop.Answer("gus");
        Assert.Equal("unknown user", before.Reason);
        await shop.Write(shop.Event("gus", "tea"));
        var after = shop.Answer("gus");
        Assert.Equal("model", after.Source);
        Assert.Equal("cake", after.Items[0].ItemId);
        Assert.True(after.IsKnownUser);
        Assert.DoesNotContain(after.Items, item => item.ItemId == "tea");
        Assert.Empty(after.UnknownItems);
        Assert.NotNull(after.RequestId);
    }

    [Fact]
    public async Task The_tail_continues_the_stored_history()
    {
        await using var shop = await LiveShop.With(null, Histories);
        Assert.Equal("jam", shop.Ask("bob", 1));
        await shop.Write(shop.Event("bob", "jam"), shop.Event("bob", "ham"));
        Assert.Equal("bread", shop.Ask("bob", 1));
    }

    [Fact]
    public async Task A_late_event_takes_its_place_in_time()
    {
        await using var shop = await LiveShop.With(null, Histories);
        var learned = shop.Clock.Now;
        await shop.Write(shop.Event("ann", "ham"), shop.Event("ann", "bread") with { Time = learned.AddSeconds(-12.5) });
        using var view = shop.State.Acquire();
        Assert.True(view.Tail.TryGet("ann", out var events) && view.Knows("ann", out _));
        var data = view.Served.Interactions;
        Assert.True(data.Users.TryGetIndex("ann", out int user));
        var query = UserHistory.From(view, data, user, false, events, [], new(), shop.Clock.Now).Stored;
        // ann's own events are 13, 12 and 11 seconds before the last one that was learned
        Assert.Equal("tea bread cake jam ham", string.Join(' ', query.History.ToArray().Select(data.Items.Id)));
        Assert.Equal(query.Times.ToArray().Order(), query.Times.ToArray());
        Assert.True(query.IsUserOutdated);
    }

    [Fact]
    public async Task Events_of_other_servers_are_found_in_the_store()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Store.Events.AppendAsync([shop.Event("gus", "tea")], LiveShop.Cancellation);
        Assert.Equal("unknown user", shop.Answer("gus").Reason);
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.Equal("cake", shop.Ask("gus", 1));
        // one's own event behind a gap counts at once, and the gap is read
        await shop.Store.Events.AppendAsync([shop.Event("hal", "ham")], LiveShop.Cancellation);
        await shop.Write(shop.Event("ida", "ham"));
        Assert.Equal("bread", shop.Ask("ida", 1));
        Assert.Equal("unknown user", shop.Answer("hal").Reason);
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.Equal("bread", shop.Ask("hal", 1));
        Assert.Equal(await shop.Store.Events.LastSequenceAsync(LiveShop.Cancellation), shop.State.Position);
    }

    [Fact]
    public async Task A_hidden_item_is_gone_and_comes_back()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Write(shop.Event("gus", "tea"));
        Assert.Contains("cake", shop.Ask("gus"), StringComparison.Ordinal);
        await shop.Change(store => store.Items.PutAsync([new("cake", Hidden: true)]));
        Assert.DoesNotContain("cake", shop.Ask("gus"), StringComparison.Ordinal);
        Assert.DoesNotContain("cake", shop.Ask("nobody"), StringComparison.Ordinal);
        var similar = shop.Recommender.SimilarItems(new() { ItemId = "tea" }, LiveShop.Cancellation);
        Assert.DoesNotContain(similar.Items, item => item.ItemId == "cake");
        await shop.Change(store => store.Items.PutAsync([new("cake")]));
        Assert.Contains("cake", shop.Ask("gus"), StringComparison.Ordinal);
        await shop.Change(store => store.Items.DeleteAsync("cake"));
        Assert.DoesNotContain("cake", shop.Ask("gus"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_hidden_or_deleted_before_the_start_is_not_recommended()
    {
        await using var shop = await LiveShop.Open();
        foreach (string line in Histories)
            foreach (string item in line.Split(": ")[1].Split(' '))
                await shop.Store.Events.AppendAsync([shop.Event(line.Split(": ")[0], item)], LiveShop.Cancellation);
        await shop.Train();
        await shop.Store.Items.PutAsync([new("cake", Hidden: true), new("jam")], LiveShop.Cancellation);
        await shop.Store.Items.DeleteAsync("jam", LiveShop.Cancellation);
        await shop.State.StartAsync(LiveShop.Cancellation);
        Assert.Equal("ham bread", string.Join(' ', shop.Ask("bob").Split(' ').Order().Reverse()));
    }

    [Fact]
    public async Task An_anonymous_history_moves_to_the_user()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Write(shop.Event("x", "tea") with { UserId = null, SessionId = "s1" });
        Assert.Equal("cake", shop.Ask("s1", 1));
        await shop.Change(store => store.Events.MergeAsync("s1", "gus"));
        Assert.Equal("unknown user", shop.Answer("s1").Reason);
        Assert.Equal("cake", shop.Ask("gus", 1));
    }

    [Fact]
    public async Task A_removed_event_is_gone_even_if_the_snapshot_learned_it()
    {
        await using var shop = await LiveShop.With(null, Histories);
        var events = await shop.Store.Events.HistoryAsync("ann", 10, cancellationToken: LiveShop.Cancellation);
        Assert.DoesNotContain("tea", shop.Ask("ann"), StringComparison.Ordinal);
        await shop.Change(store => store.Events.RemoveAsync([events[0].Id]));
        Assert.Contains("tea", shop.Ask("ann"), StringComparison.Ordinal);
        Assert.DoesNotContain("cake", shop.Ask("ann"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forgotten_user_is_nobody_and_may_come_back()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Write(shop.Event("ann", "ham"));
        await shop.Change(store => store.ForgetAsync(SubjectKind.User, "ann"));
        var answer = shop.Answer("ann");
        Assert.Equal(shop.Ask("nobody"), shop.Ask("ann"));
        Assert.Equal("unknown user", answer.Reason);
        Assert.False(answer.IsKnownUser);
        await shop.Write(shop.Event("ann", "ham"));
        Assert.Equal("bread", shop.Ask("ann", 1));
        Assert.Contains("tea", shop.Ask("ann"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forgotten_item_is_not_recommended()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Change(store => store.ForgetAsync(SubjectKind.Item, "jam"));
        Assert.DoesNotContain("jam", shop.Ask("bob"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Negative_types_say_what_a_user_does_not_want()
    {
        await using var shop = await LiveShop.With(null, Histories);
        var settings = new EventSettings { Negative = ["dislike"], Weights = new Dictionary<string, double> { ["glance"] = .001 } };
        await shop.Change(store => store.Settings.SetAsync(EventSettings.Name, settings.ToJson()));
        await shop.Write(shop.Event("gus", "tea"), shop.Event("gus", "cake", "dislike"), shop.Event("gus", "ham", "glance"));
        string[] items = shop.Ask("gus").Split(' ');
        Assert.DoesNotContain("cake", items);
        Assert.Equal("jam", items[0]);
        Assert.DoesNotContain("ham", items);
        // also once a snapshot has learned up to there
        await shop.Train();
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.DoesNotContain("cake", shop.Ask("gus"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_takes_over_what_it_has_learned_and_keeps_the_rest_of_the_tail()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Write(shop.Event("gus", "tea"));
        string old = shop.Answer("gus").Snapshot;
        await shop.Train();
        await shop.Write(shop.Event("gus", "ham"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        var answer = shop.Answer("gus");
        Assert.NotEqual(old, answer.Snapshot);
        Assert.DoesNotContain(answer.Items, item => item.ItemId is "tea" or "ham");
        using var view = shop.State.Acquire();
        Assert.Equal(1, view.Tail.Events);
    }
}
