using System.Net;
using System.Text;
using Kindred.ServerTests;
using Microsoft.Playwright;

namespace Kindred.DashboardTests;

/// <summary>Who may look, and who may change something.</summary>
public sealed class LoginTests(ChromiumBrowser chromium, FilmShop shop, LoginTests.LockedShop locked) : IClassFixture<LoginTests.LockedShop>
{
    /// <summary>A server that asks for keys.</summary>
    public sealed class LockedShop : IAsyncLifetime
    {
        private LivingServer? _server;

        internal LivingServer Server => _server!;

        internal string Admin { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            _server = await LivingServer.Start();
            Admin = await Key(_server, null, "admin", "read", "write");
        }

        public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;
    }

    [Fact]
    public async Task A_key_opens_the_pages_its_scopes_allow_until_it_is_removed()
    {
        var (server, admin) = (locked.Server, locked.Admin);
        string reader = await Key(server, admin, "read");
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open("/");
        Assert.Contains("/login?to=", page.Url, StringComparison.Ordinal);
        await visit.Check();
        await page.GetByLabel("Key").FillAsync("kindred_wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        Assert.Contains("unknown", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
        await LogIn(page, reader);
        Assert.Equal("Today", await page.Locator("h1").InnerTextAsync());

        var cookie = Assert.Single(await page.Context.CookiesAsync());
        Assert.True(cookie.HttpOnly);
        Assert.Equal(SameSiteAttribute.Strict, cookie.SameSite);
        Assert.DoesNotContain(reader, cookie.Value, StringComparison.Ordinal);
        Assert.Equal(0, await page.GetByRole(AriaRole.Button, new() { Name = "Load the sample data" }).CountAsync());
        await visit.Open("/v1/activity"); // the JSON behind a number
        await visit.Open("/v1/keys", 403);

        string id = reader.Split('_')[1];
        using (await server.Send(HttpMethod.Delete, $"/v1/keys/{id}", key: admin)) { }
        await visit.Open("/");
        Assert.Contains("/login", page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logging_out_ends_the_session()
    {
        var (server, admin) = (locked.Server, locked.Admin);
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open("/");
        await LogIn(page, admin);
        string session = Assert.Single(await page.Context.CookiesAsync()).Value;
        await page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        Assert.EndsWith("/login", page.Url, StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/activity");
        request.Headers.Add("Cookie", $"kindred-session={session}");
        using var answer = await server.Client.SendAsync(request, LivingServer.Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_session_changes_nothing_but_by_a_form_of_a_page()
    {
        var (server, admin) = (locked.Server, locked.Admin);
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open("/");
        await LogIn(page, admin);
        string session = Assert.Single(await page.Context.CookiesAsync()).Value;
        Assert.Equal(HttpStatusCode.Unauthorized, await Post(
            "/v1/events", new StringContent("""{"type":"view","userId":"a","itemId":"b"}""", Encoding.UTF8, "application/json")));
        Assert.Equal(HttpStatusCode.BadRequest, await Post("/sample", new FormUrlEncodedContent([])));
        Assert.Equal(HttpStatusCode.BadRequest,
            await Post("/sample", new FormUrlEncodedContent([new("token", new string('A', 43))])));
        Assert.Equal(HttpStatusCode.BadRequest, await Post("/contracts", new FormUrlEncodedContent([new("enabled", "yes")])));
        Assert.Equal(HttpStatusCode.BadRequest, await Post("/logout", new StringContent("")));

        async Task<HttpStatusCode> Post(string path, HttpContent content)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
            request.Headers.Add("Cookie", $"kindred-session={session}");
            using var answer = await server.Client.SendAsync(request, LivingServer.Cancellation);
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("//elsewhere.example/")]
    [InlineData("https://elsewhere.example/")]
    [InlineData("/\\elsewhere.example/")]
    public async Task The_login_leads_nowhere_else(string to)
    {
        var (server, admin) = (locked.Server, locked.Admin);
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open($"/login?to={Uri.EscapeDataString(to)}");
        await LogIn(page, admin);
        Assert.Equal(server.Client.BaseAddress!.ToString(), page.Url);
    }

    [Fact]
    public async Task Without_keys_a_page_from_elsewhere_may_send_no_form()
    {
        var server = shop.Server;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sample") { Content = new FormUrlEncodedContent([]) };
        request.Headers.Add("Origin", "http://elsewhere.example");
        using var answer = await server.Client.SendAsync(request, LivingServer.Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_reader_is_shown_no_page_that_changes_things()
    {
        var server = locked.Server;
        string reader = await Key(server, locked.Admin, "read");
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open("/");
        await LogIn(page, reader);
        Assert.Equal(
            ["Today", "As a user", "Item", "Onboarding", "New items", "Map", "Data"], await page.Locator("nav a").AllInnerTextsAsync());
        foreach (string path in (string[])["/pipeline", "/experiments", "/experiment", "/off-policy", "/access"])
            await visit.Open(path, 403);
        await visit.Open("/contracts");
        Assert.Equal(0, await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).CountAsync());
        await visit.Open("/models", 403);
        Assert.Contains("does not have the scope admin", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
    }

    private static async Task LogIn(IPage page, string key)
    {
        await page.GetByLabel("Key").FillAsync(key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
    }

    /// <returns>A new key.</returns>
    private static async Task<string> Key(LivingServer server, string? by, params string[] scopes)
    {
        string body = $$"""{"name":"test","scopes":[{{string.Join(',', scopes.Select(scope => $"\"{scope}\""))}}]}""";
        var answer = await LivingServer.Read(await server.Send(HttpMethod.Post, "/v1/keys", body, key: by), 201);
        return (string)answer["key"]!;
    }
}
