using System.Text.RegularExpressions;
using Kindred.ServerTests;

namespace Kindred.DashboardTests;

/// <summary>The first page: of an empty server, and of one that answers.</summary>
public sealed partial class TodayTests(ChromiumBrowser chromium, OnlineShop online)
{
    [Fact]
    public async Task An_empty_server_says_what_to_do_next_and_one_click_brings_data()
    {
        await using var server = await LivingServer.Start();
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open("/");
        await visit.Check();
        Assert.Contains("nothing to learn from yet", await page.Locator(".advice").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains($"curl -X POST {server.Client.BaseAddress}v1/events", await page.Locator("#events code").InnerTextAsync(),
            StringComparison.Ordinal);

        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Load the sample data" }).ClickAsync();
        await LivingServer.Until(async () => (await server.Get("/v1/activity"))["minutes"] is not null
            && (await server.Get("/v1/items?count=1"))["entries"]!.AsArray().Count == 1, "the sample's films are there");
    }

    [Fact]
    public async Task It_fits_every_screen_by_day_and_by_night_loads_little_and_counts_while_it_is_open()
    {
        await using var server = await LivingServer.Start();
        await server.Post(
            "/v1/events", """[{"type":"view","userId":"ann","itemId":"tea"},{"type":"view","userId":"bob","itemId":"jam"}]""");
        await server.Get("/v1/users/ann/recommendations");
        foreach (var (width, isDark, isAudited) in ((int, bool, bool)[])
            [(390, false, false), (390, true, true), (1440, true, false), (1440, false, true)])
        {
            await using var visit = await Visit.Begin(chromium, server, width, isDark);
            await visit.Open("/");
            await visit.Check(isAudited);
            Assert.Contains("1 answer", await visit.Page.Locator(".advice").InnerTextAsync(), StringComparison.Ordinal);
            Assert.Equal(4, await visit.Page.Locator(".tile").CountAsync());
        }
        await CompleteWithoutScript(server);
        await LoadsLittle(server);
        await NothingInline(server);

        await using var open = await Visit.Begin(chromium, server);
        await open.Open("/");
        var events = open.Page.Locator(".tile", new() { HasText = "Events" }).Locator(".value");
        Assert.Equal("2", await events.InnerTextAsync());
        await server.Post("/v1/events", """{"type":"view","userId":"ann","itemId":"jam"}""");
        await LivingServer.Until(async () => await events.InnerTextAsync() == "3", "the page counts the third event", 30);
    }

    [Fact]
    public async Task It_says_which_experiments_need_a_person_and_which_run_and_leads_to_them()
    {
        await using var visit = await Visit.Begin(chromium, online.Server);
        var page = await visit.Open("/");
        var alarms = page.Locator("#alarms");
        await LivingServer.Until(async () =>
        {
            await visit.Open("/");
            return (await alarms.InnerTextAsync()).Contains($"Experiment {OnlineShop.Better} waits for you. ", StringComparison.Ordinal);
        }, "the server has evaluated its experiments", 60);
        Assert.Contains($"Experiment {OnlineShop.Interleaved} has run for 7 days.",
            string.Join('\n', await alarms.Locator("li").AllInnerTextsAsync()), StringComparison.Ordinal);
        await visit.Check();
        await alarms.GetByRole(Microsoft.Playwright.AriaRole.Link, new() { Name = $"Look: Experiment {OnlineShop.Broken} was stopped" })
            .ClickAsync();
        Assert.Equal(OnlineShop.Broken, await page.Locator("h1").InnerTextAsync());
    }

    /// <summary>By keyboard, too.</summary>
    private async Task CompleteWithoutScript(LivingServer server)
    {
        await using var visit = await Visit.Begin(chromium, server, hasScript: false);
        var page = await visit.Open("/");
        Assert.Equal(4, await page.Locator(".tile svg[role=img]").CountAsync());
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the content", await page.Locator(":focus").InnerTextAsync());
        await page.Keyboard.PressAsync("Enter");
        Assert.EndsWith("#content", page.Url, StringComparison.Ordinal);
    }

    private static async Task NothingInline(LivingServer server)
    {
        using var answer = await server.Client.GetAsync(new Uri("/", UriKind.Relative), LivingServer.Cancellation);
        string policy = string.Join("; ", answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", string.Join("", answer.Headers.GetValues("X-Content-Type-Options")));
    }

    /// <summary>Less than 100 KB.</summary>
    private static async Task LoadsLittle(LivingServer server)
    {
        string html = await server.Client.GetStringAsync(new Uri("/", UriKind.Relative), LivingServer.Cancellation);
        int bytes = html.Length;
        foreach (Match asset in Asset.Matches(html))
            bytes += (await server.Client.GetByteArrayAsync(new Uri(asset.Value, UriKind.Relative), LivingServer.Cancellation)).Length;
        Assert.Equal(3, Asset.Count(html));
        Assert.InRange(bytes, 1, 100_000);
    }

    [GeneratedRegex("/assets/[0-9a-f]+[.][a-z]+")]
    private static partial Regex Asset { get; }
}
