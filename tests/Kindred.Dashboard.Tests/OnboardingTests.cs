using Microsoft.Playwright;

namespace Kindred.DashboardTests;

/// <summary>The cards of a new user can be tried by forms alone: the page needs no script.</summary>
public sealed class OnboardingTests(ChromiumBrowser chromium, FilmShop shop)
{
    [Fact]
    public async Task Cards_are_picked_until_the_interview_is_over()
    {
        await using var visit = await Visit.Begin(chromium, shop.Server);
        var page = await visit.Open("/onboarding?kind=group");
        await visit.Check();
        Assert.Contains("groups", await page.Locator("#cards .hint").InnerTextAsync(), StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Link, new() { Name = "Onboarding" }).ClickAsync();
        string[] before = [.. await page.Locator("#preview h3").AllInnerTextsAsync()];
        var seen = new HashSet<string>();
        for (int round = 0; round < 3; round++)
        {
            await visit.Check();
            var labels = await page.Locator("#cards label").AllInnerTextsAsync();
            Assert.Equal(8, labels.Count);
            Assert.All(labels, label => Assert.True(seen.Add(label), $"{label} was shown before"));
            await page.Locator("#cards input[type=checkbox] >> nth=0").CheckAsync();
            await page.Locator("#cards input[type=checkbox] >> nth=1").CheckAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Next cards" }).ClickAsync();
        }
        Assert.Contains("The interview is over: 6 picked.", await page.Locator("#cards").InnerTextAsync(), StringComparison.Ordinal);
        Assert.NotEqual(before, await page.Locator("#preview h3").AllInnerTextsAsync());
    }
}
