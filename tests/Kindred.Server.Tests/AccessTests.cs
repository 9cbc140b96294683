using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>Keys, scopes, limits and the audit log.</summary>
public sealed class AccessTests
{
    [Fact]
    public async Task TLS_is_configured_as_Kestrel_is()
    {
        using var folder = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string shop = folder.File("shop");
        Directory.CreateDirectory(shop);
        await File.WriteAllBytesAsync(
            folder.File("shop.pfx"), certificate.Export(X509ContentType.Pfx, "secret"), LivingServer.Cancellation);
        await File.WriteAllTextAsync(Path.Combine(shop, "settings.json"), $$$"""
            {"Kestrel":{"Certificates":{"Default":{"Path":"{{{folder.File("shop.pfx")}}}","Password":"secret"} } } }
            """, LivingServer.Cancellation);
        await using var server = await LivingServer.StartIn(shop, "--url", "https://127.0.0.1:0");
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint,
        };
        using var client = new HttpClient(handler) { BaseAddress = server.Client.BaseAddress };
        Assert.Equal("https", client.BaseAddress!.Scheme);
        using var live = await client.GetAsync("/health/live", LivingServer.Cancellation);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>( // who does not trust it
            () => server.Client.GetAsync("/health/live", LivingServer.Cancellation));
    }

    private const string Event = """{"type":"view","userId":"ann","itemId":"tea"}""";

    [Fact]
    public async Task Without_keys_only_programs_of_this_machine_are_let_in()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", Event);
        // a page that a browser of this machine shows
        using var other = new HttpRequestMessage(HttpMethod.Get, "/v1/items");
        other.Headers.Host = "evil.example";
        await LivingServer.Problem(await server.Client.SendAsync(other, LivingServer.Cancellation), 401);
        using var page = new HttpRequestMessage(HttpMethod.Get, "/v1/items");
        page.Headers.Add("Origin", "https://evil.example");
        var refused = await server.Client.SendAsync(page, LivingServer.Cancellation);
        await LivingServer.Problem(refused, 401);
        Assert.False(refused.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Keys_have_scopes_and_are_shown_once()
    {
        await using var server = await LivingServer.Start();
        Assert.Contains("needs the scope admin", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/keys", """{"name":"app","scopes":["read"]}"""), 400), StringComparison.Ordinal);
        string admin = await Add("""{"name":"me","scopes":["admin"]}""", null);
        string reader = await Add("""{"name":"app","scopes":["read"]}""", admin);
        string writer = await Add("""{"name":"homepage","scopes":["write"]}""", admin);

        Assert.Equal(401, await Status(HttpMethod.Get, "/v1/items", null));
        Assert.Equal(401, await Status(HttpMethod.Get, "/v1/items", "kindred_00000000_wrong"));
        Assert.Equal(200, await Status(HttpMethod.Get, "/v1/items", reader));
        Assert.Equal(403, await Status(HttpMethod.Get, "/v1/items", writer));
        Assert.Equal(200, await Status(HttpMethod.Post, "/v1/events", writer, Event));
        Assert.Equal(403, await Status(HttpMethod.Post, "/v1/events", reader, Event));
        Assert.Equal(200, await Status(HttpMethod.Get, "/v1/items", admin)); // admin includes the others
        Assert.Equal(200, await Status(HttpMethod.Post, "/v1/events", admin, Event));
        Assert.Equal(403, await Status(HttpMethod.Get, "/v1/keys", writer));
        Assert.Equal(403, await Status(HttpMethod.Get, "/v1/settings/events", reader));
        Assert.Equal(200, await Status(HttpMethod.Get, "/health", null));

        var keys = await LivingServer.Read(await server.Send(HttpMethod.Get, "/v1/keys", key: admin), 200);
        Assert.Equal(["me", "app", "homepage"], keys["keys"]!.AsArray().Select(key => (string)key!["name"]!));
        foreach (string key in (string[])[admin, reader, writer])
        {
            string secret = key.Split('_', 3)[2];
            Assert.DoesNotContain(secret, keys.ToJsonString(), StringComparison.Ordinal);
            Assert.DoesNotContain(secret, server.Said, StringComparison.Ordinal);
        }

        string id = (string)keys["keys"]![1]!["id"]!;
        Assert.Equal(204, await Status(HttpMethod.Delete, $"/v1/keys/{id}", admin));
        Assert.Equal(401, await Status(HttpMethod.Get, "/v1/items", reader));
        var audit = await LivingServer.Read(await server.Send(HttpMethod.Get, "/v1/audit", key: admin), 200);
        Assert.Equal(["remove-key", "add-key", "add-key", "add-key"],
            audit["entries"]!.AsArray().Select(entry => (string)entry!["action"]!));
        Assert.Equal("anonymous", (string)audit["entries"]![3]!["actor"]!);

        await server.Stop(); // writes down when keys were used
        await server.Restart();
        var used = await LivingServer.Read(await server.Send(HttpMethod.Get, "/v1/keys", key: admin), 200);
        Assert.NotNull(used["keys"]![1]!["lastUsedAt"]); // of the writer

        async Task<string> Add(string body, string? key) =>
            (string)(await LivingServer.Read(await server.Send(HttpMethod.Post, "/v1/keys", body, key: key), 201))["key"]!;
        async Task<int> Status(HttpMethod method, string path, string? key, string? body = null) =>
            (int)(await server.Send(method, path, body, key: key)).StatusCode;
    }

    [Fact]
    public async Task The_command_adds_lists_and_removes_keys_of_a_running_server()
    {
        await using var server = await LivingServer.Start();
        var added = JsonNode.Parse(await LivingServer.Succeed(
            "keys", "add", "--data", server.Folder, "--name", "app", "--scope", "read", "--scope", "write", "--json"))!;
        string key = (string)added["key"]!;
        await LivingServer.Until(
            async () => (await server.Send(HttpMethod.Get, "/v1/items")).StatusCode == HttpStatusCode.Unauthorized, "the key counts");
        await LivingServer.Read(await server.Send(HttpMethod.Get, "/v1/items", key: key), 200);
        string list = await LivingServer.Succeed("keys", "list", "--data", server.Folder);
        Assert.Contains("app", list, StringComparison.Ordinal);
        Assert.Contains("read, write", list, StringComparison.Ordinal);
        Assert.DoesNotContain(key.Split('_', 3)[2], list, StringComparison.Ordinal);
        await LivingServer.Succeed("keys", "remove", (string)added["id"]!, "--data", server.Folder);
        await LivingServer.Until(
            async () => (await server.Send(HttpMethod.Get, "/v1/items")).StatusCode == HttpStatusCode.OK, "there are no keys");
        var (exitCode, _, error) = await LivingServer.Command("keys", "remove", "nosuch", "--data", server.Folder);
        Assert.Equal(2, exitCode);
        Assert.Contains("There is no key 'nosuch'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_may_ask_only_so_often()
    {
        await using var server = await LivingServer.Start();
        await LivingServer.Read(await server.Send(HttpMethod.Put, "/v1/settings/limits", """{"requestsPerSecond":1,"burst":3}"""), 200);
        var answers = new List<HttpResponseMessage>();
        for (int n = 0; n < 20; n++) answers.Add(await server.Send(HttpMethod.Get, "/v1/items"));
        Assert.InRange(answers.Count(answer => answer.IsSuccessStatusCode), 3, 19);
        var refused = answers.First(answer => !answer.IsSuccessStatusCode);
        Assert.Contains("requests a second", await LivingServer.Problem(refused, 429), StringComparison.Ordinal);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(200, (int)(await server.Send(HttpMethod.Get, "/health/live")).StatusCode); // not limited
    }
}
