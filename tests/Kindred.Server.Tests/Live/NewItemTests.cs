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
