using Kindred.DashboardTests;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Assignment;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Server;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal;
using Kindred.Store;
using Kindred.Store.Exposures;
using Kindred.Tests.Support;
using LivingServer = Kindred.ServerTests.LivingServer;

[assembly: AssemblyFixture(typeof(OnlineShop))]

namespace Kindred.DashboardTests;

/// <summary>
/// A server whose store has weeks behind it: experiments that are days old, one of them with a sample ratio mismatch, one interleaved, and
/// answers whose first place was drawn at random.
/// </summary>
public sealed class OnlineShop : IAsyncLifetime
{
    public const string Better = "fresher", Broken = "broken", Interleaved = "together";

    private const int Users = 800, Days = 8;

    private static readonly DateTimeOffset Start = DateTimeOffset.UtcNow.AddDays(-Days).AddHours(1);

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(1);
    private LivingServer? _server;

    internal LivingServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        string path = _folder.File("shop");
        var folder = LivingFolder.Create(path, null, Durability.Os);
        await using (var store = await folder.OpenStoreAsync(LivingServer.Cancellation))
        {
            await store.Events.AppendAsync([.. Enumerable.Range(0, 400).Select(n => new NewEvent("view", Popular(n))
            {
                UserId = $"old{n % 50}",
                Time = Start.AddDays(-9).AddMinutes(n),
            })], LivingServer.Cancellation);
            await store.Settings.SetAsync(RenewalSettings.Name, """{"enabled":false,"model":"popularity"}""");
        }
        await LivingServer.Succeed("renew", "--data", path);
        await using (var store = await folder.OpenStoreAsync(LivingServer.Cancellation))
        {
            await store.Settings.SetAsync(ExperimentList.Name, new ExperimentList(
                [Running(Better), Running(Broken) with { StoppedAt = DateTimeOffset.UtcNow, State = ExperimentState.Stopped },
                    Running(Interleaved, isInterleaved: true)]).ToJson());
            await store.Settings.SetAsync("scenarios", """{"new":{"sources":[{"kind":"newest"}],"rerank":[{"kind":"keep","count":1}]}}""");
            await TakePart(store);
            await Explore(folder, store);
        }
        _server = await LivingServer.StartIn(path);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _folder.Dispose();
    }

    private static string Popular(int n) => n % 10 < 7 ? "a" : $"{"bcd"[(n % 10) - 7]}";

    private static LiveExperiment Running(string name, bool isInterleaved = false) => new(
        new()
        {
            Experiment = new()
            {
                Name = name,
                Salt = name,
                Traffic = isInterleaved ? .5 : 1,
                Arms = [new("control"), new("treatment")],
                Metrics = isInterleaved ? [] : [new("clicks") { Source = "click", Margin = .05 },
                    new("buys") { Source = "buy", Role = OnlineMetricRole.Guardrail, Margin = .5 }],
                Design = new() { Kind = DesignKind.AlwaysValid, Days = 14, PlannedUnits = Users },
            },
            Treatments = new Dictionary<string, Treatment> { ["treatment"] = new() { Scenario = "new" } },
            Interleaved = isInterleaved,
        },
        ExperimentState.Running, Start)
    { StartedAt = Start };

    /// <summary>Each user comes on one day; who was eager before is so afterwards, and more so with the treatment.</summary>
    private async Task TakePart(IStore store)
    {
        List<ExposedUnit> units = [];
        List<NewEvent> events = [];
        for (int n = 0; n < Users; n++)
        {
            bool isTreated = n % 2 == 1;
            (string unit, var first) = ($"u{n}", Start.AddDays(n % (Days - 1)).AddHours(1 + (n % 20)));
            string arm = isTreated ? "treatment" : "control";
            units.Add(new(Better, unit, arm, n % (Days - 1), first) { Answers = 1, Latency = 5 });
            if (n < 600 && (!isTreated || n % 3 == 0)) // many of the treatment are lost
                units.Add(new(Broken, unit, arm, n % (Days - 1), first) { Answers = 1, Latency = 5 });
            int eager = _random.Next(1, 9);
            for (int c = 0; c < eager; c++) events.Add(Event("click", c, first.AddDays(-2)));
            for (int c = 0; c < eager + (isTreated ? 2 : 0) + _random.Next(2); c++) events.Add(Event("click", 20 + c, first.AddMinutes(c)));
            for (int b = _random.Next(1, 4); b > 0; b--) events.Add(Event("buy", b, first.AddMinutes(30 + b)));
            NewEvent Event(string type, int id, DateTimeOffset time) =>
                new(type, "z") { UserId = unit, Time = time, Id = $"{type}-{n}-{id}" };
        }
        await store.Experiments.AddAsync("the shop", 1, units, LivingServer.Cancellation);
        await store.Events.AppendAsync(events, LivingServer.Cancellation);
    }

    /// <summary>
    /// Half of the first places are drawn from four items; a is clicked most. Every second answer is of an interleaved list, the
    /// others of control.
    /// </summary>
    private async Task Explore(LivingFolder folder, IStore store)
    {
        List<NewEvent> clicks = [];
        await using (var log = ExposureLog.Open(folder.Exposures))
        {
            for (int n = 0; n < 2_400; n++)
            {
                bool isDrawn = _random.Next(2) == 0;
                int shown = isDrawn ? _random.Next(4) : 1;
                var (time, item) = (Start.AddMinutes(2 * n), $"{"abcd"[shown]}");
                string request = Guid.CreateVersion7(time).ToString(), arm = shown == 0 ? "treatment" : "control";
                Assert.True(log.TryAppend(new(request, time, [new(item, 0, "model", 1, shown == 1 ? .625 : .125, arm)])
                {
                    UserId = $"v{n}",
                    SessionId = $"v{n}",
                    Arms = [new(n % 2 == 0 ? Interleaved : Better, n % 2 == 0 ? "interleaved" : "control", n % 4 < 2)],
                }));
                if (_random.NextDouble() < (shown == 0 ? .4 : .1))
                    clicks.Add(new("click", item) { UserId = $"v{n}", Time = time.AddSeconds(9), RequestId = request });
                if (n % 500 == 0) await log.FlushAsync(LivingServer.Cancellation);
            }
        }
        await store.Events.AppendAsync(clicks, LivingServer.Cancellation);
    }
}
