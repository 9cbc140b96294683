using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Server;
using Kindred.Snapshots;
using Kindred.Tests.Support;
using Microsoft.AspNetCore.Builder;

namespace Kindred.SystemTests.Server;

/// <summary>A real server on a free port, and a client that talks to it over HTTP.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly TemporaryFolder? _folder;

    private RunningServer(WebApplication app, TemporaryFolder? folder)
    {
        App = app;
        _folder = folder;
        Client = new() { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) };
    }

    public WebApplication App { get; }

    public HttpClient Client { get; }

    /// <summary>Serves a snapshot of the films, which is called "films".</summary>
    public static async Task<RunningServer> Start(ITrainer trainer)
    {
        var folder = new TemporaryFolder();
        var app = KindredServer.Build(new() { Snapshot = Films.Write(folder.File("films"), trainer), Url = "http://127.0.0.1:0" });
        await app.StartAsync();
        return new(app, folder);
    }

    public static async Task<RunningServer> Start(LiveSnapshot holder, TimeSpan drain = default)
    {
        var app = KindredServer.Build(new() { Snapshot = "", Url = "http://127.0.0.1:0", Drain = drain }, holder);
        await app.StartAsync();
        return new(app, null);
    }

    /// <summary>Expects 200 and JSON.</summary>
    public async Task<JsonObject> Get(string path) => await Read(await Fetch(path), 200, "application/json");

    /// <summary>Expects 200 and JSON.</summary>
    public async Task<JsonObject> Post(string body) => await Read(await Send(body), 200, "application/json");

    public Task<HttpResponseMessage> Fetch(string path) => Client.GetAsync(path, TestContext.Current.CancellationToken);

    public async Task<HttpResponseMessage> Send(string body, string type = "application/json", Encoding? encoding = null)
    {
        using var content = new ByteArrayContent((encoding ?? Encoding.UTF8).GetBytes(body))
        {
            Headers = { ContentType = new(type, encoding?.WebName) },
        };
        return await Client.PostAsync("/v1/recommendations", content);
    }

    /// <summary>Expects the status and a problem of one sentence.</summary>
    /// <returns>The sentence.</returns>
    public static async Task<string> Problem(HttpResponseMessage response, int status)
    {
        var problem = await Read(response, status, "application/problem+json");
        Assert.Equal(status, (int)problem["status"]!);
        string sentence = (string)problem["detail"]!;
        Assert.Matches("[.?]$", sentence);
        Assert.DoesNotContain('\n', sentence);
        Assert.DoesNotContain("   at ", problem.ToJsonString(), StringComparison.Ordinal);
        return sentence;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
        _folder?.Dispose();
    }

    private static async Task<JsonObject> Read(HttpResponseMessage response, int status, string type)
    {
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} instead of {status}: {body}");
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        return JsonNode.Parse(body)!.AsObject();
    }
}
