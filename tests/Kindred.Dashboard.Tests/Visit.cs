using System.Collections.Concurrent;
using Deque.AxeCore.Playwright;
using Kindred.ServerTests;
using Microsoft.Playwright;

namespace Kindred.DashboardTests;

/// <summary>
/// Someone who looks at pages of a server. When they leave, nothing may have gone wrong that they did not see: no error of the console
/// or of a script, no request to another host.
/// </summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _faults = new(), _refused = new();
    private readonly Uri _server;

    private readonly bool _hasScript;

    private Visit(IBrowserContext context, IPage page, Uri server, bool hasScript) =>
        (_context, Page, _server, _hasScript) = (context, page, server, hasScript);

    public IPage Page { get; }

    /// <param name="width">CSS pixels: 390 is a phone, 1440 a desktop.</param>
    public static async Task<Visit> Begin(
        ChromiumBrowser chromium, LivingServer server, int width = 1440, bool isDark = false, bool hasScript = true)
    {
        var context = await chromium.Browser.NewContextAsync(new()
        {
            BaseURL = server.Client.BaseAddress!.ToString(),
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            JavaScriptEnabled = hasScript,
        });
        var visit = new Visit(context, await context.NewPageAsync(), server.Client.BaseAddress!, hasScript);
        visit.Page.SetDefaultTimeout(15_000); // ms
        visit.Page.Console += (_, said) =>
        {
            if (said.Type == "error") visit._faults.Enqueue($"console: {said.Text} {said.Location}");
        };
        visit.Page.Response += (_, response) =>
        {
            if (response.Request.IsNavigationRequest && response.Status >= 400) visit._refused.Enqueue(response.Url);
        };
        visit.Page.PageError += (_, error) => visit._faults.Enqueue($"script: {error}");
        visit.Page.Request += (_, request) =>
        {
            var address = new Uri(request.Url);
            if (address.Scheme != "data" && address.Authority != visit._server.Authority) visit._faults.Enqueue($"request: {request.Url}");
        };
        return visit;
    }

    /// <summary>Opens a page and expects the status.</summary>
    public async Task<IPage> Open(string path, int status = 200)
    {
        var response = await Page.GotoAsync(path);
        Assert.Equal(status, response!.Status);
        return Page;
    }

    /// <summary>Checks the page that is open: wide enough, named, and usable by everyone as far as a program can tell.</summary>
    /// <param name="isAudited">Whether axe looks at it, which takes a second: once for the colors of day and of night is enough.</param>
    public async Task Check(bool isAudited = true)
    {
        Assert.EndsWith("– Kindred", await Page.TitleAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await Page.Locator("h1").CountAsync());
        if (!_hasScript) return; // what follows is asked by scripts
        int tooWide = await Page.EvaluateAsync<int>("document.documentElement.scrollWidth - window.innerWidth");
        Assert.True(tooWide <= 0, $"{Page.Url} is {tooWide} pixels too wide");
        if (!isAudited) return;
        var found = await Page.RunAxe();
        Assert.True(found.Violations.Length == 0, $"{Page.Url}: " + string.Join("; ", found.Violations.Select(violation =>
            $"{violation.Impact} {violation.Id}: {violation.Help} at {string.Join(", ", violation.Nodes.Take(3).Select(n => n.Html))}")));
    }

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        // browsers note pages that refuse something as errors of the console
        Assert.DoesNotContain(_faults, fault => !(fault.StartsWith("console: Failed to load resource", StringComparison.Ordinal)
            && _refused.Any(page => fault.Contains(page, StringComparison.Ordinal))));
    }
}
