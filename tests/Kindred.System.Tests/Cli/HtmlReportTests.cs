using System.Text.RegularExpressions;
using System.Xml.Linq;
using CliWrap;
using CliWrap.Buffered;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>The page of an evaluation, as the command writes it and as a browser shows it.</summary>
public sealed partial class HtmlReportTests(Films films) : IClassFixture<Films>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_evaluation_is_written_as_a_page_that_loads_nothing()
    {
        string html = await Page();
        Assert.DoesNotMatch(External, html);
        var page = XDocument.Parse(html);
        string[] expected = ["leaderboard", "verdicts", "curves", "segments", "popularity", "distribution", "learning", "metrics", "data", "definitions",
            "reproduce"];
        Assert.Equal(expected, page.Descendants("section").Select(s => s.Attribute("id")!.Value));
        Assert.Contains("kindred evaluate", page.Descendants("pre").Single().Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(320), InlineData(390), InlineData(1280)]
    public async Task A_browser_shows_it_without_scrolling_sideways_and_without_a_network(int width)
    {
        string browser = Browser ?? Skipped("no chromium on the path");
        // The page has no script of its own: what it measures is in a frame of the width asked for, as windows cannot be that narrow.
        string html = await Page();
        await File.WriteAllTextAsync(_folder.File("frame.html"), $$"""
            <!DOCTYPE html><iframe id="page" style="width:{{width}}px;height:900px;border:0" src="page.html"></iframe><pre id="said"></pre><script>
            document.getElementById('page').onload = event => {
              const view = event.target.contentWindow, root = view.document.documentElement;
              const wide = [...view.document.querySelectorAll('svg')].filter(s => !s.closest('.scroll') && s.getBoundingClientRect().right > {{width}});
              document.getElementById('said').textContent = `width ${root.scrollWidth} wide ${wide.length} ` +
                `sections ${view.document.querySelectorAll('section').length} requests ${view.performance.getEntriesByType('resource').length}`;
            };</script>
            """, Cancellation);
        var shown = await CliWrap.Cli.Wrap(browser).WithWorkingDirectory(_folder.Path).WithArguments(
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files", "--virtual-time-budget=10000",
            "--host-resolver-rules=MAP * ~NOTFOUND", $"--user-data-dir={_folder.File("profile")}", "--window-size=1400,1000", "--dump-dom",
            $"file://{_folder.File("frame.html")}",
        ]).ExecuteBufferedAsync(Cancellation);
        int sections = XDocument.Parse(html).Descendants("section").Count();
        Assert.Contains($"width {width} wide 0 sections {sections} requests 0", shown.StandardOutput, StringComparison.Ordinal);
    }

    private async Task<string> Page()
    {
        await new KindredProcess(_folder.Path).Succeed("evaluate", films.Data, "--model", "item-knn", "--model", "implicit-als:dimensions=8,epochs=3",
            "--k", "5,10,20", "--html", "page.html");
        return await File.ReadAllTextAsync(_folder.File("page.html"), Cancellation);
    }

    private static string Skipped(string reason)
    {
        Assert.Skip(reason);
        return "";
    }

    private static string? Browser => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    [GeneratedRegex("https?:|//|url\\(|@import|src=")]
    private static partial Regex External { get; }
}
