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
    public async Task An_evaluation_is_written_as_a_page_that_loads_nothing_and_fits_every_screen()
    {
        await new KindredProcess(_folder.Path)
        .Succeed("evaluate", films.Data, "--model", "item-knn", "--model", "implicit-als:dimensions=8,epochs=3",
            "--k", "5,10,20", "--html", "page.html");
        string html = await File.ReadAllTextAsync(_folder.File("page.html"), Cancellation);
        Assert.DoesNotMatch(External, html);
        var page = XDocument.Parse(html);
        string[] expected = ["leaderboard", "verdicts", "curves", "time", "segments", "popularity", "distribution", "map", "learning",
            "metrics", "data", "definitions", "reproduce"];
        Assert.Equal(expected, page.Descendants("section").Select(s => s.Attribute("id")!.Value));
        var map = page.Descendants("section").Single(section => section.Attribute("id")!.Value == "map");
        Assert.Contains("by the embeddings of implicit-als", map.Value, StringComparison.Ordinal); // item-knn has none
        var drawn = map.Descendants("svg").Single(svg => svg.Attribute("class")?.Value == "map");
        Assert.InRange(drawn.Descendants("circle").Count(), 100, 1_000);
        Assert.Contains("kindred evaluate", page.Descendants("pre").Single().Value, StringComparison.Ordinal);

        Assert.SkipUnless(Browser is not null, "There is no chromium here to show the page.");
        string shown = await ShownAt(320, 390, 1280);
        foreach (int width in (int[])[320, 390, 1280])
            Assert.Contains(
                $"[{width}: width {width}, too wide 0, sections {expected.Length}, requests 0]", shown, StringComparison.Ordinal);
    }

    /// <summary>
    /// The page has no script, so the one that measures it is around it, in frames: windows cannot be as narrow as phones.
    /// </summary>
    private async Task<string> ShownAt(params int[] widths)
    {
        await File.WriteAllTextAsync(_folder.File("frames.html"), $$"""
            <!DOCTYPE html><pre id="said"></pre><script>
            for (const width of [{{string.Join(',', widths)}}]) {
              const frame = document.createElement('iframe');
              frame.style = `width:${width}px;height:900px;border:0`;
              frame.onload = () => {
                const view = frame.contentWindow, all = query => [...view.document.querySelectorAll(query)];
                const isWide = svg => !svg.closest('.scroll') && svg.getBoundingClientRect().right > width;
                document.getElementById('said').textContent += `[${width}: width ${view.document.documentElement.scrollWidth}, ` +
                  `too wide ${all('svg').filter(isWide).length}, sections ${all('section').length}, ` +
                  `requests ${view.performance.getEntriesByType('resource').length}]`;
              };
              frame.src = 'page.html';
              document.body.append(frame);
            }</script>
            """, Cancellation);
        var run = await CliWrap.Cli.Wrap(Browser!).WithWorkingDirectory(_folder.Path).WithArguments(
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files",
            "--virtual-time-budget=10000",
            "--host-resolver-rules=MAP * ~NOTFOUND", $"--user-data-dir={_folder.File("profile")}", "--window-size=1400,1000", "--dump-dom",
            $"file://{_folder.File("frames.html")}",
        ]).ExecuteBufferedAsync(Cancellation);
        return run.StandardOutput;
    }

    private static string? Browser => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    [GeneratedRegex("https?:|//|url\\(|@import|src=")]
    private static partial Regex External { get; }
}
