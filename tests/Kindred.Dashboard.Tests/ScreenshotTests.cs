namespace Kindred.DashboardTests;

/// <summary>The pictures of docs/dashboard.md.</summary>
public sealed class ScreenshotTests(ChromiumBrowser chromium, FilmShop films, OnlineShop online)
{
    [Theory]
    [InlineData("dashboard-user", "/user?id=15&whyNot=50", false)]
    [InlineData("dashboard-map", "/map?layout=neighbours&user=15", true)]
    [InlineData("dashboard-models", "/models", false)]
    [InlineData("dashboard-experiment", $"/experiment?name={OnlineShop.Better}", false, true)]
    [InlineData("dashboard-off-policy", "/off-policy?snapshot=&event=click", true, true)]
    public async Task A_page_has_its_picture(string name, string path, bool isDark, bool isOnline = false)
    {
        await using var visit = await Visit.Begin(chromium, isOnline ? online.Server : films.Server, width: 1200, isDark);
        var page = await visit.Open(path);
        if (path.StartsWith("/map", StringComparison.Ordinal)) await page.Locator("#map canvas").WaitForAsync();
        await Screenshot.Take(page, name);
    }
}
