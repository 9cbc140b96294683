using Kindred.Models;
using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.ServerTests.Live;

/// <summary>What live answers know stays known when another snapshot takes over, and when it cannot.</summary>
public sealed class SnapshotSwapTests
{
    private static readonly string[] Histories =
        ["ann: tea cake jam", "bob: tea cake", "cid: tea cake", "dan: ham bread jam", "eve: ham bread", "fay: ham bread"];

    private static readonly EventSettings Dislikes = new() { Negative = ["dislike"] };

    [Fact]
    public async Task What_a_user_does_not_want_stays_unwanted_after_a_renewal()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Change(store => store.Settings.SetAsync(EventSettings.Name, Dislikes.ToJson()));
        await shop.Write(shop.Event("bob", "ham"));
        Assert.Contains("bread", shop.Ask("bob").Split(' ')); // by now it is in memory what bob does not want
        await shop.Write(shop.Event("bob", "bread", "dislike"));
        Assert.DoesNotContain("bread", shop.Ask("bob").Split(' '));
        await shop.Renew();
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.DoesNotContain("bread", shop.Ask("bob").Split(' '));
        await shop.Write(shop.Event("bob", "bread"));
        await shop.Renew();
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.DoesNotContain("bread", shop.Ask("bob").Split(' ')); // bob had it
        await shop.Write(shop.Event("eve", "tea"));
        Assert.Contains("jam", shop.Ask("eve").Split(' '));
    }

    [Fact]
    public async Task Who_only_said_what_they_do_not_want_is_not_given_that()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Change(store => store.Settings.SetAsync(EventSettings.Name, Dislikes.ToJson()));
        await shop.Write(shop.Event("gus", "tea", "dislike"));
        Assert.DoesNotContain("tea", shop.Ask("gus").Split(' '));
        await shop.Renew();
        await shop.State.SettleAsync(LiveShop.Cancellation);
        using (var view = shop.State.Acquire()) Assert.False(view.Knows("gus", out _));
        Assert.DoesNotContain("tea", shop.Ask("gus").Split(' '));
        Assert.Contains("tea", shop.Ask("hal").Split(' '));
    }

    [Fact]
    public async Task A_late_event_before_a_dislike_does_not_take_it_back()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Change(store => store.Settings.SetAsync(EventSettings.Name, Dislikes.ToJson()));
        await shop.Write(shop.Event("bob", "ham"), shop.Event("bob", "bread", "dislike"));
        var disliked = shop.Clock.Now;
        await shop.Renew();
        await shop.State.SettleAsync(LiveShop.Cancellation);
        await shop.Write(shop.Event("bob", "bread") with { Time = disliked.AddMinutes(-1) });
        using var view = shop.State.Acquire();
        Assert.DoesNotContain("bread", shop.Ask("bob").Split(' '));
        Assert.True(view.Tail.TryGet("bob", out var events) && view.Knows("bob", out _));
        var data = view.Served.Interactions;
        var negatives = await view.Tail.Negatives.OfAsync("bob", shop.Store.Events, Dislikes, 10, LiveShop.Cancellation);
        var state = UserHistory.From(view, data, 0, false, events, negatives, Dislikes, shop.Clock.Now);
        Assert.Equal(["bread"], state.Unwanted.Select(data.Items.Id));
    }

    [Fact]
    public async Task A_snapshot_made_after_a_removal_knows_the_history()
    {
        await using var shop = await LiveShop.With(null, Histories);
        var events = await shop.Store.Events.HistoryAsync("ann", 10, cancellationToken: LiveShop.Cancellation);
        await shop.Change(store => store.Events.RemoveAsync([events[0].Id]));
        using (var before = shop.State.Acquire()) Assert.True(before.Tail.IsOutdated("ann"));
        await shop.Renew();
        await shop.State.SettleAsync(LiveShop.Cancellation);
        using (var after = shop.State.Acquire()) Assert.False(after.Tail.IsOutdated("ann"));
        Assert.Contains("tea", shop.Ask("ann"), StringComparison.Ordinal);
        using var other = await shop.Start();
        using (var view = other.Acquire()) Assert.False(view.Tail.IsOutdated("ann"));
        // a later removal counts for a server that starts then, too
        await shop.Change(store => store.Events.RemoveAsync([events[1].Id]));
        using var another = await shop.Start();
        using (var view = another.Acquire()) Assert.True(view.Tail.IsOutdated("ann"));
        Assert.Contains("cake", shop.Ask("ann"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_catalogue_that_a_snapshot_has_is_not_taken_for_changed()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Change(store => store.Items.PutAsync(
            [new("tea", """{"kind":"drink"}"""), new("cake", """{"kind":"sweet"}""", Hidden: true), new("jam"), new("ham")]));
        await shop.Change(store => store.Items.DeleteAsync("ham"));
        await shop.Renew();
        using var other = await shop.Start();
        using (var view = other.Acquire())
        {
            using var lease = shop.Snapshots.TryAcquire();
            Assert.Same(lease!.Snapshot.ItemCatalog, view.Served.Catalog);
        }
        var recommender = new LiveRecommender(other, shop.Clock);
        string[] items = [.. recommender.Recommend(new() { UserId = "gus" }, LiveShop.Cancellation).Items.Select(item => item.ItemId)];
        Assert.Equal(["bread", "jam", "tea"], items.Order());
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_taken_over_changes_nothing()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Write(shop.Event("gus", "tea"));
        await shop.Change(store => store.ForgetAsync(SubjectKind.User, "ann"));
        string before = shop.Ask("gus"), forgotten = shop.Ask("ann");
        await shop.Renew();
        long version = await shop.Store.LastVersionAsync(LiveShop.Cancellation);
        shop.Failing.IsAway = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => shop.State.PollAsync(LiveShop.Cancellation));
        Assert.Equal(before, shop.Ask("gus"));
        await shop.Write(shop.Event("gus", "ham"));
        Assert.DoesNotContain("ham", shop.Ask("gus").Split(' '));
        await shop.Store.Items.PutAsync([new("bread", Hidden: true)], LiveShop.Cancellation);
        await shop.State.ApplyAsync(await shop.Store.ChangesAsync(version, 10, LiveShop.Cancellation), LiveShop.Cancellation);
        Assert.Equal("unknown user", shop.Answer("ann").Reason);
        Assert.Equal(forgotten.Split(' ').Where(item => item != "bread").Order(), shop.Ask("ann").Split(' ').Order());
        string old = shop.Answer("gus").Snapshot;
        shop.Failing.IsAway = false;
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.NotEqual(old, shop.Answer("gus").Snapshot);
        Assert.DoesNotContain("ham", shop.Ask("gus").Split(' '));
    }

    [Fact]
    public async Task Events_that_come_while_a_snapshot_is_read_are_in_every_answer()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Renew();
        var swap = shop.State.SettleAsync(LiveShop.Cancellation);
        for (int n = 0; n < 200 || !swap.IsCompleted; n++)
        {
            string user = $"u{n}";
            await shop.Write(shop.Event(user, "tea"));
            Assert.DoesNotContain("tea", shop.Ask(user).Split(' '));
        }
        await swap;
        for (int n = 0; n < 200; n++) Assert.DoesNotContain("tea", shop.Ask($"u{n}").Split(' '));
    }

    [Fact]
    public async Task The_newest_events_of_a_user_count_as_many_as_the_setting_says()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Change(store => store.Settings.SetAsync(LiveSettings.Name, """{"historyEvents":2}"""));
        await shop.Renew(); // with the next tail
        await shop.State.SettleAsync(LiveShop.Cancellation);
        await shop.Write(shop.Event("gus", "ham"), shop.Event("gus", "tea"), shop.Event("gus", "jam"));
        using (var view = shop.State.Acquire())
        {
            Assert.True(view.Tail.TryGet("gus", out var events));
            Assert.Equal(["tea", "jam"], events.Select(e => e.ItemId));
        }
        string[] items = shop.Ask("gus").Split(' ');
        Assert.Contains("ham", items);
        Assert.DoesNotContain("tea", items);
        using var other = await shop.Start(); // reads the same from the store
        using (var view = other.Acquire())
        {
            Assert.True(view.Tail.TryGet("gus", out var events));
            Assert.Equal(["tea", "jam"], events.Select(e => e.ItemId));
        }
    }

    [Fact]
    public async Task A_stored_weight_loses_as_much_as_that_of_any_event()
    {
        await using var shop = await LiveShop.Open();
        var settings = new EventSettings { HalfLifeDays = 2 };
        await shop.Store.Settings.SetAsync(EventSettings.Name, settings.ToJson(), cancellationToken: LiveShop.Cancellation);
        await shop.Store.Events.AppendAsync([shop.Event("ann", "tea"), shop.Event("bob", "tea")], LiveShop.Cancellation);
        shop.Clock.Now += TimeSpan.FromDays(1);
        await shop.Store.Events.AppendAsync([shop.Event("ann", "cake")], LiveShop.Cancellation);
        await shop.Renew();
        await shop.State.StartAsync(LiveShop.Cancellation);
        shop.Clock.Now += TimeSpan.FromDays(1);
        await shop.Write(shop.Event("ann", "jam"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        using var view = shop.State.Acquire();
        var data = view.Served.Interactions;
        Assert.True(view.Knows("ann", out int user) & view.Tail.TryGet("ann", out var events));
        var query = UserHistory.From(view, data, user, false, events, [], settings, shop.Clock.Now).Stored;
        var history = await shop.Store.Events.HistoryAsync("ann", 10, cancellationToken: LiveShop.Cancellation);
        for (int n = 0; n < history.Count; n++)
            Assert.Equal(settings.WeightOf("view", history[n].Time, shop.Clock.Now), query.WeightOf(n), 1e-4);
    }
}
