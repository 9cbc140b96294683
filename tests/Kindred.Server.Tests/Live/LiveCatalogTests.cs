using System.Text.Json;
using Kindred.Data;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Store;

namespace Kindred.ServerTests.Live;

/// <summary>What the store says of items is what answers and training see.</summary>
public sealed class LiveCatalogTests
{
    private static readonly string[] Histories =
        ["ann: tea cake jam", "bob: tea cake", "cid: tea cake", "dan: ham bread jam", "eve: ham bread", "fay: ham bread"];

    [Fact]
    public async Task An_attribute_keeps_the_type_of_its_first_value_whichever_item_is_read_first()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Change(store => store.Items.PutAsync([new("tea", """{"price":2,"size":{"kg":1}}""")]));
        await shop.Change(store => store.Items.PutAsync(
            [new("bread", """{"price":"cheap","size":{"kg":1}}"""), new("jam", """{"price":3}""")]));
        void Check(Catalog catalog)
        {
            Assert.Equal(["price"], catalog.Numbers.Keys);
            Assert.Empty(catalog.Labels);
        }
        var trained = await StoredData.ReadAsync(shop.Store, "shop", cancellation: LiveShop.Cancellation);
        Check(trained.Interactions.ItemAttributes);
        var items = trained.Interactions.Items;
        Assert.True(items.TryGetIndex("bread", out int bread) & items.TryGetIndex("jam", out int jam));
        var prices = trained.Interactions.ItemAttributes.Numbers["price"].Values.ToArray();
        Assert.Equal((float.NaN, 3f), (prices[bread], prices[jam]));
        using (var view = shop.State.Acquire()) Check(view.Served.Catalog);
        using var other = await shop.Start();
        using (var view = other.Acquire()) Check(view.Served.Catalog);
    }

    [Fact]
    public async Task Attributes_that_are_cleared_are_gone()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Change(store => store.Items.PutAsync([new("tea", """{"kind":"drink"}"""), new("jam", """{"kind":"sweet"}""")]));
        await shop.Renew();
        await shop.State.SettleAsync(LiveShop.Cancellation);
        string Ask(LiveRecommender recommender) => string.Join(' ', recommender.Recommend(
            new() { UserId = "gus", Where = ["kind=drink"] }, LiveShop.Cancellation).Items.Select(item => item.ItemId));
        Assert.Equal("tea", Ask(shop.Recommender));
        await shop.Change(store => store.Items.PutAsync([new("tea")]));
        Assert.Equal("", Ask(shop.Recommender));
        using var other = await shop.Start();
        Assert.Equal("", Ask(new(other, shop.Clock)));
    }

    [Fact]
    public async Task Hiding_an_item_without_an_entry_does_not_clear_what_the_snapshot_knows()
    {
        await using var shop = await LiveShop.Open();
        await shop.Store.Events.AppendAsync(
            [shop.Event("ann", "tea"), shop.Event("ann", "cake"), shop.Event("bob", "cake")], LiveShop.Cancellation);
        await shop.Train(labels: item => item is "tea" ? "drink" : "sweet");
        await shop.State.StartAsync(LiveShop.Cancellation);
        await shop.Change(store => store.Items.PutAsync([new("tea", Hidden: true)]));
        await shop.Change(store => store.Items.PutAsync([new("cake", """{"kind":"bakery"}""")]));
        using (var view = shop.State.Acquire())
        {
            var kinds = view.Served.Catalog.Labels["kind"];
            string KindOf(string id) => view.Served.Interactions.Items.TryGetIndex(id, out int item) ? kinds.Labels.Id(kinds[item][0]) : "";
            Assert.Equal(("drink", "bakery"), (KindOf("tea"), KindOf("cake")));
        }
        await shop.Change(store => store.Items.PutAsync([new("cake")]));
        using (var view = shop.State.Acquire())
        {
            Assert.True(view.Served.Interactions.Items.TryGetIndex("cake", out int cake));
            Assert.True(view.Served.Catalog.Labels["kind"][cake].IsEmpty);
        }
    }

    [Fact]
    public async Task A_forgotten_item_that_is_put_again_is_like_any_other()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Change(store => store.Items.PutAsync([new("jam"), new("bread")]));
        await shop.Change(store => store.ForgetAsync(SubjectKind.Item, "jam"));
        Assert.DoesNotContain("jam", shop.Ask("bob").Split(' '));
        await shop.Change(store => store.Items.PutAsync([new("jam")]));
        Assert.Contains("jam", shop.Ask("bob").Split(' '));
        await shop.Change(store => store.ForgetAsync(SubjectKind.Item, "bread"));
        Assert.Contains("jam", shop.Ask("bob").Split(' '));
        Assert.DoesNotContain("bread", shop.Ask("bob").Split(' '));
        using var other = await shop.Start();
        string[] items = [.. new LiveRecommender(other, shop.Clock).Recommend(new() { UserId = "bob" }, LiveShop.Cancellation)
            .Items.Select(item => item.ItemId)];
        Assert.Contains("jam", items);
        Assert.DoesNotContain("bread", items);
        await shop.Change(store => store.ForgetAsync(SubjectKind.Item, "jam"));
        Assert.DoesNotContain("jam", shop.Ask("bob").Split(' '));
    }

    [Fact]
    public void A_value_of_another_kind_than_its_column_is_not_taken()
    {
        var types = new Dictionary<string, AttributeType> { ["tags"] = AttributeType.Texts, ["title"] = AttributeType.Text };
        var rows = new Dictionary<int, JsonElement>
        {
            [0] = JsonElement.Parse("""{"tags":["a","b"],"title":5}"""),
            [2] = JsonElement.Parse("""{"tags":7,"title":"Tea","unknown":1}"""),
        };
        var catalog = CatalogChanges.Apply(Catalog.Empty(3), 3, rows, types);
        Assert.Equal(["tags"], catalog.Labels.Keys);
        Assert.Equal(["title"], catalog.Texts.Keys);
        Assert.Empty(catalog.Numbers);
        Assert.Equal(("", "Tea"), (catalog.Texts["title"].Values[0], catalog.Texts["title"].Values[2]));
    }
}
