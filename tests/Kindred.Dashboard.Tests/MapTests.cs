using System.Diagnostics;
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
        long start = Stopwatch.GetTimestamp();
        var page = await visit.Open("/map?user=15");
        var canvas = page.Locator("#map canvas");
        await canvas.WaitForAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"A map of {await canvas.GetAttributeAsync("data-drawn")} items is on the screen after "
            + $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms.");
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
    public async Task A_part_of_it_is_listed()
    {
        await using var visit = await Visit.Begin(chromium, shop.Server);
        var page = await visit.Open("/map");
        var canvas = page.Locator("#map canvas");
        await canvas.WaitForAsync();
        var box = (await canvas.BoundingBoxAsync())!;
        await page.GetByRole(AriaRole.Button, new() { Name = "List the items in view" }).ClickAsync();
        Assert.Equal(200, await page.Locator("#map-listed li").CountAsync());
        await visit.Check();
        await canvas.ScrollIntoViewIfNeededAsync();
        box = (await canvas.BoundingBoxAsync())!;
        await page.Keyboard.DownAsync("Shift");
        // a triangle: the left lower half of the map
        await page.Mouse.MoveAsync(box.X + 1, box.Y + 1);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + box.Width - 1, box.Y + box.Height - 1, new() { Steps = 4 });
        await page.Mouse.MoveAsync(box.X + 1, box.Y + box.Height - 1);
        await page.Mouse.UpAsync();
        await page.Keyboard.UpAsync("Shift");
        var points = await shop.Server.Get("/map.json");
        // what is well inside of the line is listed, what is well outside is not
        string[] listed = [.. await page.Locator("#map-listed a").EvaluateAllAsync<string[]>("links => links.map(link => link.href)")];
        bool IsListed(int n) => listed.Any(link => link.EndsWith($"/item?id={(string)points["items"]![n]!}", StringComparison.Ordinal));
        float Below(int n) => (float)points["y"]![n]! - (float)points["x"]![n]!; // the diagonal
        int[] all = [.. Enumerable.Range(0, points["items"]!.AsArray().Count)];
        Assert.All(all.Where(n => Below(n) > .02f && (float)points["x"]![n]! > .02f).Take(20), n => Assert.True(IsListed(n)));
        Assert.All(all.Where(n => Below(n) < -.02f).Take(100), n => Assert.False(IsListed(n)));
        Assert.NotEmpty(listed);
    }

    [Fact]
    public async Task Without_a_script_the_server_has_drawn_it()
    {
        await using var visit = await Visit.Begin(chromium, shop.Server, hasScript: false);
        var page = await visit.Open("/map?color=popularity&user=15");
        Assert.Equal(1_501, await page.Locator("#map circle").CountAsync()); // the user is one
        double[] spread = await page.EvaluateAsync<double[]>("""
            ["cx", "cy"].map(name => {
              const at = [...document.querySelectorAll("#map circle")].map(circle => +circle.getAttribute(name));
              return Math.max(...at) - Math.min(...at);
            })
            """);
        Assert.InRange(spread.Max(), 640, 660); // they fill the frame, though they are in the middle of the whole map
        Assert.Contains("up to", await page.Locator(".legend").InnerTextAsync(), StringComparison.Ordinal);
        await page.GetByLabel("Layout").SelectOptionAsync("neighbours");
        await page.GetByRole(AriaRole.Button, new() { Name = "Draw" }).ClickAsync();
        Assert.Contains("beside those", await page.Locator("#items .hint").InnerTextAsync(), StringComparison.Ordinal);
        await visit.Open("/map?color=mood", 400);
        Assert.Contains("no attribute 'mood'", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
    }
}
