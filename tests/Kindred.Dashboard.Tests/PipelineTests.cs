using Kindred.ServerTests;
using Microsoft.Playwright;

namespace Kindred.DashboardTests;

/// <summary>Scenarios are edited, checked, tried and put to use.</summary>
public sealed class PipelineTests(ChromiumBrowser chromium, FilmShop shop)
{
    [Theory]
    [InlineData(390, false, true)]
    [InlineData(1440, true, false)]
    public async Task A_scenario_is_tried_on_a_user_and_put_to_use(int width, bool isDark, bool hasScript)
    {
        string name = $"few-{width}";
        await using var visit = await Visit.Begin(chromium, shop.Server, width, isDark, hasScript);
        var page = await visit.Open("/pipeline");
        var model = page.Locator("#served tr", new() { HasText = "model" }).Locator("td");
        Assert.Matches("^[1-9]", await model.First.InnerTextAsync());
        Assert.Equal("0", await model.Nth(1).InnerTextAsync()); // a source gets no candidates
        Assert.Matches("^[1-9]", await model.Nth(2).InnerTextAsync());
        var steps = (await shop.Server.Get("/v1/activity"))["steps"]!["model"]!;
        Assert.True((long)steps["candidatesOut"]! > 0 && (long)steps["candidatesIn"]! == 0 && (long)steps["skipped"]! == 0);
        await visit.Check();
        await page.GetByLabel("Scenario", new() { Exact = true }).FillAsync(name);
        await page.GetByLabel("Pipeline", new() { Exact = true }).FillAsync(
            """{"sources":[{"kind":"model","model":"implicit-als"}],"rerank":[{"kind":"keep","count":3}]}""");
        await page.GetByLabel("Try it on the user").FillAsync("1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Check and try" }).ClickAsync();
        await visit.Check();
        Assert.Equal(3, await page.Locator("#dry-run .beside > div >> nth=1").Locator(".cards li").CountAsync());
        Assert.Contains("keep", await page.Locator("#flow").InnerTextAsync(), StringComparison.Ordinal);
        using (var before = await shop.Server.Send(HttpMethod.Get, $"/v1/users/1/recommendations?scenario={name}"))
            Assert.Equal(404, (int)before.StatusCode); // trying changes nothing
        await page.Locator("summary", new() { HasText = "Put it to use" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = $"Put {name} to use" }).ClickAsync();
        Assert.Equal(3, (await shop.Server.Get($"/v1/users/1/recommendations?scenario={name}"))["items"]!.AsArray().Count);
        Assert.Contains(name, await page.Locator("#scenarios").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_used_is_said_beside_the_draft()
    {
        await using var visit = await Visit.Begin(chromium, shop.Server);
        var page = await visit.Open("/pipeline");
        foreach (var (json, sentence) in ((string, string)[])
            [("{", "not JSON at line 1"), ("""{"sources":[]}""", "cannot be used"),
                ("""{"sources":[{"kind":"model","model":"ease"}]}""", "asks for a model ease")])
        {
            await page.GetByLabel("Pipeline", new() { Exact = true }).FillAsync(json);
            await page.GetByLabel("Try it on the user").FillAsync("1");
            await page.GetByRole(AriaRole.Button, new() { Name = "Check and try" }).ClickAsync();
            Assert.Contains(sentence, await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
            Assert.Equal(json, await page.GetByLabel("Pipeline", new() { Exact = true }).InputValueAsync());
        }
    }

    [Fact]
    public async Task A_change_of_someone_else_is_not_lost()
    {
        await using var server = await LivingServer.Start();
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open("/pipeline");
        await page.GetByLabel("Pipeline", new() { Exact = true }).FillAsync("""{"sources":[{"kind":"newest"}]}""");
        await page.GetByRole(AriaRole.Button, new() { Name = "Check and try" }).ClickAsync();
        await LivingServer.Read(await server.Send(
            HttpMethod.Put, "/v1/settings/scenarios", """{"other":{"sources":[{"kind":"newest"}]}}"""), 200);
        await page.Locator("summary", new() { HasText = "Put it to use" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "to use" }).ClickAsync();
        Assert.Contains("Someone changed the scenarios", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
        Assert.NotNull((await server.Get("/v1/settings/scenarios"))["other"]);
    }
}
