using System.Text.Json.Nodes;
using Kindred.Server;
using Kindred.Server.Renewal.Gate;
using Kindred.Simulation;

namespace Kindred.ServerTests.Renewal;

/// <summary>Canaries of a server in this process, whose clock is told the time.</summary>
public sealed class CanaryWeeksTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Days_pass_and_it_is_promoted_with_enough_users_or_waits_for_a_person()
    {
        await using var shop = await CanaryShop.Open();
        var settings = new CanarySettings
        {
            FewestUsers = 5,
            ShortestDays = 2,
            LongestDays = 7,
            Guardrails = [new("answers") { Source = "count:filled", Margin = .5 }],
        };
        var canary = await shop.StartCanary(1, settings);
        await using var server = await Running.Start(shop);
        for (int n = 0; n < 1_500; n++) // a tenth of them takes part, with one list or two each
            for (int list = 0; list < 1 + (n % 2); list++)
                Assert.NotEmpty((await server.Get($"v1/users/v{n}/recommendations"))["items"]!.AsArray());
        shop.Clock.Now += TimeSpan.FromDays(1.9);
        await server.Runs(canary.Name);
        shop.Clock.Now += TimeSpan.FromDays(.1);
        await server.Serves(shop.Snapshots[1]);
        Assert.Equal(Outcome.Passed, Check(shop, 1).Outcome);
        Assert.StartsWith("After 2 days and ", Check(shop, 1).Reason, StringComparison.Ordinal);

        canary = await shop.StartCanary(2, settings);
        shop.Clock.Now += TimeSpan.FromDays(6.9);
        await server.Runs(canary.Name);
        shop.Clock.Now += TimeSpan.FromDays(.1);
        await LivingServer.Until(() => Task.FromResult(Check(shop, 2).Outcome == Outcome.NeedsPerson), "the record says it");
        Assert.StartsWith("After 7 days and 0 users", Check(shop, 2).Reason, StringComparison.Ordinal);
        Assert.Contains("5 users are needed", Check(shop, 2).Reason, StringComparison.Ordinal);
        Assert.Equal(Outcome.NeedsPerson, shop.Record(2).Verdict);
        Assert.Equal(shop.Snapshots[1], (await shop.Shelf.ServedAsync(Cancellation)).Snapshot);
    }

    private static GateCheck Check(CanaryShop shop, int snapshot) =>
        shop.Record(snapshot).Checks.Single(check => check.Name == CanaryStep.Name);

    /// <summary>The shop's server.</summary>
    private sealed class Running(CanaryShop shop, HttpClient client, Task run, CancellationTokenSource stop) : IAsyncDisposable
    {
        public static async Task<Running> Start(CanaryShop shop)
        {
            string url = $"http://127.0.0.1:{SimulatedWeeks.FreePort()}";
            var stop = new CancellationTokenSource();
            var run = Kindred.Server.LivingServer.RunAsync(
                new() { Folder = shop.Folder.Path, Url = url, Renewal = false, Clock = shop.Clock }, stop.Token);
            var server = new Running(shop, new() { BaseAddress = new(url) }, run, stop);
            await LivingServer.Until(async () =>
            {
                if (run.IsCompleted) await run;
                try { return (await server.Get("health/ready")) is not null; }
                catch (HttpRequestException) { return false; }
            }, "the server is ready");
            return server;
        }

        public async Task<JsonObject> Get(string path) =>
            JsonNode.Parse(await client.GetStringAsync(new Uri(path, UriKind.Relative), Cancellation))!.AsObject();

        /// <summary>The experiment runs, although guardrails were looked at after what the clock says.</summary>
        public Task Runs(string name) => LivingServer.Until(async () =>
        {
            var status = await Get($"v1/experiments/{name}");
            Assert.Equal("running", (string)status["state"]!);
            return (DateTimeOffset?)status["evaluatedAt"] >= shop.Clock.Now;
        }, "guardrails are looked at");

        public Task Serves(string snapshot) => LivingServer.Until(
            async () => (string)(await Get("v1/users/v0/recommendations"))["snapshot"]! == snapshot, $"{snapshot} answers");

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await run;
            client.Dispose();
            stop.Dispose();
        }
    }
}
