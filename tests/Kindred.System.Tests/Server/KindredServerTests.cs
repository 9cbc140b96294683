using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Server;
using Kindred.Snapshots;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Server;

public sealed class KindredServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    private string Films(string name, ITrainer? trainer = null) =>
        Snapshot.Is(_folder.File(name)) ? _folder.File(name) : Server.Films.Write(_folder.File(name), trainer ?? new Popularity());

    [Fact]
    public async Task It_is_live_and_ready_with_a_snapshot()
    {
        await using var server = await RunningServer.Start(new Popularity());
        Assert.Equal("live", (string)(await server.Get("/health/live"))["status"]!);
        Assert.Equal("ready", (string)(await server.Get("/health/ready"))["status"]!);
    }

    [Fact]
    public async Task It_is_live_but_not_ready_until_a_snapshot_is_loaded()
    {
        var holder = new LiveSnapshot();
        await using var server = await RunningServer.Start(holder);
        await server.Get("/health/live");
        foreach (string path in new[] { "/health/ready", "/v1/users/space1/recommendations", "/v1/items/alien/similar" })
            Assert.Contains(
                "No snapshot is loaded yet", await RunningServer.Problem(await server.Fetch(path), 503), StringComparison.Ordinal);
        string posted = await RunningServer.Problem(await server.Send("""{"history":["alien"]}"""), 503);
        Assert.Contains("No snapshot is loaded yet", posted, StringComparison.Ordinal);

        holder.Swap(Snapshot.Open(Films("a")));
        await server.Get("/health/ready");
        await server.Get("/v1/users/space1/recommendations");
    }

    [Fact]
    public async Task A_folder_of_snapshots_serves_the_newest()
    {
        Films("z-old");
        Films("a-new");
        await using var app = KindredServer.Build(new() { Snapshot = _folder.Path, Url = "http://127.0.0.1:0" });
        await app.StartAsync(Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        var answer = JsonNode.Parse(await client.GetStringAsync("/v1/users/x/recommendations", Cancellation))!;
        Assert.Equal("a-new", (string)answer["snapshot"]!);
        await app.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_ranker_that_the_program_brings_answers_from_the_snapshot_and_without_it_the_server_does_not_start()
    {
        var trainers = TrainerCatalog.Default.WithOnnx(_ => (rows, scores) =>
        {
            for (int n = 0; n < scores.Length; n++) scores[n] = -rows.Row(n)[0];
        });
        File.WriteAllText(_folder.File("rare.onnx"), "");
        File.WriteAllText(_folder.File("p.json"), """
            { "sources": [{ "kind": "popular" }], "ranker": { "kind": "onnx", "file": "rare.onnx", "features": ["item.events"] } }
            """);
        var data = EventList.Parse("ann: tea", "bob: tea jam ham", "cid: tea jam ham", "dan: tea jam rye");
        new ChosenModel(ModelSpec.Popularity, ModelSpec.Popularity).Train(data, Cancellation)
            .WithPipeline(_folder.File("p.json"), trainers, Cancellation).Publish(_folder.File("s"));
        var options = new ServerOptions { Snapshot = _folder.File("s"), Url = "http://127.0.0.1:0" };
        Assert.Contains("this program cannot run ONNX models", Assert.Throws<InputException>(() => KindredServer.Build(options)).Message);

        await using var app = KindredServer.Build(options with { Trainers = trainers });
        await app.StartAsync(Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        var answer = JsonNode.Parse(await client.GetStringAsync("/v1/users/ann/recommendations", Cancellation))!;
        Assert.Equal(["rye", "ham", "jam"], answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!));
        await app.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Everything_it_answers_is_described()
    {
        await using var server = await RunningServer.Start(new Popularity());
        var document = await server.Get("/openapi/v1.json");

        var paths = document["paths"]!.AsObject();
        Assert.Equal(
            ["/health/live", "/health/ready", "/v1/index", "/v1/items/{id}/similar", "/v1/pipeline", "/v1/recommendations",
                "/v1/users/{id}/recommendations"],
            paths.Select(p => p.Key).Order());
        foreach (var operation in paths.SelectMany(p => p.Value!.AsObject()).Select(o => o.Value!))
        {
            Assert.NotEmpty((string)operation["summary"]!);
            Assert.NotEmpty((string)operation["operationId"]!);
            Assert.NotNull(operation["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["$ref"]);
            Assert.All(operation["parameters"]?.AsArray() ?? [], parameter => Assert.NotEmpty((string)parameter!["description"]!));
        }
        var statuses = paths["/v1/recommendations"]!["post"]!["responses"]!.AsObject().Select(r => r.Key);
        Assert.Equal(["200", "400", "413", "415", "503"], statuses.Order());
        Assert.NotNull(paths["/v1/items/{id}/similar"]!["get"]!["responses"]!["404"]!["content"]!["application/problem+json"]);
        var body = paths["/v1/recommendations"]!["post"]!["requestBody"]!["content"]!["application/json"]!["schema"]!;
        Assert.Equal("#/components/schemas/RecommendationRequest", (string)body["$ref"]!);

        var parameters = paths["/v1/users/{id}/recommendations"]!["get"]!["parameters"]!.AsArray();
        var count = parameters.Single(p => (string)p!["name"]! == "count")!["schema"]!;
        Assert.Equal((1, 1000, 10), ((int)count["minimum"]!, (int)count["maximum"]!, (int)count["default"]!));
        var schemas = document["components"]!["schemas"]!;
        Assert.Equal(2, schemas["RecommendationRequest"]!["properties"]!["history"]!["items"]!["oneOf"]!.AsArray().Count);
        Assert.Equal(
            ["snapshot", "source", "items"], schemas["RecommendationAnswer"]!["required"]!.AsArray().Select(name => (string)name!));
    }

    [Fact]
    public async Task What_is_not_there_is_a_problem_too()
    {
        await using var server = await RunningServer.Start(new Popularity());
        Assert.Contains("There is nothing at /v2", await RunningServer.Problem(await server.Fetch("/v2"), 404), StringComparison.Ordinal);
        Assert.Contains(
            "does not answer GET", await RunningServer.Problem(await server.Fetch("/v1/recommendations"), 405), StringComparison.Ordinal);
        var deleted = await server.Client.DeleteAsync("/health/live", Cancellation);
        Assert.Contains("does not answer DELETE", await RunningServer.Problem(deleted, 405), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_ours_is_a_problem_without_a_stack_trace()
    {
        // closed behind the holder's back: every answer fails
        var snapshot = Snapshot.Open(Films("a"));
        var holder = new LiveSnapshot(snapshot);
        await using var server = await RunningServer.Start(holder);
        snapshot.Dispose();
        string sentence = await RunningServer.Problem(await server.Fetch("/v1/users/space1/recommendations"), 500);
        Assert.Equal("The server failed to answer; its log says why.", sentence);
        await server.Get("/health/live");
    }

    [Fact]
    public async Task Answers_are_whole_while_snapshots_are_swapped()
    {
        string[] paths = [Films("popular"), Films("knn", new ItemKnn { Shrinkage = 0 })];
        var holder = new LiveSnapshot(Snapshot.Open(paths[0]));
        await using var server = await RunningServer.Start(holder);
        using var done = new CancellationTokenSource();
        int answers = 0;
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            do
            {
                // each snapshot has one answer: the popular one "popularity", the other "model"
                var answer = await server.Get("/v1/users/space1/recommendations?count=2");
                Assert.Equal((string)answer["snapshot"]! == "knn" ? "model" : "popularity", (string)answer["source"]!);
                Assert.Equal(2, answer["items"]!.AsArray().Count);
                var similar = await server.Post("""{"history":["alien"],"count":3}""");
                Assert.All(similar["items"]!.AsArray(), item => Assert.Equal((string)similar["source"]!, (string)item!["source"]!));
                Interlocked.Increment(ref answers);
            }
            while (!done.IsCancellationRequested);
        }, Cancellation)).ToArray();

        var published = new List<Snapshot>();
        for (int n = 1; n <= 60; n++)
        {
            published.Add(Snapshot.Open(paths[n % 2]));
            holder.Swap(published[^1]);
            await Task.Delay(2, Cancellation);
        }
        await done.CancelAsync();
        await Task.WhenAll(clients);

        Assert.True(answers >= clients.Length);
        Assert.All(published[..^1], snapshot => Assert.Throws<ObjectDisposedException>(() => snapshot.Users.Id(0)));
        Assert.Equal("space0", published[^1].Users.Id(0));
    }

    [Fact]
    public async Task Told_to_stop_it_says_not_ready_first_and_finishes_what_is_under_way()
    {
        var holder = new LiveSnapshot(Snapshot.Open(Films("a")));
        await using var server = await RunningServer.Start(holder, drain: TimeSpan.FromSeconds(3));
        var address = server.Client.BaseAddress!;

        // A request under way: the body is still coming.
        using var slow = new TcpClient();
        await slow.ConnectAsync(IPAddress.Loopback, address.Port, Cancellation);
        var stream = slow.GetStream();
        string body = """{"history":["alien"],"count":2}""";
        string headers = $"Host: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        string head = $"POST /v1/recommendations HTTP/1.1\r\n{headers}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head + body[..10]), Cancellation);

        var stopped = server.App.StopAsync(Cancellation);
        // During the drain time new connections are still answered, and told the truth.
        using (var newcomer = new HttpClient { BaseAddress = address })
        {
            var ready = await newcomer.GetAsync("/health/ready", Cancellation);
            Assert.True(ready.Headers.ConnectionClose); // a proxy keeps none open that is about to be closed
            Assert.Contains("stopping", await RunningServer.Problem(ready, 503), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await newcomer.GetAsync("/health/live", Cancellation)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await newcomer.GetAsync("/v1/users/space1/recommendations", Cancellation)).StatusCode);
        }
        await WaitUntilClosed(address.Port);
        Assert.False(stopped.IsCompleted);

        await stream.WriteAsync(Encoding.ASCII.GetBytes(body[10..]), Cancellation);
        using var reader = new StreamReader(stream);
        string answer = await reader.ReadToEndAsync(Cancellation);
        Assert.StartsWith("HTTP/1.1 200 OK", answer, StringComparison.Ordinal);
        Assert.Contains("\"snapshot\":\"a\"", answer, StringComparison.Ordinal);
        await stopped;
    }

    /// <summary>Until nobody listens there any more.</summary>
    private static async Task WaitUntilClosed(int port)
    {
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port, Cancellation);
                await Task.Delay(50, Cancellation);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    [Fact]
    public async Task Stopping_closes_the_snapshot()
    {
        var snapshot = Snapshot.Open(Films("a"));
        await using (var server = await RunningServer.Start(new LiveSnapshot(snapshot))) await server.Get("/health/ready");
        Assert.Throws<ObjectDisposedException>(() => snapshot.Users.Id(0));
    }

    [Theory]
    [InlineData("localhost:5080")]
    [InlineData("https://localhost:5080")]
    [InlineData("nonsense")]
    [InlineData("http://127.0.0.1:0/base")]
    [InlineData("http://127.0.0.1:0?x=1")]
    [InlineData("http://me@127.0.0.1:0")]
    public void An_address_that_is_none_is_refused(string url)
    {
        var error = Assert.Throws<InputException>(() => KindredServer.Build(new() { Snapshot = Films("a"), Url = url }));
        Assert.Contains($"'{url}' is not an address to listen at", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Kestrel would listen on all interfaces.</summary>
    [Theory]
    [InlineData("http://nosuchhost:0",
        "'http://nosuchhost:0' names a host to listen at; use localhost, an IP address of this machine, or 0.0.0.0 for all of its " +
        "addresses.")]
    [InlineData("http://127.0.0.1:0;http://example.org",
        "'http://example.org' names a host to listen at; use localhost, an IP address of this machine, or 0.0.0.0 for all of its " +
        "addresses.")]
    [InlineData("http://localhost:0", "'http://localhost:0' asks for any free port of two addresses; use http://127.0.0.1:0.")]
    [InlineData(" ; ", "There is no address to listen at; use http://host:port, such as http://127.0.0.1:5080.")]
    public void An_address_of_nobody_knows_what_is_refused(string url, string sentence)
    {
        Assert.Equal(
            sentence, Assert.Throws<InputException>(() => KindredServer.Build(new() { Snapshot = Films("a"), Url = url })).Message);
        using var holder = new LiveSnapshot();
        Assert.Equal(
            sentence, Assert.Throws<InputException>(() => KindredServer.Build(new() { Snapshot = "", Url = url }, holder)).Message);
    }

    [Theory, InlineData("http://[::1]:0"), InlineData("http://127.0.0.1:0"), InlineData("http://0.0.0.0:0")]
    public async Task An_ip_address_is_listened_at(string url)
    {
        await using var app = KindredServer.Build(new() { Snapshot = Films("a"), Url = url });
        await app.StartAsync(Cancellation);
        Assert.StartsWith(url[..^1], app.Urls.Single(), StringComparison.Ordinal);
        await app.StopAsync(Cancellation);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_one_sentence()
    {
        var options = new ServerOptions { Snapshot = Films("a"), Url = "http://192.0.2.1:5080" }; // of documents alone, RFC 5737
        var error = await Assert.ThrowsAsync<InputException>(() => KindredServer.RunAsync(options, Cancellation));
        Assert.StartsWith("The server cannot listen at http://192.0.2.1:5080: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_is_answered_as_get_is_without_the_body()
    {
        await using var server = await RunningServer.Start(new ItemKnn());
        async Task<HttpResponseMessage> Head(string path) => await server.Client.SendAsync(new(HttpMethod.Head, path), Cancellation);
        foreach (string path in new[]
        {
            "/health/live", "/health/ready", "/openapi/v1.json",
            "/v1/users/space1/recommendations", "/v1/items/alien/similar", "/v1/items/zz/similar",
            "/v1/index", "/v1/pipeline", "/v1/users/a%2Fb/recommendations?count=0", "/v2",
        })
        {
            using var head = await Head(path);
            using var get = await server.Fetch(path);
            Assert.Equal((get.StatusCode, get.Content.Headers.ContentType), (head.StatusCode, head.Content.Headers.ContentType));
            Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancellation));
        }
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Head("/v1/recommendations")).StatusCode);
        await server.Get("/health/live"); // no body is left in the connection
    }

    [Fact]
    public async Task Nothing_that_may_be_left_out_is_described_as_required()
    {
        await using var server = await RunningServer.Start(new Popularity());
        var schemas = (await server.Get("/openapi/v1.json"))["components"]!["schemas"]!.AsObject();
        static bool MayBeNull(JsonNode? schema) => schema?["type"] is JsonArray types && types.Any(type => (string)type! == "null")
            || schema?["oneOf"] is JsonArray choices && choices.Any(MayBeNull) || (schema?["type"] as JsonValue)?.ToString() == "null";
        int optional = 0;
        foreach (var (name, schema) in schemas)
        {
            string[] required = [.. (schema!["required"]?.AsArray() ?? []).Select(member => (string)member!)];
            foreach (var (member, of) in schema["properties"]?.AsObject() ?? [])
            {
                if (!MayBeNull(of)) continue;
                optional++;
                Assert.False(required.Contains(member), $"{name}.{member} is required");
            }
        }
        Assert.True(optional > 10);
        Assert.Equal(
            ["stage", "rankBefore", "rankAfter", "scoreBefore", "reasons"],
            schemas["StageTrace"]!["required"]!.AsArray().Select(member => (string)member!));
    }

    [Fact]
    public void A_snapshot_that_cannot_be_opened_is_refused_before_anything_listens()
    {
        Assert.Contains("does not exist", Assert.Throws<InputException>(
            () => KindredServer.Build(new() { Snapshot = _folder.File("none") })).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(Films("a"), "model.safetensors"));
        Assert.Contains("model.safetensors is missing", Assert.Throws<InputException>(
            () => KindredServer.Build(new() { Snapshot = _folder.File("a") })).Message, StringComparison.Ordinal);
        var negative = new ServerOptions { Snapshot = Films("b"), Drain = TimeSpan.FromSeconds(-1) };
        Assert.Contains(
            "drain time must be >= 0", Assert.Throws<InputException>(
                () => KindredServer.Build(negative)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_one_sentence()
    {
        await using var server = await RunningServer.Start(new Popularity());
        string url = server.Client.BaseAddress!.ToString().TrimEnd('/');
        var options = new ServerOptions { Snapshot = Films("a"), Url = url };
        var error = await Assert.ThrowsAsync<InputException>(() => KindredServer.RunAsync(options, Cancellation));
        Assert.Equal($"{url} is in use by another program; choose another port.", error.Message);
    }

    [Fact]
    public async Task It_runs_until_it_is_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var running = KindredServer.RunAsync(new() { Snapshot = Films("a"), Url = "http://127.0.0.1:0" }, stop.Token);
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();
        await running.ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.False(running.IsFaulted);
    }
}
