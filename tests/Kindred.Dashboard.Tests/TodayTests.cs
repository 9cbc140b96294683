using System.Text.RegularExpressions;
using Kindred.ServerTests;

namespace Kindred.DashboardTests;

/// <summary>The first page: of an empty server, and of one that answers.</summary>
public sealed partial class TodayTests(ChromiumBrowser chromium)
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

    [Theory]
    [InlineData(390, false)]
    [InlineData(390, true)]
    [InlineData(1440, false)]
    [InlineData(1440, true)]
    public async Task It_fits_every_screen_by_day_and_by_night(int width, bool isDark)
    {
        await using var server = await LivingServer.Start();
        await server.Post(
            "/v1/events", """[{"type":"view","userId":"ann","itemId":"tea"},{"type":"view","userId":"bob","itemId":"jam"}]""");
        await server.Get("/v1/users/ann/recommendations");
        await using var visit = await Visit.Begin(chromium, server, width, isDark);
        var page = await visit.Open("/");
        await visit.Check();
        Assert.Contains("1 answer", await page.Locator(".advice").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(4, await page.Locator(".tile").CountAsync());
        Assert.Equal("2", await page.Locator(".tile", new() { HasText = "Events" }).Locator(".value").InnerTextAsync());
    }

    [Fact]
    public async Task What_happens_while_it_is_open_is_seen()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", """{"type":"view","userId":"ann","itemId":"tea"}""");
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open("/");
        var events = page.Locator(".tile", new() { HasText = "Events" }).Locator(".value");
        Assert.Equal("1", await events.InnerTextAsync());
        await server.Post("/v1/events", """{"type":"view","userId":"ann","itemId":"jam"}""");
        await LivingServer.Until(async () => await events.InnerTextAsync() == "2", "the page counts the second event", 30);
    }

    [Fact]
    public async Task It_is_complete_without_a_script_and_by_keyboard()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", """{"type":"view","userId":"ann","itemId":"tea"}""");
        await using var visit = await Visit.Begin(chromium, server, hasScript: false);
        var page = await visit.Open("/");
        Assert.Equal(4, await page.Locator(".tile svg[role=img]").CountAsync());
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the content", await page.Locator(":focus").InnerTextAsync());
        await page.Keyboard.PressAsync("Enter");
        Assert.EndsWith("#content", page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_inline_may_run_and_nothing_may_frame_it()
    {
        await using var server = await LivingServer.Start();
        using var answer = await server.Client.GetAsync(new Uri("/", UriKind.Relative), LivingServer.Cancellation);
        string policy = string.Join("; ", answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", string.Join("", answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task All_that_it_loads_is_less_than_100_KB()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", """{"type":"view","userId":"ann","itemId":"tea"}""");
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
