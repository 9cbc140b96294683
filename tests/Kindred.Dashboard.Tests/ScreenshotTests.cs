using Kindred.Tests.Support;

namespace Kindred.DashboardTests;

/// <summary>The pictures of docs/dashboard.md. With KINDRED_SCREENSHOTS=1 they are taken again.</summary>
public sealed class ScreenshotTests(ChromiumBrowser chromium, FilmShop films, OnlineShop online)
{
    private static readonly string Folder = Path.Combine(RealData.Root, "docs", "images");

    [Theory]
    [InlineData("dashboard-user", "/user?id=15&whyNot=50", false)]
    [InlineData("dashboard-map", "/map?layout=neighbours&user=15", true)]
    [InlineData("dashboard-models", "/models", false)]
    [InlineData("dashboard-experiment", $"/experiment?name={OnlineShop.Better}", false, true)]
    [InlineData("dashboard-off-policy", "/off-policy?snapshot=&event=click", true, true)]
    public async Task A_page_has_its_picture(string name, string path, bool isDark, bool isOnline = false)
    {
        string file = Path.Combine(Folder, $"{name}.png");
        await using var visit = await Visit.Begin(chromium, isOnline ? online.Server : films.Server, width: 1200, isDark);
        var page = await visit.Open(path);
        if (path.StartsWith("/map", StringComparison.Ordinal)) await page.Locator("#map canvas").WaitForAsync();
        byte[] picture = await page.ScreenshotAsync(new() { Clip = new() { X = 0, Y = 0, Width = 1200, Height = 900 } });
        if (Environment.GetEnvironmentVariable("KINDRED_SCREENSHOTS") == "1")
            await File.WriteAllBytesAsync(file, picture, TestContext.Current.CancellationToken);
        Assert.True(File.Exists(file), $"{file} is missing: run the tests with KINDRED_SCREENSHOTS=1.");
        Assert.Contains($"images/{name}.png", await File.ReadAllTextAsync(
            Path.Combine(Folder, "..", "dashboard.md"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
