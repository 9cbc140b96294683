using Kindred.Tests.Support;
using Microsoft.Playwright;

namespace Kindred.DashboardTests;

/// <summary>Pictures of docs/dashboard.md. With KINDRED_SCREENSHOTS=1 they are taken again.</summary>
internal static class Screenshot
{
    private static readonly string Folder = Path.Combine(RealData.Root, "docs", "images");

    /// <param name="name">Of the file that docs/dashboard.md shows, without its extension; null: the picture is only taken.</param>
    public static async Task Take(IPage page, string? name)
    {
        float width = page.ViewportSize!.Width;
        byte[] picture = await page.ScreenshotAsync(new() { Clip = new() { X = 0, Y = 0, Width = width, Height = 900 } });
        if (name is null)
        {
            Assert.NotEmpty(picture);
            return;
        }
        string file = Path.Combine(Folder, $"{name}.png");
        if (Environment.GetEnvironmentVariable("KINDRED_SCREENSHOTS") == "1")
            await File.WriteAllBytesAsync(file, picture, TestContext.Current.CancellationToken);
        Assert.True(File.Exists(file), $"{file} is missing: run the tests with KINDRED_SCREENSHOTS=1.");
        Assert.Contains($"images/{name}.png", await File.ReadAllTextAsync(
            Path.Combine(Folder, "..", "dashboard.md"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
