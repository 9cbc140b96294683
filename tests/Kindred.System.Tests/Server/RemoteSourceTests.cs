using System.Text.Json.Nodes;
using Kindred.Configuration;
using Kindred.Models;
using Kindred.Snapshots;
using Kindred.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Kindred.SystemTests.Server;

/// <summary>A pipeline with a source over HTTP that takes its time.</summary>
public sealed class RemoteSourceTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication _partner;
    private int _asked, _givenUp;

    /// <summary>A partner that answers "unwatched" once the gate is open.</summary>
    public RemoteSourceTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _partner = builder.Build();
        _partner.MapPost("/candidates", async (HttpContext context) =>
        {
            Interlocked.Increment(ref _asked);
            try
            {
                await _gate.Task.WaitAsync(context.RequestAborted);
                await context.Response.WriteAsync("""{"items":[{"itemId":"unwatched","score":1}]}""", context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _givenUp);
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        _gate.TrySetResult();
        await _partner.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<RunningServer> Serve(int limitMilliseconds)
    {
        await _partner.StartAsync(TestContext.Current.CancellationToken);
        var data = Films.Interactions;
        var config = PipelineConfig.Parse($$"""
            {
              "sources": [
                { "kind": "popular" },
                { "kind": "http", "name": "partner", "url": "{{_partner.Urls.Single()}}/candidates", "limitMilliseconds": {{limitMilliseconds}} }
              ]
            }
            """);
        var trained = new PipelineTrainer().Train(config, data, new());
        var popularity = new TrainedModel(
            new("popularity", [], 0, 0, "films", "", data.Users.Count, data.Items.Count, data.Histories.Count), new Popularity()
                .Train(data, new()));
        Snapshot.Write(_folder.File("films"), new(data, data.ItemAttributes, popularity, popularity, Pipeline: new(trained, [])));
        return await RunningServer.Start(new LiveSnapshot(Snapshot.Open(_folder.File("films"))));
    }

    private static async Task Await(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(10, TestContext.Current.CancellationToken);
    }

    /// <summary>With a thread for each that waits there would be no thread left to ask for more, nor to answer a load balancer.</summary>
    [Fact]
    public async Task Requests_that_wait_for_it_hold_no_threads()
    {
        const int Requests = 400;
        await using var server = await Serve(limitMilliseconds: 60_000);
        Assert.Equal(0, _asked); // a server does not ask before it is asked
        var answers = Enumerable.Range(0, Requests).Select(_ => server.Get("/v1/users/newcomer/recommendations?count=9")).ToArray();
        await Await(() => _asked == Requests);
        Assert.Equal("live", (string)(await server.Get("/health/live"))["status"]!);
        Assert.DoesNotContain(answers, answer => answer.IsCompleted);
        _gate.SetResult();
        foreach (var answer in await Task.WhenAll(answers))
        {
            Assert.Contains("unwatched", answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!));
            Assert.Null(answer["leftOut"]);
        }
    }

    [Fact]
    public async Task What_is_late_is_given_up_and_left_out()
    {
        await using var server = await Serve(limitMilliseconds: 50);
        var answers = new List<JsonObject>();
        for (int n = 0; n < 20; n++) answers.Add(await server.Get("/v1/users/newcomer/recommendations?count=9"));
        Assert.All(answers, answer =>
        {
            Assert.Equal(8, answer["items"]!.AsArray().Count);
            Assert.Equal("partner", (string)answer["leftOut"]![0]!["step"]!);
            Assert.Contains((string)answer["leftOut"]![0]!["why"]!, new[] { "late", "busy" });
        });
        await Await(() => _givenUp == _asked); // nobody is kept waiting for nothing
    }
}
