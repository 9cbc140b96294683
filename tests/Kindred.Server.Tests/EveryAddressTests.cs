using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Kindred.ServerTests;

/// <summary>What holds for every address of /openapi/v1.json: of a server that has nothing yet, and of keys that may only write.</summary>
/// <remarks>One server for the class.</remarks>
public sealed partial class EveryAddressTests(EveryAddressTests.Started started) : IClassFixture<EveryAddressTests.Started>
{
    private static readonly string?[] Bad =
    [
        null, "", "nonsense", "[]", "\"x\"", "5", "null", "[null]", "{", """{"foo":1}""", """{"foo":1,"foo":2}""", "{\"\\ud800\":1}",
        """{"home":{"sources":[{"kind":"\ud800"}]}}""", """{"id":"\ud800","type":"\ud800","name":"\ud800","session":"\ud800"}""",
        """{"user":1,"picked":"tea","name":[],"scopes":1,"impressions":"many","reason":{},"anyway":"x","arm":[],"attributes":"x"}""",
    ];

    [Fact]
    public async Task A_body_that_cannot_be_read_is_refused_with_a_sentence()
    {
        var server = started.Server;
        var addresses = (await Addresses(server, "post", "put", "patch"))
            .Concat((await server.Get("/v1/settings"))["settings"]!.AsArray().Select(setting =>
                (HttpMethod.Put, $"/v1/settings/{(string)setting!["name"]!}"))).ToArray();
        Assert.True(addresses.Length > 30, $"only {addresses.Length} addresses");
        foreach (var (method, path) in addresses)
        {
            foreach (string? body in Bad)
            {
                var response = await server.Send(method, path, body);
                string answer = await response.Content.ReadAsStringAsync(LivingServer.Cancellation);
                Assert.True((int)response.StatusCode < 500, $"{method} {path} with {body ?? "no body"}: {answer}");
                if ((int)response.StatusCode >= 400) Assert.Matches("[.?]$", (string)JsonNode.Parse(answer)!["detail"]!);
            }
        }
        Assert.DoesNotContain("   at Kindred", server.Said, StringComparison.Ordinal); // no stack trace in the log
    }

    [Theory]
    [InlineData("POST", "/v1/onboarding", """{"session":"s","picked":"tea"}""", "The body cannot be read at $.picked: ")]
    [InlineData("POST", "/v1/onboarding", "", "The body is empty; send a JSON object of user, session, picked, ")]
    [InlineData("POST", "/v1/keys", """{"nmae":"x"}""", "The body cannot be read at $.nmae: there is no such name (did you mean name?)")]
    [InlineData("PUT", "/v1/items/tea/contract", "nonsense", "The body cannot be read at $: ")]
    public async Task The_sentence_says_where_and_what_is_right(string method, string path, string body, string sentence) =>
        Assert.StartsWith(
            sentence, await LivingServer.Problem(await started.Server.Send(new(method), path, body), 400), StringComparison.Ordinal);

    [Fact]
    public async Task Without_a_model_what_only_a_model_has_is_not_found()
    {
        foreach (string path in (string[])["/v1/index", "/v1/pipeline"])
            Assert.StartsWith("No model is trained yet, so there is no", await LivingServer.Problem(
                await started.Server.Send(HttpMethod.Get, path), 404), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_contract_cannot_be_is_named_in_the_answer()
    {
        var server = started.Server;
        var many = await LivingServer.Read(
            await server.Send(HttpMethod.Put, "/v1/items/contracted", """{"attributes":{"contract":"many"}}"""), 200);
        Assert.Equal(("contract", "a whole number of impressions", "\"many\""), ConflictIn(many));
        Assert.Equal("-1", ConflictIn(await server.Post("/v1/items", """{"id":"contracted","attributes":{"contract":-1}}""")).Given);
        var right = await LivingServer.Read(
            await server.Send(HttpMethod.Patch, "/v1/items/right", """{"attributes":{"contract":30}}"""), 404);
        Assert.NotNull(right["detail"]);
        Assert.Null((await server.Post("/v1/items", """{"id":"usual","attributes":{"title":"contract"}}"""))["conflicts"]);
    }

    [Fact]
    public async Task A_key_that_may_only_write_reads_nothing_of_what_is_known()
    {
        await using var server = await LivingServer.Start(); // its keys would lock the others out
        string admin = await Key("""{"name":"me","scopes":["admin"]}""", null);
        string writer = await Key("""{"name":"w","scopes":["write"]}""", admin);
        string both = await Key("""{"name":"b","scopes":["read","write"]}""", admin);
        foreach (var (method, path) in await Addresses(server, "get"))
            await LivingServer.Problem(await server.Send(method, path, key: writer), 403);

        const string Answer = """{"user":"ann","picked":["tea"]}""";
        Assert.Contains("does not have the scope read", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/onboarding", Answer, key: writer), 403), StringComparison.Ordinal);
        await LivingServer.Read(await server.Send(HttpMethod.Post, "/v1/onboarding", Answer, key: both), 200);

        const string Known = """{"attributes":{"email":"ann@example.org"}}""";
        Assert.Null((await Send(HttpMethod.Put, "/v1/users/ann", Known, writer))["attributes"]);
        Assert.Null((await Send(HttpMethod.Patch, "/v1/users/ann", "{}", writer))["attributes"]);
        Assert.NotNull((await Send(HttpMethod.Patch, "/v1/users/ann", "{}", both))["attributes"]!["email"]);
        Assert.Null((await Send(HttpMethod.Put, "/v1/items/tea", """{"attributes":{"price":4}}""", writer))["attributes"]);
        Assert.Null((await Send(HttpMethod.Post, "/v1/items/tea/hide", null, writer))["attributes"]);

        async Task<string> Key(string body, string? key) =>
            (string)(await LivingServer.Read(await server.Send(HttpMethod.Post, "/v1/keys", body, key: key), 201))["key"]!;
        async Task<JsonObject> Send(HttpMethod method, string path, string? body, string key) =>
            await LivingServer.Read(await server.Send(method, path, body, key: key), 200);
    }

    private static (string Name, string Known, string Given) ConflictIn(JsonObject answer)
    {
        var conflict = answer["conflicts"]!.AsArray().Single(one => (string)one!["known"]! == "a whole number of impressions")!;
        return ((string)conflict["name"]!, (string)conflict["known"]!, (string)conflict["given"]!);
    }

    /// <returns>With "tea" in place of each parameter of the path; those of /v1 alone, and none that streams for ever.</returns>
    private static async Task<(HttpMethod Method, string Path)[]> Addresses(LivingServer server, params string[] methods)
    {
        using var description = await server.Client.GetAsync("/openapi/v1.json", LivingServer.Cancellation);
        Assert.Equal(HttpStatusCode.OK, description.StatusCode);
        var paths = JsonNode.Parse(await description.Content.ReadAsStringAsync(LivingServer.Cancellation))!["paths"]!.AsObject();
        return
        [
            .. paths.Where(path => path.Key.StartsWith("/v1/", StringComparison.Ordinal)).SelectMany(path =>
                path.Value!.AsObject().Where(operation => methods.Contains(operation.Key))
                    .Select(operation => (new HttpMethod(operation.Key.ToUpperInvariant()), Parameter().Replace(path.Key, "tea")))),
        ];
    }

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();

    /// <summary>A server that has nothing.</summary>
    public sealed class Started : IAsyncLifetime
    {
        internal LivingServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await LivingServer.Start();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
