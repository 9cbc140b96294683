using Kindred.Models;
using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.ServerTests.Live;

/// <summary>Items that no snapshot knows are recommended at once, in their place.</summary>
public sealed class NewItemTests
{
    private static readonly string[] Histories =
    [
        "ann: tea cake jam", "bob: tea cake", "cid: tea cake scone", "dan: ham bread jam", "eve: ham bread", "fay: ham bread egg",
        "gus: tea scone", "hal: ham egg",
    ];

    public static TheoryData<string> Models => ["item-knn", "ease", "implicit-als:dimensions=8", "bpr:dimensions=8,epochs=200"];

    [Theory, MemberData(nameof(Models))]
    public async Task A_new_item_is_placed_by_the_users_who_touched_it(string model)
    {
        await using var shop = await LiveShop.With(ModelSpec.Parse(model).Trainer, Histories);
        await shop.Change(store => store.Items.PutAsync([new("muffin", """{"title":"Muffin"}""")]));
        foreach (string user in (string[])["ann", "bob", "cid", "gus"]) await shop.Write(shop.Event(user, "muffin"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        await shop.Write(shop.Event("ida", "tea"), shop.Event("joe", "ham"));
        var sweet = shop.Answer("ida", 3);
        Assert.Contains(sweet.Items, item => item.ItemId == "muffin" && item.Title == "Muffin" && item.Source == "model");
        Assert.DoesNotContain("muffin", shop.Ask("ann"), StringComparison.Ordinal);
        int Rank(string user) => shop.Ask(user, 20).Split(' ').IndexOf("muffin") is >= 0 and int rank ? rank : 20;
        Assert.True(Rank("ida") < Rank("joe"), $"{shop.Ask("ida", 20)} / {shop.Ask("joe", 20)}");
    }

    [Fact]
    public async Task A_new_item_that_nobody_touched_stands_by_its_labels()
    {
        await using var shop = await LiveShop.Open();
        foreach (string line in Histories)
            foreach (string item in line.Split(": ")[1].Split(' '))
                await shop.Store.Events.AppendAsync([shop.Event(line.Split(": ")[0], item)], LiveShop.Cancellation);
        await shop.Train(labels: item => item is "tea" or "cake" or "scone" or "jam" ? "sweet" : "salty");
        await shop.State.StartAsync(LiveShop.Cancellation);
        await shop.Change(store => store.Items.PutAsync([new("muffin", """{"kind":"sweet"}""")]));
        await shop.Write(shop.Event("ida", "tea"), shop.Event("joe", "ham"));
        Assert.Contains("muffin", shop.Ask("ida").Split(' '));
        var filtered = shop.Recommender.Recommend(new() { UserId = "ida", Where = ["kind=sweet"] }, LiveShop.Cancellation);
        Assert.Contains(filtered.Items, item => item.ItemId == "muffin");
        var salty = shop.Recommender.Recommend(new() { UserId = "ida", Where = ["kind=salty"] }, LiveShop.Cancellation);
        Assert.DoesNotContain(salty.Items, item => item.ItemId == "muffin");
        // its attributes change, and the filter with them
        await shop.Change(store => store.Items.PutAsync([new("muffin", """{"kind":"salty"}""")]));
        salty = shop.Recommender.Recommend(new() { UserId = "ida", Where = ["kind=salty"] }, LiveShop.Cancellation);
        Assert.Contains(salty.Items, item => item.ItemId == "muffin");
    }

    [Theory]
    [InlineData("implicit-als:dimensions=8,features=item.*"), InlineData("sampled-softmax:dimensions=8,epochs=100,features=item.*")]
    public async Task A_new_item_that_nobody_touched_stands_by_all_attributes_of_a_model_that_learned_from_them(string model)
    {
        await using var shop = await LiveShop.Open();
        foreach (string line in Histories)
            foreach (string item in line.Split(": ")[1].Split(' '))
                await shop.Store.Events.AppendAsync([shop.Event(line.Split(": ")[0], item)], LiveShop.Cancellation);
        string[] sweet = ["tea", "cake", "scone", "jam"];
        await shop.Train(ModelSpec.Parse(model).Trainer, weights: item => sweet.Contains(item) ? 1 : 9);
        await shop.State.StartAsync(LiveShop.Cancellation);
        await shop.Change(store => store.Items.PutAsync([new("muffin", """{"weight":1}"""), new("pretzel", """{"weight":9}""")]));
        await shop.Write(shop.Event("ida", "tea"), shop.Event("joe", "ham"));
        int Place(string user, string item) => shop.Ask(user, 20).Split(' ').IndexOf(item);
        Assert.True(Place("ida", "muffin") >= 0 && Place("ida", "muffin") < Place("ida", "pretzel"), shop.Ask("ida", 20));
        Assert.True(Place("joe", "pretzel") >= 0 && Place("joe", "pretzel") < Place("joe", "muffin"), shop.Ask("joe", 20));
        var similar = shop.Recommender.SimilarItems(new() { ItemId = "muffin", Count = 2 }, LiveShop.Cancellation);
        Assert.All(similar.Items, item => Assert.Contains(item.ItemId, sweet));
        Assert.Equal(2, similar.Items.Count);
    }

    [Fact]
    public async Task A_new_item_stands_behind_what_is_popular_until_it_is()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Change(store => store.Items.PutAsync([new("muffin"), new("bagel")]));
        string[] items = shop.Ask("nobody").Split(' ');
        Assert.Equal(["muffin", "bagel"], items[^2..].OrderDescending());
        Assert.Equal("popularity", shop.Answer("nobody").Source);
        for (int n = 0; n < 6; n++) await shop.Write(shop.Event($"u{n}", "bagel"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.Equal("bagel", shop.Ask("nobody").Split(' ')[0]);
    }

    [Fact]
    public async Task A_new_item_can_be_hidden_and_needs_no_entry()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Write(shop.Event("ann", "muffin"), shop.Event("bob", "muffin"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        await shop.Write(shop.Event("ida", "tea"));
        Assert.Contains("muffin", shop.Ask("ida").Split(' '));
        await shop.Change(store => store.Items.PutAsync([new("muffin", Hidden: true)]));
        Assert.DoesNotContain("muffin", shop.Ask("ida").Split(' '));
    }

    [Fact]
    public async Task Rules_and_limits_of_a_pipeline_hold_for_new_items()
    {
        const string Config = """
            {
              "sources": [{"kind": "model", "model": "item-knn"}],
              "rerank": [{"kind": "caps", "limits": [{"labels": "kind", "most": 2}]}]
            }
            """;
        await using var shop = await LiveShop.Open();
        foreach (string line in Histories)
            foreach (string item in line.Split(": ")[1].Split(' '))
                await shop.Store.Events.AppendAsync([shop.Event(line.Split(": ")[0], item)], LiveShop.Cancellation);
        await shop.Train(labels: item => item is "tea" or "cake" or "scone" or "jam" ? "sweet" : "salty", pipeline: Config);
        await shop.State.StartAsync(LiveShop.Cancellation);
        await shop.Change(store => store.Items.PutAsync(
            [.. Enumerable.Range(0, 5).Select(n => new CatalogEntry($"muffin{n}", """{"kind":"sweet"}"""))]));
        await shop.Write(shop.Event("ida", "tea"), shop.Event("ida", "muffin3"));
        var answer = shop.Answer("ida");
        Assert.Equal(2, answer.Items.Count(item => item.ItemId is "cake" or "scone" or "jam" || item.ItemId.StartsWith("muffin")));
        Assert.DoesNotContain(answer.Items, item => item.ItemId == "muffin3");
    }

    [Fact]
    public async Task What_an_event_is_the_first_to_name_is_in_the_next_answer_of_all()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Write(shop.Event("ann", "muffin"), shop.Event("bob", "muffin"));
        await shop.State.TakeNewItemsAsync(LiveShop.Cancellation);
        Assert.Contains("muffin", shop.Ask("gus", 20).Split(' '));
        await using var cold = await LiveShop.Open();
        await cold.State.StartAsync(LiveShop.Cancellation);
        await cold.Write(cold.Event("ann", "muffin"));
        await cold.State.TakeNewItemsAsync(LiveShop.Cancellation);
        Assert.Equal(("muffin", ""), (cold.Ask("gus"), cold.Ask("ann")));
    }

    [Theory]
    [InlineData("item-knn"), InlineData("implicit-als:dimensions=8"), InlineData("bpr:dimensions=8,epochs=200")]
    public async Task Items_like_a_new_one_are_those_that_its_users_had_or_that_share_its_labels(string model)
    {
        await using var shop = await LiveShop.Open();
        foreach (string line in Histories)
            foreach (string item in line.Split(": ")[1].Split(' '))
                await shop.Store.Events.AppendAsync([shop.Event(line.Split(": ")[0], item)], LiveShop.Cancellation);
        string[] sweet = ["tea", "cake", "scone", "jam"];
        await shop.Train(ModelSpec.Parse(model).Trainer, labels: item => sweet.Contains(item) ? "sweet" : "salty");
        await shop.State.StartAsync(LiveShop.Cancellation);
        await shop.Change(store => store.Items.PutAsync([new("muffin", """{"kind":"sweet"}"""), new("pretzel"), new("void")]));
        foreach (string user in (string[])["dan", "eve", "fay", "hal"]) await shop.Write(shop.Event(user, "pretzel"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        SimilarItemsAnswer Similar(string item, params string[] where) =>
            shop.Recommender.SimilarItems(new() { ItemId = item, Count = 2, Where = where }, LiveShop.Cancellation);
        Assert.All(Similar("muffin").Items, item => Assert.Contains(item.ItemId, sweet));
        Assert.Equal(2, Similar("muffin").Items.Count);
        Assert.All(Similar("pretzel").Items, item => Assert.DoesNotContain(item.ItemId, sweet[..3]));
        Assert.NotEmpty(Similar("pretzel").Items);
        Assert.All(Similar("pretzel", "kind=sweet").Items, item => Assert.Contains(item.ItemId, sweet));
        var nothing = Similar("void");
        Assert.Equal((0, true, "nothing known about this item"), (nothing.Items.Count, nothing.IsKnownItem, nothing.Reason));
        await shop.Change(store => store.Items.PutAsync([new(Similar("muffin").Items[0].ItemId, Hidden: true)]));
        Assert.All(Similar("muffin").Items, item => Assert.Contains(item.ItemId, sweet));
    }

    [Fact]
    public async Task Before_a_model_no_item_is_like_another()
    {
        await using var shop = await LiveShop.Open();
        await shop.State.StartAsync(LiveShop.Cancellation);
        await shop.Change(store => store.Items.PutAsync([new("tea"), new("jam")]));
        var answer = shop.Recommender.SimilarItems(new() { ItemId = "tea" }, LiveShop.Cancellation);
        Assert.Equal(("none", "no model yet, so no item is like another", false), (answer.Snapshot, answer.Reason, answer.IsSupported));
        Assert.Empty(answer.Items);
        Assert.False(shop.Recommender.SimilarItems(new() { ItemId = "zz" }, LiveShop.Cancellation).IsKnownItem);
    }

    [Fact]
    public async Task Before_a_model_events_count_by_their_weights()
    {
        await using var shop = await LiveShop.Open();
        await shop.State.StartAsync(LiveShop.Cancellation);
        await shop.Change(store => store.Settings.SetAsync(LiveSettings.Name, """{"popularFrom":3}"""));
        await shop.Change(store => store.Settings.SetAsync(
            EventSettings.Name, """{"weights":{"purchase":5},"otherWeight":1}"""));
        await shop.Write(
            shop.Event("ann", "tea"), shop.Event("bob", "tea"), shop.Event("cid", "tea"), shop.Event("dan", "jam", "purchase"),
            shop.Event("eve", "ham"), shop.Event("fay", "ham"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.Equal("jam tea ham", shop.Ask("gus"));
    }

    [Fact]
    public void Before_a_model_memory_grows_with_events_and_not_with_segments_times_items()
    {
        const int Items = 50_000, Segments = 2_000;
        var items = new LiveItems(new([.. Enumerable.Range(0, Items).Select(n => $"i{n}")]), Kindred.Data.Catalog.Empty(Items), null);
        var now = DateTimeOffset.UnixEpoch;
        var events = Enumerable.Range(0, Segments).Select(n => ($"u{n}", new TailEvent(n + 1, now, "view", $"i{n}"), 1.0));
        long before = GC.GetAllocatedBytesForCurrentThread();
        var (pipeline, _) = ColdStart.From(items, events, now, new() { Segment = "city", SegmentFrom = 1 }, owner => owner);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000_000); // 4 bytes for each pair would be 400 MB
        Assert.Equal(10, pipeline.Recommend(new(-1, default), 10).Count);
    }

    [Fact]
    public void Of_new_items_a_bounded_number_of_events_and_users_is_kept()
    {
        var now = DateTimeOffset.UnixEpoch;
        var items = new LiveItems(new(["tea"]), Kindred.Data.Catalog.Empty(1), null);
        for (int n = 0; n < 12_000; n++) Assert.Equal(1, items.Touch("new", $"u{n}", now));
        Assert.Equal((10_000, 500), (items.Events[0].Count, items.Users[0].Count));
        Assert.Equal(0, items.Touch("tea", "ann", now));
        var cold = new LiveItems(new([]), Kindred.Data.Catalog.Empty(0), null);
        for (int n = 0; n < 100; n++) cold.Touch("new", "ann", now);
        Assert.Empty(cold.Events[0]);
    }

    [Fact]
    public async Task Before_a_model_there_are_pinned_and_newest_items_then_popular_ones()
    {
        await using var shop = await LiveShop.Open();
        await shop.State.StartAsync(LiveShop.Cancellation);
        var nothing = shop.Answer("ann");
        Assert.Empty(nothing.Items);
        await shop.Change(store => store.Settings.SetAsync(
            LiveSettings.Name, """{"pinned":["jam"],"popularFrom":3,"segment":"country","segmentFrom":2}"""));
        foreach (string item in (string[])["tea", "cake", "jam", "ham"])
        {
            shop.Clock.Now += TimeSpan.FromMinutes(1);
            await shop.Change(store => store.Items.PutAsync([new(item) { CreatedAt = shop.Clock.Now }]));
        }
        Assert.Equal("jam ham cake tea", shop.Ask("ann"));
        var cold = shop.Answer("ann");
        Assert.Equal(("none", "pinned", "no model yet: newest items until there are 3 events"), (cold.Snapshot, cold.Source, cold.Reason));

        await shop.Change(store => store.Users.PutAsync(
            [.. ((string[])["ann", "bob", "eve"]).Select(user => new CatalogEntry(user, """{"country":"no"}""")),
                new("cid", """{"country":"se"}""")]));
        await shop.Write(shop.Event("bob", "tea"), shop.Event("eve", "tea"), shop.Event("cid", "cake"), shop.Event("dan", "cake"),
            shop.Event("hal", "cake"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.Equal("jam cake tea ham", shop.Ask("nobody"));
        Assert.Equal("jam tea ham", shop.Ask("ann")); // popular in no, newest
        Assert.Equal("jam tea ham", shop.Ask("cid")); // se has too few events; the user had the cake
        Assert.Equal("no model yet: popular of late", shop.Answer("nobody").Reason);
        await shop.Change(store => store.Items.PutAsync([new("jam", Hidden: true)]));
        Assert.Equal("cake tea ham", shop.Ask("nobody"));

        await shop.Train();
        await shop.State.SettleAsync(LiveShop.Cancellation);
        var warm = shop.Answer("bob");
        Assert.NotEqual("none", warm.Snapshot);
        Assert.DoesNotContain(warm.Items, item => item.ItemId is "jam" or "tea");
    }
}
