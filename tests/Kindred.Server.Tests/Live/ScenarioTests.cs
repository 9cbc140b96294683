using Kindred.Models;
using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.ServerTests.Live;

/// <summary>Several pipelines in one server.</summary>
public sealed class ScenarioTests
{
    private static readonly string[] Histories =
        ["ann: tea cake jam", "bob: tea cake", "cid: tea cake", "dan: ham bread jam", "eve: ham bread", "fay: ham bread egg"];

    [Fact]
    public async Task A_scenario_is_a_pipeline_of_the_models_of_the_snapshot()
    {
        await using var shop = await LiveShop.With(null, Histories);
        await shop.Change(store => store.Settings.SetAsync(Scenarios.Name, """
            {
              "home": {"sources": [{"kind": "model", "model": "item-knn"}], "rerank": [{"kind": "keep", "count": 1}]},
              "again": {"sources": [{"kind": "lastViewed"}], "seen": {"policy": "keep"}},
              "neural": {"sources": [{"kind": "model", "model": "ease"}]},
              "ranked": {"sources": [{"kind": "model", "model": "item-knn"}], "ranker": {"kind": "lightgbm", "file": "ranker.txt"}}
            }
            """));
        await shop.Write(shop.Event("gus", "tea"), shop.Event("gus", "muffin"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        string Ask(string? scenario) => string.Join(' ', shop.Recommender.Recommend(
            new() { UserId = "gus", Scenario = scenario }, LiveShop.Cancellation).Items.Select(item => item.ItemId));
        Assert.Equal("cake", Ask("home").Split(' ')[0]);
        Assert.True(Ask(null).Split(' ').Length > 3);
        Assert.StartsWith("tea", Ask("again"), StringComparison.Ordinal);
        var unknown = Assert.Throws<UnknownScenarioException>(() => Ask("basket"));
        Assert.Equal("There is no scenario 'basket'; there are again, home, neural, ranked.", unknown.Message);
        var unserved = Assert.Throws<InputException>(() => Ask("neural"));
        Assert.Contains("asks for a model ease, which the snapshot", unserved.Message, StringComparison.Ordinal);
        unserved = Assert.Throws<InputException>(() => Ask("ranked"));
        Assert.Contains("has a ranker that the snapshot", unserved.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_sources_of_labels_and_of_what_is_popular_propose_new_items()
    {
        await using var shop = await LiveShop.Open();
        foreach (string line in Histories)
            foreach (string item in line.Split(": ")[1].Split(' '))
                await shop.Store.Events.AppendAsync([shop.Event(line.Split(": ")[0], item)], LiveShop.Cancellation);
        await shop.Store.Users.PutAsync(
            [new("ann", """{"country":"no"}"""), new("bob", """{"country":"no"}"""), new("dan", """{"country":"se"}""")],
            LiveShop.Cancellation);
        await shop.Store.Items.PutAsync(
            [.. "tea cake jam ham bread egg".Split(' ').Select(id =>
                new CatalogEntry(id, $$"""{"kind":"{{(id is "tea" or "cake" or "jam" ? "sweet" : "salty")}}"}"""))], LiveShop.Cancellation);
        await shop.Renew();
        await shop.State.StartAsync(LiveShop.Cancellation);
        await shop.Change(store => store.Settings.SetAsync(Scenarios.Name, """
            {
              "alike": {"sources": [{"kind": "sameLabel", "labels": "kind"}]},
              "popular": {"sources": [{"kind": "popular", "halfLifeDays": 1}]},
              "here": {"sources": [{"kind": "popular", "of": "user.country"}]},
              "kind": {"sources": [{"kind": "popular", "of": "item.kind"}]}
            }
            """));
        string[] Ids(string user, string scenario) => [.. shop.Recommender.Recommend(
            new() { UserId = user, Scenario = scenario, Count = 20 }, LiveShop.Cancellation).Items
            .Where(item => item.Source != "popularity").Select(item => item.ItemId)];
        string[] before = Ids("cid", "popular");
        Assert.DoesNotContain("muffin", before);

        await shop.Change(store => store.Items.PutAsync([new("muffin", """{"kind":"sweet"}"""), new("pretzel", """{"kind":"fresh"}""")]));
        foreach (string user in (string[])["ann", "bob", "gus"]) await shop.Write(shop.Event(user, "muffin"));
        await shop.Write(shop.Event("eve", "pretzel"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.Contains("muffin", Ids("cid", "alike"));
        Assert.DoesNotContain("muffin", Ids("fay", "alike"));
        Assert.Contains("pretzel", Ids("cid", "popular"));
        Assert.True(Ids("cid", "popular").IndexOf("muffin") < Ids("cid", "popular").IndexOf("pretzel"));
        Assert.Contains("muffin", Ids("nobody", "here")); // no country: what is popular among all
        Assert.DoesNotContain("muffin", Ids("dan", "here")); // nobody of se had it
        await shop.Write(shop.Event("kim", "muffin"), shop.Event("bob", "pretzel"));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        Assert.Contains("pretzel", Ids("ann", "here"));
        Assert.Contains("muffin", Ids("cid", "kind"));
        // who had a new item has its labels
        Assert.Contains("cake", Ids("kim", "alike"));
        Assert.Equal("sweet", KindOf(shop, Ids("kim", "kind")[0]));
    }

    private static string KindOf(LiveShop shop, string item)
    {
        using var view = shop.State.Acquire();
        var kinds = view.Served.Catalog.Labels["kind"];
        return view.Served.Interactions.Items.TryGetIndex(item, out int index) ? kinds.Labels.Id(kinds[index][0]) : "";
    }

    [Theory]
    [InlineData("[]", "must be an object of pipelines by name")]
    [InlineData("{\"a b\": {}}", "cannot be the name of a scenario")]
    [InlineData("{\"home\": {}}", "The scenario 'home' cannot be used")]
    [InlineData("{", "is not JSON, at line 1")]
    public void What_is_no_scenario_is_refused(string json, string sentence) =>
        Assert.Contains(
            sentence, Assert.Throws<InputException>(() => Scenarios.Parse(json, TrainerCatalog.Default)).Message, StringComparison.Ordinal);
}
