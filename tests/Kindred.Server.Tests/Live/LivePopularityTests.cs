using Kindred.Models;
using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.ServerTests.Live;

/// <summary>Popularity that is served counts until now, as if it had been trained on all events.</summary>
public sealed class LivePopularityTests
{
    [Theory, InlineData(0), InlineData(.5), InlineData(.01)]
    public async Task It_counts_as_if_trained_on_all_events(double halfLifeDays)
    {
        var random = new Random(5);
        var trainer = new Popularity { HalfLifeDays = halfLifeDays };
        await using var shop = await LiveShop.Open();
        NewEvent Some(string type)
        {
            shop.Clock.Now += TimeSpan.FromHours(1);
            var time = shop.Clock.Now.AddMinutes(random.Next(-300, 1));
            return new(type, $"i{random.Next(8)}") { UserId = $"u{random.Next(12)}", Time = time };
        }
        await shop.Store.Settings.SetAsync(
            EventSettings.Name, new EventSettings { Negative = ["dislike"] }.ToJson(), cancellationToken: LiveShop.Cancellation);
        await shop.Store.Events.AppendAsync([.. Enumerable.Range(0, 60).Select(_ => Some("view"))], LiveShop.Cancellation);
        await shop.Renew(trainer);
        await shop.Write([.. Enumerable.Range(0, 20).Select(_ => Some("view"))]);
        await shop.State.StartAsync(LiveShop.Cancellation);
        for (int n = 0; n < 40; n++) await shop.Write(Some(n % 4 == 0 ? "dislike" : "view"));
        await shop.Write(shop.Event("u1", "new"), shop.Event("u2", "new"));
        await shop.State.SettleAsync(LiveShop.Cancellation);

        var all = await shop.Store.Events.AfterAsync(0, 1_000, LiveShop.Cancellation);
        var data = Interactions.FromEvents(all.Where(e => e.Type == "view"), e => (e.Owner, e.ItemId, e.Time));
        var expected = new float[data.Items.Count];
        trainer.Train(data, new()).Score(new(-1, default), expected);
        var answer = shop.Answer("nobody", 20).Items;
        Assert.Equal(data.Items.Count, answer.Count);
        Assert.True(data.Items.TryGetIndex(answer[0].ItemId, out int best));
        foreach (var item in answer)
        {
            Assert.True(data.Items.TryGetIndex(item.ItemId, out int index));
            Assert.Equal(expected[index] / expected[best], item.Score / answer[0].Score, 1e-4 * expected[index] / expected[best]);
        }
    }

    [Fact]
    public async Task It_stays_so_when_another_snapshot_takes_over()
    {
        await using var shop = await LiveShop.With(new Popularity(), "ann: tea cake", "bob: tea cake", "cid: cake", "dan: jam");
        Assert.Equal("cake tea jam", shop.Ask("nobody"));
        await shop.Write(shop.Event("eve", "jam"), shop.Event("fay", "jam"), shop.Event("gus", "jam"), shop.Event("gus", "jam"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.Equal("jam cake tea", shop.Ask("nobody"));
        Assert.Equal(4, shop.Answer("nobody").Items[0].Score);
        await shop.Renew(new Popularity());
        await shop.Write(shop.Event("hal", "tea"), shop.Event("dan", "jam"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.Equal([("jam", 4f), ("cake", 3f), ("tea", 3f)],
            shop.Answer("nobody").Items.Select(item => (item.ItemId, item.Score)).OrderBy(item => -item.Score).ThenBy(item => item.ItemId));
        await shop.Write(shop.Event("hal", "jam"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.Equal(5, shop.Answer("nobody").Items[0].Score);
    }

    /// <summary>Events removed, users forgotten and sessions given to users: at once it counts what the store still has, and so does a
    /// server that takes the snapshot afterwards.</summary>
    [Theory, InlineData(0), InlineData(.5)]
    public async Task What_is_removed_no_longer_counts(double halfLifeDays)
    {
        var random = new Random(7);
        var trainer = new Popularity { HalfLifeDays = halfLifeDays };
        await using var shop = await LiveShop.Open();
        NewEvent Some(int items = 8)
        {
            shop.Clock.Now += TimeSpan.FromHours(1);
            string owner = $"u{random.Next(12)}";
            var made = new NewEvent("view", $"i{random.Next(items)}") { Time = shop.Clock.Now };
            return random.Next(3) == 0 ? made with { SessionId = owner + "-anonymous" } : made with { UserId = owner };
        }
        await shop.Store.Events.AppendAsync([.. Enumerable.Range(0, 80).Select(_ => Some())], LiveShop.Cancellation);
        await shop.Renew(trainer);
        await shop.State.StartAsync(LiveShop.Cancellation);
        for (int round = 0; round < 12; round++)
        {
            for (int n = 0; n < 6; n++) await shop.Write(Some(items: 10)); // some of them are new
            var stored = await shop.Store.Events.AfterAsync(0, 1_000, LiveShop.Cancellation);
            var one = stored[random.Next(stored.Count)];
            await shop.Change(store => (round % 3) switch
            {
                0 => store.Events.RemoveAsync([one.Id], LiveShop.Cancellation),
                1 => store.Events.MergeAsync($"u{round}-anonymous", $"u{random.Next(12)}", LiveShop.Cancellation),
                _ => store.ForgetAsync(SubjectKind.User, one.Owner, LiveShop.Cancellation),
            });
            await CountsWhatIsStored(shop, shop.Recommender, trainer);
        }
        using var another = await shop.Start();
        await CountsWhatIsStored(shop, new(another, shop.Clock), trainer);
    }

    /// <summary>An item that was forgotten and comes back begins anew.</summary>
    [Fact]
    public async Task An_item_that_comes_back_has_lost_its_count()
    {
        await using var shop = await LiveShop.With(new Popularity(), "ann: tea cake", "bob: tea cake", "cid: tea");
        Assert.Equal("tea cake", shop.Ask("nobody"));
        await shop.Change(store => store.ForgetAsync(SubjectKind.Item, "tea", LiveShop.Cancellation));
        Assert.Equal("cake", shop.Ask("nobody"));
        await shop.Change(store => store.Items.PutAsync([new("tea")], LiveShop.Cancellation));
        await shop.Write(shop.Event("ann", "tea"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.Equal([("cake", 2f), ("tea", 1f)], shop.Answer("nobody").Items.Select(item => (item.ItemId, item.Score)));
    }

    /// <summary>Items in the proportions that a training on all that is stored would give.</summary>
    private static async Task CountsWhatIsStored(LiveShop shop, LiveRecommender recommender, Popularity trainer)
    {
        var all = await shop.Store.Events.AfterAsync(0, 1_000, LiveShop.Cancellation);
        var data = Interactions.FromEvents(all, e => (e.Owner, e.ItemId, e.Time));
        var expected = new float[data.Items.Count];
        trainer.Train(data, new()).Score(new(-1, default), expected);
        var answer = recommender.Recommend(new() { UserId = "nobody", Count = 20 }, LiveShop.Cancellation).Items;
        Assert.True(data.Items.TryGetIndex(answer[0].ItemId, out int best));
        Assert.Subset(answer.Where(item => item.Score > 1e-20).Select(item => item.ItemId).ToHashSet(),
            Enumerable.Range(0, data.Items.Count).Select(data.Items.Id).ToHashSet());
        foreach (var item in answer)
        {
            double share = data.Items.TryGetIndex(item.ItemId, out int index) ? expected[index] / expected[best] : 0;
            Assert.Equal(share, item.Score / answer[0].Score, 1e-4 * Math.Max(share, 1e-6));
        }
    }
}
