using System.Net;
using System.Text.RegularExpressions;
using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>What a server needs behind a proxy, in a container, under a supervisor.</summary>
public sealed partial class DeploymentTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task What_comes_through_a_proxy_of_this_machine_needs_a_key()
    {
        await using var server = await LivingServer.Start();
        (string Name, string Value)[] forwarded =
        [
            ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", "unknown"),
            ("X-Forwarded-For", "203.0.113.9, 127.0.0.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "localhost"),
            ("Forwarded", "for=127.0.0.1"), ("X-Real-IP", "127.0.0.1"), ("Via", "1.1 proxy"),
        ];
        foreach (var (name, value) in forwarded)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/items");
            request.Headers.Add(name, value);
            Assert.Contains("not through a proxy", await LivingServer.Problem(
                await server.Client.SendAsync(request, LivingServer.Cancellation), 401), StringComparison.Ordinal);
        }
        await server.Get("/v1/items");
    }

    [Fact]
    public async Task A_key_file_names_the_admin_and_the_cookie_of_a_browser_behind_TLS_is_secure()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("admin.key");
        await File.WriteAllTextAsync(file, $"{Secret}\n", LivingServer.Cancellation);
        await using var server = await LivingServer.StartIn(folder.File("shop"), "--admin-key-file", file);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Send(HttpMethod.Get, "/v1/keys")).StatusCode);
        var keys = await LivingServer.Read(await server.Send(HttpMethod.Get, "/v1/keys", key: Secret), 200);
        Assert.Equal("key-file", (string)Assert.Single(keys["keys"]!.AsArray())!["id"]!);

        Assert.DoesNotContain("secure", await CookieOf(server, "http"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("secure", await CookieOf(server, "https"), StringComparison.OrdinalIgnoreCase);

        // another text is another key
        Assert.Equal(0, await server.Stop());
        await File.WriteAllTextAsync(file, $"{Secret}ff", LivingServer.Cancellation);
        await server.Restart();
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Send(HttpMethod.Get, "/v1/keys", key: Secret)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Send(HttpMethod.Get, "/v1/keys", key: $"{Secret}ff")).StatusCode);
    }

    [Fact]
    public async Task A_key_file_may_hold_a_key_that_was_added_if_it_is_an_admin()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("admin.key");
        string admin, reader;
        await using (var server = await LivingServer.StartIn(folder.File("shop")))
        {
            admin = (string)(await server.Post("/v1/keys", """{"name":"me","scopes":["admin"]}""", 201))["key"]!;
            reader = (string)(await LivingServer.Read(
                await server.Send(HttpMethod.Post, "/v1/keys", """{"name":"app","scopes":["read"]}""", key: admin), 201))["key"]!;
        }
        await File.WriteAllTextAsync(file, admin, LivingServer.Cancellation);
        await using (var server = await LivingServer.StartIn(folder.File("shop"), "--admin-key-file", file))
            Assert.Equal(HttpStatusCode.OK, (await server.Send(HttpMethod.Get, "/v1/keys", key: admin)).StatusCode);
        await File.WriteAllTextAsync(file, reader, LivingServer.Cancellation);
        var (exitCode, _, error) = await LivingServer.Command(
            "serve", "--data", folder.File("shop"), "--url", "http://127.0.0.1:0", "--admin-key-file", file);
        Assert.Equal(2, exitCode);
        Assert.Contains("'app', which does not have the scope admin", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("short", "at least 32 characters")]
    [InlineData("0123456789abcdef 0123456789abcdef", "without spaces")]
    [InlineData(null, "cannot be read")]
    public async Task A_key_file_that_holds_no_key_stops_the_server(string? text, string sentence)
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("admin.key");
        if (text is not null) await File.WriteAllTextAsync(file, text, LivingServer.Cancellation);
        var (exitCode, _, error) = await LivingServer.Command(
            "serve", "--data", folder.File("shop"), "--url", "http://127.0.0.1:0", "--admin-key-file", file);
        Assert.Equal(2, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_says_whether_a_server_takes_requests()
    {
        await using var server = await LivingServer.Start();
        string url = $"{server.Client.BaseAddress}";
        Assert.Contains("takes requests; it is ready.", await LivingServer.Succeed("health", "--url", url), StringComparison.Ordinal);
        await server.Kill();
        var (exitCode, _, error) = await LivingServer.Command("health", "--url", url);
        Assert.Equal(2, exitCode);
        Assert.Contains("does not answer", error, StringComparison.Ordinal);
        Assert.Equal(2, (await LivingServer.Command("health", "--url", "shop")).ExitCode);
    }

    private static async Task<string> CookieOf(LivingServer server, string scheme)
    {
        string page = await server.Client.GetStringAsync("/login", LivingServer.Cancellation);
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var browser = new HttpClient(handler) { BaseAddress = server.Client.BaseAddress };
        using var sent = new HttpRequestMessage(HttpMethod.Post, "/login")
        {
            Content = new FormUrlEncodedContent([new("token", Token().Match(page).Groups[1].Value), new("key", Secret), new("to", "/")]),
        };
        sent.Headers.Add("X-Forwarded-For", "203.0.113.7");
        sent.Headers.Add("X-Forwarded-Proto", scheme);
        using var answer = await browser.SendAsync(sent, LivingServer.Cancellation);
        return string.Join(' ', answer.Headers.GetValues("Set-Cookie"));
    }

    [GeneratedRegex("name=\"token\" value=\"([^\"]*)\"")]
    private static partial Regex Token();
}
