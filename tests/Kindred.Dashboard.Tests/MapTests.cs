using Kindred.ServerTests;
using Microsoft.Playwright;

namespace Kindred.DashboardTests;

/// <summary>The map of items: drawn by the server, and by the script.</summary>
public sealed class MapTests(ChromiumBrowser chromium, FilmShop shop)
{
    [Theory]
    [InlineData(390, true)]
    [InlineData(1440, false)]
    public async Task The_script_draws_all_items_and_moves_by_keyboard(int width, bool isDark)
    {
        await using var visit = await Visit.Begin(chromium, shop.Server, width, isDark);
        var page = await visit.Open("/map?user=15");
        var canvas = page.Locator("#map canvas");
        await canvas.WaitForAsync();
        var points = await shop.Server.Get("/map.json");
        Assert.Equal($"{points["items"]!.AsArray().Count}", await canvas.GetAttributeAsync("data-drawn"));
        Assert.Equal(shop.Serving, (string)points["snapshot"]!);
        Assert.NotEmpty(points["clusters"]!.AsArray());
        await visit.Check();
        string before = await canvas.EvaluateAsync<string>("canvas => canvas.toDataURL()");
        await canvas.FocusAsync();
        await page.Keyboard.PressAsync("+");
        await LivingServer.Until(
            async () => await canvas.EvaluateAsync<string>("canvas => canvas.toDataURL()") != before, "the map is zoomed", 30);
        await page.Keyboard.PressAsync("0");
        await LivingServer.Until(
            async () => await canvas.EvaluateAsync<string>("canvas => canvas.toDataURL()") == before, "the map is whole again", 30);
    }

    [Fact]
    public async Task Without_a_script_the_server_has_drawn_it()
    {
        await using var visit = await Visit.Begin(chromium, shop.Server, hasScript: false);
        var page = await visit.Open("/map?color=popularity&user=15");
        Assert.Equal(1_501, await page.Locator("#map circle").CountAsync()); // the user is one
        Assert.Contains("up to", await page.Locator(".legend").InnerTextAsync(), StringComparison.Ordinal);
        await page.GetByLabel("Layout").SelectOptionAsync("neighbours");
        await page.GetByRole(AriaRole.Button, new() { Name = "Draw" }).ClickAsync();
        Assert.Contains("beside those", await page.Locator("#items .hint").InnerTextAsync(), StringComparison.Ordinal);
        await visit.Open("/map?color=mood", 400);
        Assert.Contains("no attribute 'mood'", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_model_there_is_no_map()
    {
        await using var server = await LivingServer.Start();
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open("/map");
        await visit.Check();
        Assert.Contains("No model is trained yet", await page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
    }
}
