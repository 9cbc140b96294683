using System.Net;
using Kindred.ServerTests;
using Microsoft.Playwright;

namespace Kindred.DashboardTests;

/// <summary>Experiments are created, started, read, and ended with a reason.</summary>
public sealed class ExperimentTests(ChromiumBrowser chromium, OnlineShop shop)
{
    [Theory]
    [InlineData(390, true)]
    [InlineData(1440, false)]
    public async Task The_list_has_badges_and_a_page_shows_whether_arms_get_their_users_before_all_else(int width, bool isDark)
    {
        await using var visit = await Visit.Begin(chromium, shop.Server, width, isDark);
        var page = await visit.Open("/experiments");
        await visit.Check();
        Assert.Equal("interleaved", await Row(page, OnlineShop.Interleaved).Locator(".badge").InnerTextAsync());
        Assert.Equal("ship", await Row(page, OnlineShop.Better).Locator(".badge.better").InnerTextAsync());
        Assert.Equal(0, await Row(page, OnlineShop.Broken).Locator(".badge").CountAsync());

        await page.GetByRole(AriaRole.Link, new() { Name = OnlineShop.Better }).ClickAsync();
        await visit.Check();
        Assert.Equal("The arms get the users that they should.", await page.Locator("#ratio p").InnerTextAsync());
        Assert.Equal(["control 400 400 0 %", "treatment 400 400 0 %"], [.. (await page.Locator("#ratio tbody tr").AllInnerTextsAsync())
            .Select(row => row.ReplaceLineEndings(" ").Replace('\t', ' '))]);
        Assert.True(await page.EvaluateAsync<bool>(
            "document.getElementById('ratio').compareDocumentPosition(document.getElementById('metrics')) === 4"), "the ratio is first");
        string facts = await page.Locator(".facts").InnerTextAsync();
        Assert.Contains("8 of 14", facts, StringComparison.Ordinal);
        Assert.Contains("fewer users needed for clicks (CUPED)", facts, StringComparison.Ordinal);
        Assert.Contains("users in two arms", facts, StringComparison.Ordinal);
        Assert.Contains("of 1,200 users had an answer in which the arms differ\n50.0 %", facts, StringComparison.Ordinal);
        Assert.Equal(2, await page.Locator("#metrics tr", new() { HasText = "clicks" }).Locator("svg .reference").CountAsync());
        Assert.Equal(1, await page.Locator("#metrics tr", new() { HasText = "buys" }).Locator("svg .reference").CountAsync());
        Assert.Contains("boundary above, day 8", string.Join(' ', await page.Locator("#days figure").First.Locator("title")
            .AllTextContentsAsync()), StringComparison.Ordinal);
        string json = (await page.GetByRole(AriaRole.Link, new() { Name = "What it shows as JSON" }).GetAttributeAsync("href"))!;
        Assert.Equal("ship", (string)(await shop.Server.Get(json))["verdict"]!);
    }

    [Fact]
    public async Task A_mismatch_is_an_alarm_above_everything()
    {
        await using var visit = await Visit.Begin(chromium, shop.Server);
        var page = await visit.Open($"/experiment?name={OnlineShop.Broken}");
        await visit.Check();
        Assert.Contains("Sample ratio mismatch", await page.Locator("#ratio[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("Metrics: not to be believed", await page.Locator("#metrics h2").InnerTextAsync());
        Assert.Equal(0, await page.Locator("summary", new() { HasText = "Roll back" }).CountAsync()); // it is stopped
        await visit.Open("/experiment?name=none", 404);
        Assert.Contains("There is no experiment 'none'", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_is_compared_with_an_arm()
    {
        await using var visit = await Visit.Begin(chromium, shop.Server);
        var page = await visit.Open("/user?id=old1");
        await page.GetByLabel("Compare with").SelectOptionAsync($"arm:{OnlineShop.Better}/treatment");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        Assert.Equal(
            $"arm {OnlineShop.Better}/treatment", await page.Locator("#list .beside > div > h3 >> nth=1").InnerTextAsync());
        Assert.Equal(1, await page.Locator("#list .beside > div >> nth=1").Locator(".cards li").CountAsync());
        await visit.Open($"/user?id=old1&with=arm:{OnlineShop.Better}/none", 400);
    }

    [Fact]
    public async Task An_interleaved_experiment_shows_votes()
    {
        await using var visit = await Visit.Begin(chromium, shop.Server);
        var page = await visit.Open($"/experiment?name={OnlineShop.Interleaved}");
        await visit.Check();
        var votes = await shop.Server.Get($"/v1/experiments/{OnlineShop.Interleaved}/report");
        Assert.Equal((string)votes["summary"]!, await page.Locator(".advice").InnerTextAsync());
        Assert.Contains($"{votes["wins"]}", await page.Locator("#votes").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(2, await page.Locator("#votes svg").CountAsync());
    }

    [Fact]
    public async Task One_is_created_by_a_form_started_shipped_and_another_one_rolled_back()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", """[{"type":"click","userId":"ann","itemId":"tea"},{"type":"click","userId":"bob","itemId":"jam"}]""");
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open("/experiments");
        Assert.Contains("None yet", await page.Locator("#all").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("neither a scenario nor a second snapshot", await page.Locator("#create").InnerTextAsync(),
            StringComparison.Ordinal);
        await visit.Check();
        await LivingServer.Read(await server.Send(
            HttpMethod.Put, "/v1/settings/scenarios",
            """{"short":{"sources":[{"kind":"newest"}],"rerank":[{"kind":"keep","count":1}]},"home":{"sources":[{"kind":"newest"}]}}"""), 200);
        await visit.Open("/experiments");
        await page.GetByLabel("Name").FillAsync("shorter");
        await page.GetByLabel("Compare what answers with").SelectOptionAsync("scenario:short");
        await page.GetByLabel("More of which events is better").FillAsync("click");
        await page.GetByLabel("Smallest change worth having").FillAsync("a lot");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        Assert.Contains("margin must be a number, was 'a lot'", await page.Locator("[role=alert]").InnerTextAsync(),
            StringComparison.Ordinal);
        Assert.Equal("shorter", await page.GetByLabel("Name").InputValueAsync()); // what was written is still there
        await page.GetByLabel("Smallest change worth having").FillAsync("-5");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        Assert.Contains("above 0 and at most 100 %", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
        await page.GetByLabel("Smallest change worth having").FillAsync("2.5");
        await page.GetByLabel("Days").FillAsync("13");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        Assert.Contains("must be whole weeks", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
        await page.GetByLabel("Days").FillAsync("14");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        Assert.Equal("shorter", await page.Locator("h1").InnerTextAsync());
        await visit.Check();
        await Confirm(page, "Start", "Start shorter");
        await visit.Check(); // nobody took part yet

        await visit.Open("/experiment?name=shorter");
        await page.Locator("summary", new() { HasText = "Ship treatment" }).ClickAsync();
        Assert.Contains("becomes the one to train", await page.Locator("details[open]").InnerTextAsync(), StringComparison.Ordinal);
        await page.Locator("details[open]").GetByLabel("Reason").FillAsync("<b>it sells</b>");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ship treatment" }).ClickAsync();
        Assert.Equal("stopped", (string)(await server.Get("/v1/experiments/shorter"))["state"]!);
        Assert.Equal("treatment was shipped: everyone gets it.", await page.Locator(".advice").InnerTextAsync());
        Assert.Equal(0, await page.Locator("summary", new() { HasText = "Ship treatment" }).CountAsync());
        Assert.Contains("<b>it sells</b>", await page.Locator("#stop-reason").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(1, (int)(await server.Get("/v1/settings/renewal"))["pipeline"]!["rerank"]![0]!["count"]!);

        await visit.Open("/experiments");
        await page.GetByLabel("Name").FillAsync("shorter");
        await page.GetByLabel("More of which events is better").FillAsync("click");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        Assert.Contains("There is an experiment 'shorter' already", await page.Locator("[role=alert]").InnerTextAsync(),
            StringComparison.Ordinal);
        await visit.Open("/experiments");
        await page.Locator("summary", new() { HasText = "Write all of it" }).ClickAsync();
        await page.GetByLabel("Experiment", new() { Exact = true }).FillAsync("""{"experiment":{"name":"f","metrics":[]}}""");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        Assert.EndsWith(".", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
        await visit.Open("/experiments");
        await page.Locator("summary", new() { HasText = "Write all of it" }).ClickAsync();
        await page.GetByLabel("Experiment", new() { Exact = true }).FillAsync("""
            {"scenario":"home","experiment":{"name":"home-2","metrics":[{"name":"click"}]},"treatments":{"treatment":{"scenario":"short"}}}
            """);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Confirm(page, "Start", "Start home-2");
        await page.Locator("summary", new() { HasText = "Roll back" }).ClickAsync();
        await page.Locator("details[open]").GetByLabel("Reason").FillAsync("too early");
        await page.GetByRole(AriaRole.Button, new() { Name = "Roll back home-2" }).ClickAsync();
        Assert.Equal("Rolled back. too early", (string)(await server.Get("/v1/experiments/home-2"))["stopReason"]!);

        // by a program, and with a scenario of its own: what answers it is replaced
        await server.Post("/v1/experiments/home-2/ship", """{"reason":"after all"}""");
        Assert.NotNull((await server.Get("/v1/settings/scenarios"))["home"]!["rerank"]);
        Assert.Contains("has no arm 'none'", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/experiments/home-2/ship", """{"arm":"none"}"""), 400), StringComparison.Ordinal);
        await LivingServer.Problem(await server.Send(HttpMethod.Post, "/v1/experiments/none/ship", "{}"), 404);
        var audit = (await server.Get("/v1/audit"))["entries"]!.AsArray().Select(entry => (string)entry!["action"]!).ToList();
        Assert.Equal(2, audit.Count(action => action == "ship-experiment"));

        // a form without the token of the page
        using var form = new FormUrlEncodedContent([new("name", "home-2"), new("arm", "treatment")]);
        using var answer = await server.Client.PostAsync(new Uri("/experiment/ship", UriKind.Relative), form, LivingServer.Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private static ILocator Row(IPage page, string name) => page.Locator("#all tbody tr", new() { HasText = name });

    private static async Task Confirm(IPage page, string summary, string button)
    {
        await page.Locator("summary", new() { HasText = summary }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
    }
}
