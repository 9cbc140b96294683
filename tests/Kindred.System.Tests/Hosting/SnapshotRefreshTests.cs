using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Kindred.SystemTests.Server;
using Kindred.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.SystemTests.Hosting;

/// <summary>A host starts without a snapshot, picks up the first one, and swaps to each newer one that can be used.</summary>
public sealed class SnapshotRefreshTests : IDisposable
{
    private const string Ask = "/v1/users/space1/recommendations?count=2";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    private static async Task<bool> IsFrom(string snapshot, HttpResponseMessage response) =>
        (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!["snapshot"] == snapshot;

    private static Task<HealthReport> Health(RunningHost host) =>
        host.App.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);

    [Fact]
    public async Task Without_a_snapshot_it_is_unhealthy_until_the_first_is_published()
    {
        await using var host = await RunningHost.Start(_folder.File("snapshots"), app =>
        {
            app.MapKindred();
            app.MapHealthChecks("/health");
        });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Fetch("/health")).StatusCode);
        Assert.Contains("snapshots", (await Health(host)).Entries["kindred"].Description, StringComparison.Ordinal);
        foreach (string path in new[] { Ask, "/v1/items/alien/similar", "/v1/index", "/v1/pipeline" })
            Assert.StartsWith(
                "No snapshot is loaded yet: the folder of snapshots does not exist; publish a snapshot into it",
                await RunningServer.Problem(await host.Fetch(path), 503), StringComparison.Ordinal);

        string id = RunningHost.Publish(_folder.File("snapshots"), new ItemKnn());
        await host.WaitFor("/health", response => Task.FromResult(response.IsSuccessStatusCode));
        Assert.Equal(id, (string)(await host.Get(Ask))["snapshot"]!);
        var entry = (await Health(host)).Entries["kindred"];
        Assert.Equal((HealthStatus.Healthy, id), (entry.Status, entry.Data["snapshot"]));
        Assert.InRange((TimeSpan)entry.Data["age"], TimeSpan.Zero, TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Answers_are_whole_while_a_newer_snapshot_is_published()
    {
        string[] ids = [RunningHost.Publish(_folder.Path, new Popularity()), ""];
        await using var host = await RunningHost.Start(_folder.Path);
        using var done = new CancellationTokenSource();
        var seen = new ConcurrentDictionary<string, int>();
        var clients = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            do
            {
                // one snapshot answers "popularity", the other "model"
                var answer = await host.Get(Ask);
                string id = (string)answer["snapshot"]!;
                Assert.Equal(id == ids[0] ? "popularity" : "model", (string)answer["source"]!);
                seen.AddOrUpdate(id, 1, (_, n) => n + 1);
            }
            while (!done.IsCancellationRequested);
        }, Cancellation)).ToArray();

        ids[1] = RunningHost.Publish(_folder.Path, new ItemKnn { Shrinkage = 0 });
        await host.WaitFor(Ask, response => IsFrom(ids[1], response));
        await done.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Empty(seen.Keys.Except(ids));
    }

    [Fact]
    public async Task A_damaged_snapshot_is_logged_once_and_the_present_one_keeps_answering()
    {
        var log = new Lines();
        string first = RunningHost.Publish(_folder.Path, new ItemKnn());
        await using var host = await RunningHost.Start(_folder.Path, build: builder => builder.Logging.AddProvider(log));

        string spare = _folder.File("spare");
        string second = RunningHost.Publish(spare, new ItemKnn());
        string damaged = Path.Combine(spare, second, "model.safetensors");
        File.WriteAllBytes(damaged, [.. File.ReadAllBytes(damaged).Select(b => (byte)~b)]);
        Directory.Move(Path.Combine(spare, second), _folder.File(second.Replace("000001-", "000002-", StringComparison.Ordinal)));

        HealthReportEntry entry;
        do
        {
            await Task.Delay(10, Cancellation);
            entry = (await Health(host)).Entries["kindred"];
        }
        while (!entry.Data.ContainsKey("refused"));
        Assert.Equal(HealthStatus.Degraded, entry.Status);
        Assert.Equal(first, (string)(await host.Get(Ask))["snapshot"]!);

        string third = RunningHost.Publish(_folder.Path, new Popularity());
        await host.WaitFor(Ask, response => IsFrom(third, response));
        Assert.DoesNotContain("refused", (await Health(host)).Entries["kindred"].Data.Keys);
        Assert.Single(log.Of(LogLevel.Error), line => line.Contains("the present one keeps answering", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_that_starts_beside_a_damaged_newest_snapshot_answers_from_an_older_one()
    {
        var log = new Lines();
        string first = RunningHost.Publish(_folder.Path, new ItemKnn()), second = RunningHost.Publish(_folder.Path, new ItemKnn());
        File.WriteAllBytes(_folder.File(Path.Combine(second, "ids.safetensors")), [1, 2, 3]);
        await using (var host = await RunningHost.Start(_folder.Path, build: builder => builder.Logging.AddProvider(log)))
        {
            Assert.Equal(first, (string)(await host.Get(Ask))["snapshot"]!);
            var entry = (await Health(host)).Entries["kindred"];
            Assert.Equal((HealthStatus.Degraded, first), (entry.Status, entry.Data["snapshot"]));
            Assert.Contains($"{second} is damaged: ids.safetensors has 3 bytes", (string)entry.Data["refused"], StringComparison.Ordinal);
            Assert.Contains($"{second} is damaged", Assert.Single(
                log.Of(LogLevel.Warning), line => line.StartsWith("Skipped", StringComparison.Ordinal)), StringComparison.Ordinal);

            File.WriteAllText(_folder.File(Path.Combine(second, "manifest.json")), "{"); // now nothing says that it is a snapshot
            string reason = $"{second} is damaged: its manifest cannot be read";
            do entry = (await Health(host)).Entries["kindred"];
            while (entry.Data.GetValueOrDefault("refused") is not string refused || !refused.Contains(reason, StringComparison.Ordinal));
            Assert.Equal((HealthStatus.Degraded, first), (entry.Status, entry.Data["snapshot"]));
        }

        Directory.Delete(_folder.File(second), recursive: true);
        Directory.Move(_folder.File(first), _folder.File(second)); // a snapshot that is damaged as before, but has its manifest
        File.WriteAllBytes(_folder.File(Path.Combine(second, "ids.safetensors")), [1, 2, 3]);
        await using var none = await RunningHost.Start(_folder.Path);
        string said = await RunningServer.Problem(await none.Fetch(Ask), 503);
        Assert.StartsWith(
            $"No snapshot is loaded yet: {second} is damaged: ids.safetensors has 3 bytes instead of", said, StringComparison.Ordinal);
        Assert.EndsWith("write it again.", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Added_twice_it_looks_once()
    {
        RunningHost.Publish(_folder.Path, new ItemKnn());
        await using var host = await RunningHost.Start(
            _folder.Path, build: builder => builder.Services.AddKindred(options => options.ReloadInterval = TimeSpan.Zero));
        Assert.Single(host.App.Services.GetServices<IHostedService>(), service => service.GetType().Namespace == "Kindred.AspNetCore");
        await host.Get(Ask);
    }

    [Fact]
    public async Task Options_that_change_hold_from_then_on_and_those_that_cannot_be_used_do_not()
    {
        string first = RunningHost.Publish(_folder.File("first"), new ItemKnn());
        string second = RunningHost.Publish(_folder.File("second"), new Popularity());
        var options = new Dictionary<string, string?>
        {
            ["Kindred:Snapshots"] = _folder.File("first"),
            ["Kindred:ReloadInterval"] = "00:00:00",
        };
        using var lines = new Lines();
        IConfigurationRoot? root = null;
        await using var host = await RunningHost.Start(
            builder =>
            {
                builder.Logging.AddProvider(lines);
                root = (IConfigurationRoot)builder.Configuration.AddInMemoryCollection(options);
                builder.Services.AddKindred(builder.Configuration.GetSection("Kindred"));
            },
            app => app.MapKindred());
        Assert.Equal(first, (string)(await host.Get(Ask))["snapshot"]!);
        var memory = root!.Providers.OfType<MemoryConfigurationProvider>().Last();
        memory.Set("Kindred:RecallSample", "many");
        root.Reload();
        Assert.Contains("The changed options cannot be used, those before them are: Kindred: RecallSample must be a number from 0 to 1, "
            + "was 'many'.", lines.Of(LogLevel.Error));
        Assert.Equal(first, (string)(await host.Get(Ask))["snapshot"]!);
        memory.Set("Kindred:RecallSample", "0.5");
        memory.Set("Kindred:Snapshots", _folder.File("second"));
        root.Reload();
        Assert.Equal(second, (string)(await host.Get(Ask))["snapshot"]!);
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

        public IEnumerable<string> Of(LogLevel level) => _lines.Where(line => line.Level == level).Select(line => line.Text);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue((logLevel, formatter(state, exception)));

        public void Dispose() { }
    }
}
