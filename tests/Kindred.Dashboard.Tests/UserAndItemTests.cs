using System.Text.Json.Nodes;
using Kindred.ServerTests;
using Microsoft.Playwright;

namespace Kindred.DashboardTests;

/// <summary>What a user sees and why, and what is known of an item.</summary>
public sealed class UserAndItemTests(ChromiumBrowser chromium, FilmShop shop)
{
    [Theory]
    [InlineData(390, false)]
    [InlineData(1440, true)]
    public async Task A_user_sees_the_list_of_the_api_with_reasons(int width, bool isDark)
    {
        await using var visit = await Visit.Begin(chromium, shop.Server, width, isDark);
        var page = await visit.Open("/user?id=1&whyNot=1");
        await visit.Check();
        var answer = await shop.Server.Get("/v1/users/1/recommendations?count=10");
        var cards = page.Locator("#list .cards li");
        Assert.Equal(10, await cards.CountAsync());
        Assert.Equal(Titles(answer), await page.Locator("#list h3").AllInnerTextsAsync());
        Assert.Contains("Because of ", await cards.First.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("Proposed by model at 1.", await cards.First.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("Why not Toy Story?", await page.Locator("#why-not h2").InnerTextAsync());
        Assert.EndsWith(".", await page.Locator("#why-not p").First.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(20, await page.Locator("#history li").CountAsync());
        var json = await page.GetByRole(AriaRole.Link, new() { Name = "History as JSON" }).GetAttributeAsync("href");
        Assert.Equal(20, (await shop.Server.Get(json!))["events"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_if_they_also_had_an_item_and_what_would_another_snapshot_say()
    {
        await using var visit = await Visit.Begin(chromium, shop.Server);
        var page = await visit.Open("/user");
        await visit.Check();
        await page.GetByLabel("User", new() { Exact = true }).FillAsync("1");
        await page.GetByLabel("What if they also had").FillAsync("260, 1196, nothing-of-the-kind");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await visit.Check();
        Assert.Equal(2, await page.Locator("#list .cards").CountAsync());
        Assert.Contains("There is no item 'nothing-of-the-kind'", await page.Locator("#list").InnerTextAsync(), StringComparison.Ordinal);
        var posted = await shop.Server.Post(
            "/v1/recommendations", """{"userId":"1","count":10,"history":[{"itemId":"260"},{"itemId":"1196"}]}""");
        Assert.Equal(Titles(posted), await page.Locator("#list .cards >> nth=0").Locator("h3").AllInnerTextsAsync());

        await page.GetByLabel("What if they also had").FillAsync("");
        await page.GetByLabel("Compare with").SelectOptionAsync($"snapshot:{shop.Other}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await visit.Check();
        Assert.Matches("^[0-9]+ of 10 items are in both lists", await page.Locator("#list > p >> nth=1").InnerTextAsync());
        Assert.Contains("popularity", await page.Locator("#list .beside > div > h3 >> nth=1").InnerTextAsync(), StringComparison.Ordinal);
        await visit.Open("/user?id=1&with=snapshot:none", 400);
        Assert.Contains("There is no snapshot none", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(390, true)]
    [InlineData(1440, false)]
    public async Task An_item_shows_what_is_like_it_who_saw_it_and_whom_it_suits(int width, bool isDark)
    {
        await using var visit = await Visit.Begin(chromium, shop.Server, width, isDark);
        var page = await visit.Open("/item?id=1");
        await visit.Check();
        Assert.Equal("Toy Story", await page.Locator("h1").InnerTextAsync());
        var similar = await shop.Server.Get("/v1/items/1/similar?count=10");
        Assert.Equal(Titles(similar), await page.Locator("#similar h3").AllInnerTextsAsync());
        Assert.Equal(12, await page.Locator("#suited li").CountAsync());
        Assert.Contains("events: 1", await page.Locator("#shown .legend").Last.InnerTextAsync(), StringComparison.Ordinal);
        await page.Locator("#suited li a").First.ClickAsync();
        Assert.Contains("/user?id=", page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ids_and_titles_are_text_whatever_they_hold_and_looking_is_not_logged_as_an_answer()
    {
        const string User = "<script>alert('u')</script>&\"/?#%", Item = "\"><img src=x onerror=alert(1)>";
        const string Title = "</title><b>bold</b>\u202e";
        await using var server = await LivingServer.Start();
        await server.Post("/v1/items", new JsonArray(new JsonObject
        {
            ["id"] = Item,
            ["attributes"] = new JsonObject { ["title"] = Title, ["kind"] = "<i>x</i>" },
        }).ToJsonString());
        await server.Post(
            "/v1/events", new JsonObject { ["type"] = "<u>", ["userId"] = User, ["itemId"] = Item }.ToJsonString());
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open("/user");
        page.Dialog += (_, _) => Assert.Fail("A script of an id ran.");
        await page.Locator("#recent a").ClickAsync();
        Assert.Equal($"User {User}", await page.Locator("h1").InnerTextAsync());
        Assert.Contains("<u>", await page.Locator("#history li").InnerTextAsync(), StringComparison.Ordinal);
        await visit.Check();
        await page.Locator("#history li a").ClickAsync();
        Assert.Contains("</title><b>bold</b>", await page.Locator("h1").InnerTextAsync(), StringComparison.Ordinal);
        await visit.Check();
        foreach (string other in (string[])["/", "/data"]) await visit.Open(other);
        Assert.Equal(0, await page.Locator("main img, main b, main script, main i, main u").CountAsync());

        await visit.Open("/user?id=bob");
        await server.Post("/v1/events", new JsonObject { ["type"] = "view", ["userId"] = "bob", ["itemId"] = Item }.ToJsonString());
        Assert.All(
            (await server.Get("/v1/attribution"))["events"]!.AsArray(), e => Assert.Equal("none", (string)e!["rule"]!));
        Assert.Equal(0, (await server.Get("/v1/activity"))["minutes"]!.AsArray().Sum(minute => (long)minute!["answers"]!));
    }

    private static IEnumerable<string> Titles(JsonObject answer) => answer["items"]!.AsArray().Select(item => (string)item!["title"]!);
}
