using System.Globalization;
using Kindred.ServerTests;
using Microsoft.Playwright;

namespace Kindred.DashboardTests;

/// <summary>The page where a browser gives its key: on every screen, with and without a script, for wrong keys and too many.</summary>
public sealed class LoginPageTests(ChromiumBrowser chromium, LoginTests.LockedShop locked) : IClassFixture<LoginTests.LockedShop>
{
    [Theory]
    [InlineData(390, false, true), InlineData(390, true, true), InlineData(1440, false, true), InlineData(1440, true, true)]
    [InlineData(390, true, false), InlineData(1440, false, false)]
    public async Task It_fits_every_screen_and_says_what_is_wrong_with_a_key(int width, bool isDark, bool hasScript)
    {
        await using var visit = await Visit.Begin(chromium, locked.Server, width, isDark, hasScript);
        var page = await visit.Open("/data");
        Assert.Equal("Log in", await page.Locator("h1").InnerTextAsync());
        Assert.Equal(0, await page.Locator("nav a").CountAsync()); // pages that the visitor may not see are not named
        await visit.Check();
        await page.GetByLabel("Key").FillAsync("kindred_wrong_<b>key</b>");
        await page.Keyboard.PressAsync("Enter");
        Assert.Contains("unknown", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("", await page.GetByLabel("Key").InputValueAsync()); // a key is never sent back
        await visit.Check();
        await Screenshot.Take(page, width == 1440 && !isDark && hasScript ? "dashboard-login" : null);
        await page.GetByLabel("Key").FillAsync(locked.Admin);
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("h1", new() { HasText = "Data" }).WaitForAsync();
        Assert.EndsWith("/data", page.Url, StringComparison.Ordinal); // where they wanted to be
    }

    [Fact]
    public async Task After_too_many_wrong_keys_an_address_waits()
    {
        await using var server = await LivingServer.Start();
        await LivingServer.Succeed("keys", "add", "--data", server.Folder, "--name", "me", "--scope", "admin");
        await using var visit = await Visit.Begin(chromium, server, width: 390, hasScript: false);
        var page = visit.Page;
        await LivingServer.Until(
            async () => (await page.GotoAsync("/login"))!.Url.EndsWith("/login", StringComparison.Ordinal), "it has keys");
        IResponse? answer = null;
        for (int n = 0; n <= 10; n++)
        {
            await page.GetByLabel("Key").FillAsync($"kindred_wrong{n}");
            answer = await page.RunAndWaitForResponseAsync(
                () => page.Keyboard.PressAsync("Enter"), response => response.Request.Method == "POST");
            Assert.Equal(n < 10 ? 401 : 429, answer.Status);
        }
        Assert.InRange(int.Parse((await answer!.HeaderValueAsync("Retry-After"))!, CultureInfo.InvariantCulture), 1, 60);
        Assert.Contains("Too many wrong keys", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
    }
}
