using Kindred.Models;
using Kindred.Server.Live;

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
              "neural": {"sources": [{"kind": "model", "model": "ease"}]}
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
        Assert.Equal("There is no scenario 'basket'; there are again, home, neural.", unknown.Message);
        var unserved = Assert.Throws<InputException>(() => Ask("neural"));
        Assert.Contains("asks for a model ease, which the snapshot", unserved.Message, StringComparison.Ordinal);
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
