using Kindred.ServerTests;
using Microsoft.Playwright;

namespace Kindred.DashboardTests;

/// <summary>The log of answers says what a snapshot would have earned, or why it cannot.</summary>
public sealed class OffPolicyTests(ChromiumBrowser chromium, OnlineShop shop)
{
    [Theory]
    [InlineData(390, true)]
    [InlineData(1440, false)]
    public async Task A_snapshot_is_judged_by_what_was_drawn(int width, bool isDark)
    {
        await using var visit = await Visit.Begin(chromium, shop.Server, width, isDark);
        var page = await visit.Open("/off-policy");
        Assert.Equal(0, await page.Locator("section").CountAsync()); // nothing is asked
        await page.GetByLabel("Events that are a success").FillAsync("click");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask the log" }).ClickAsync();
        await visit.Check();
        var json = await page.GetByRole(AriaRole.Link, new() { Name = "The log as JSON" }).GetAttributeAsync("href");
        var answer = await shop.Server.Get(json!);
        var report = answer["reports"]![0]!;
        Assert.Equal((1_200, true), ((int)answer["answers"]!, (bool)answer["isWhole"]!));
        Assert.Contains((string)report["verdict"]!, await page.Locator("#policy-0").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("would have earned", (string)report["verdict"]!, StringComparison.Ordinal);
        Assert.Contains("Effective sample size", await page.Locator("#policy-0").InnerTextAsync(), StringComparison.Ordinal);
        var weights = report["diagnostics"]!["weights"]!.AsArray();
        Assert.Equal(1_200, weights.Sum(bin => (int)bin!["decisions"]!));
        Assert.Equal([0, 8], weights.Select(bin => (double)bin!["upTo"]!)); // a is shown with ⅛
        Assert.Equal(["Decisions by weight", "Value by λ: clipped IPS"], await page.Locator("#policy-0 figcaption").AllInnerTextsAsync());
    }

    [Fact]
    public async Task What_the_log_cannot_tell_is_said_with_what_would_change_it()
    {
        await using var visit = await Visit.Begin(chromium, shop.Server, hasScript: false);
        var page = await visit.Open("/off-policy?snapshot=&places=1&days=6&event=click");
        Assert.Contains("Not answerable", await page.Locator("#policy-0").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(["Decisions by weight"], await page.Locator("#policy-0 figcaption").AllInnerTextsAsync());
        await visit.Open("/off-policy?snapshot=&days=0", 400);
        Assert.Contains("days must be 1 to", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("There is no snapshot 99", await LivingServer.Problem(
            await shop.Server.Send(HttpMethod.Get, "/v1/ope?snapshot=99"), 400), StringComparison.Ordinal);
        var newest = await shop.Server.Get("/v1/ope?answers=500");
        Assert.Equal((500, false), ((int)newest["answers"]!, (bool)newest["isWhole"]!));
    }
}
