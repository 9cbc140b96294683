using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Server;
using Kindred.Store;

namespace Kindred.Simulation;

/// <summary>
/// A living server in this process, asked over HTTP, whose clock is told the time: weeks pass as fast as requests are answered. Users come
/// every hour, get a list and click items of it; the treatment's list is shorter, so that it loses the clicks of its last items.
/// </summary>
internal sealed class SimulatedWeeks : IAsyncDisposable
{
    private const int Items = 60, Length = 10, Clients = 16;
    private const double ClickRate = .15;

    private readonly string _folder;
    private readonly SimulatedClock _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<double> _latencies = []; // ms
    private readonly ConcurrentBag<string> _failed = [];
    private readonly Rng _rng;
    private readonly HttpClient _client;
    private readonly Task _server;

    private SimulatedWeeks(string folder, int kept, int seed, string design)
    {
        (_folder, _rng) = (folder, new Rng((ulong)seed));
        Publish(folder);
        int port = FreePort();
        _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = Clients }) { BaseAddress = new($"http://127.0.0.1:{port}") };
        _server = Kindred.Server.LivingServer.RunAsync(
            new() { Folder = folder, Url = $"http://127.0.0.1:{port}", Renewal = false, Durability = Durability.Os, Clock = _clock },
            _stop.Token);
        Setup = $$"""
            {
              "experiment": {
                "name": "shorter", "metrics": [
                  { "name": "clicks", "source": "click", "role": "guardrail", "margin": 0.02 },
                  { "name": "latency", "kind": "ratio", "source": "latency", "denominator": "count:latency", "role": "secondary",
                    "better": "lower" }
                ], "design": {{design}}
              },
              "treatments": { "treatment": { "scenario": "keep{{kept}}" } }, "evaluateMinutes": 60, "stopOnMismatch": true
            }
            """;
        Scenario = $$$"""
            {"keep{{{kept}}}": {"sources": [{"kind": "model", "model": "item-knn"}], "rerank": [{"kind": "keep", "count": {{{kept}}}}]}}
            """;
    }

    private string Setup { get; }

    private string Scenario { get; }

    /// <param name="kept">Of ten items, how many the treatment shows.</param>
    /// <param name="design">JSON.</param>
    public static async Task<SimulatedWeeks> StartAsync(
        string folder, int kept, int seed, string design = """{ "days": 28 }""")
    {
        var weeks = new SimulatedWeeks(folder, kept, seed, design);
        while (!await weeks.IsReady())
        {
            if (weeks._server.IsCompleted) await weeks._server;
            await Task.Delay(20);
        }
        // clicks do not change lists
        await weeks.Send(HttpMethod.Put, "/v1/settings/events", """{"weights":{"view":1},"otherWeight":0}""");
        await weeks.Send(HttpMethod.Put, "/v1/settings/scenarios", weeks.Scenario);
        await weeks.Send(HttpMethod.Post, "/v1/experiments", weeks.Setup);
        await weeks.Send(HttpMethod.Post, "/v1/experiments/shorter/start", "{}");
        return weeks;
    }

    /// <summary>Lets days pass until the experiment is stopped, and one more hour.</summary>
    /// <param name="usersADay">Of seven times as many, chosen at random.</param>
    /// <param name="tell">Of each day.</param>
    public async Task<SimulatedOutcome> RunAsync(int usersADay, int days, Action<string>? tell = null)
    {
        var clicks = new ConcurrentDictionary<string, (long Users, long Clicks)>();
        int hours = 0;
        string? reason = null;
        for (; hours < 24 * days && reason is null; hours++)
        {
            await Hour(usersADay / 24, 7 * usersADay, clicks);
            _clock.Now += TimeSpan.FromHours(1);
            reason = await Evaluated();
            if (hours % 24 == 23) tell?.Invoke($"day {(hours / 24) + 1}: {_latencies.Count} answers, {_failed.Count} failed");
        }
        var after = new ConcurrentDictionary<string, (long Users, long Clicks)>();
        await Hour(Math.Max(50, usersADay / 24), 7 * usersADay, after);
        var report = (await Send(HttpMethod.Get, "/v1/experiments/shorter/report"))!;
        double[] latencies = [.. _latencies.Order()];
        return new(
            hours, reason, (string)report["verdict"]!, report["arms"]!.AsArray().Sum(arm => (long)arm!["units"]!),
            clicks.GetValueOrDefault("control"), clicks.GetValueOrDefault("treatment"), after.ContainsKey("treatment"), latencies.Length,
            [.. _failed], latencies[(int)(.5 * latencies.Length)], latencies[(int)(.99 * latencies.Length)]);
    }

    /// <summary>Lets a month pass, until the rows of units are removed.</summary>
    /// <returns>The report before and after, and how many rows there were.</returns>
    public async Task<(JsonNode Before, JsonNode After, int Rows)> MonthLaterAsync()
    {
        await using var store = await Stores.OpenAsync(Path.Combine(_folder, "kindred.db"));
        int rows = (await store.Experiments.AfterAsync("shorter", 0, 100_000)).Count;
        var before = (await Send(HttpMethod.Get, "/v1/experiments/shorter/report"))!;
        _clock.Now += TimeSpan.FromDays(31);
        for (var waited = Stopwatch.StartNew(); (await store.Experiments.AfterAsync("shorter", 0, 1)).Count > 0; await Task.Delay(20))
            if (waited.Elapsed > TimeSpan.FromMinutes(1)) throw new TimeoutException("Rows of units are not removed.");
        return (before, (await Send(HttpMethod.Get, "/v1/experiments/shorter/report"))!, rows);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _server;
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task Hour(int visits, int population, ConcurrentDictionary<string, (long Users, long Clicks)> clicks)
    {
        (string User, Rng Rng)[] visitors =
            [.. Enumerable.Range(0, visits).Select(n => ($"u{_rng.NextInt(population)}", _rng.Fork("visit", n, _latencies.Count)))];
        await Parallel.ForEachAsync(visitors, new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (visitor, _) =>
        {
            long start = Stopwatch.GetTimestamp();
            var answer = await Send(HttpMethod.Get, $"/v1/users/{visitor.User}/recommendations?count={Length}");
            _latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (answer is null) return;
            string arm = (string?)answer["experiments"]?[0]?["arm"] ?? "none";
            string[] clicked =
            [
                .. answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!).Where(_ => visitor.Rng.NextDouble() < ClickRate),
            ];
            clicks.AddOrUpdate(arm, (1, clicked.Length), (_, sum) => (sum.Users + 1, sum.Clicks + clicked.Length));
            if (clicked.Length > 0)
                await Send(HttpMethod.Post, "/v1/events", $"[{string.Join(',', clicked.Select(item =>
                    $$"""{"type":"click","userId":"{{visitor.User}}","itemId":"{{item}}"}"""))}]");
        });
    }

    /// <summary>Waits until the guardrails were looked at after the hour that has passed.</summary>
    /// <returns>Why the experiment was stopped; null: it runs.</returns>
    private async Task<string?> Evaluated()
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < TimeSpan.FromMinutes(2); await Task.Delay(20))
        {
            var status = (await Send(HttpMethod.Get, "/v1/experiments/shorter"))!;
            if ((string)status["state"]! == "stopped") return (string)status["stopReason"]!;
            if ((DateTimeOffset?)status["evaluatedAt"] >= _clock.Now) return null;
        }
        throw new TimeoutException("The experiment is not evaluated.");
    }

    /// <returns>Null: it failed, which is noted.</returns>
    private async Task<JsonNode?> Send(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        try
        {
            using var response = await _client.SendAsync(request);
            string text = await response.Content.ReadAsStringAsync();
            if (response.StatusCode == HttpStatusCode.OK) return JsonNode.Parse(text);
            _failed.Add($"{method} {path}: {(int)response.StatusCode} {text}");
        }
        catch (HttpRequestException e)
        {
            _failed.Add($"{method} {path}: {e.Message}");
        }
        return null;
    }

    private async Task<bool> IsReady()
    {
        try
        {
            return (await _client.GetAsync("/health/ready")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>A snapshot of a few users: those who visit are new, and get what is popular.</summary>
    private static void Publish(string folder)
    {
        var pairs = Enumerable.Range(0, 200).SelectMany(user => Enumerable.Range(0, 6).Select(n => (
            User: $"known{user}", Item: $"i{((user * 7) + (n * n)) % Items}",
            Time: DateTimeOffset.UnixEpoch.AddDays(19_000).AddMinutes((user * 10) + n))));
        var data = Interactions.FromEvents(pairs, pair => pair);
        TrainedModel Trained(ITrainer trainer) => new(ModelManifest.For(trainer, new(), default, data), trainer.Train(data, new()));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "settings.json"), "{}");
        new TrainedRecommender(data, Trained(new ItemKnn { Shrinkage = 0 }), Trained(new Popularity()))
            .Publish(Path.Combine(folder, "snapshots"));
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>What became of a harmful arm.</summary>
/// <param name="Hours">From its start until it was stopped, of simulated time.</param>
/// <param name="Control">Visits of control until then, and their clicks.</param>
/// <param name="IsServedAfterwards">Whether anyone got the treatment after it was stopped.</param>
internal sealed record SimulatedOutcome(
    int Hours, string? Reason, string Verdict, long Units, (long Visits, long Clicks) Control, (long Visits, long Clicks) Treatment,
    bool IsServedAfterwards, int Answers, IReadOnlyList<string> Failed, double MedianMs, double P99Ms)
{
    /// <summary>Clicks that the treatment's visitors would have made with control's lists, less those they made.</summary>
    public double LostClicks => (Treatment.Visits * (double)Control.Clicks / Control.Visits) - Treatment.Clicks;
}

/// <summary>Says the time that it was told; timers run by real time.</summary>
internal sealed class SimulatedClock : TimeProvider
{
    private long _ticks = DateTimeOffset.UnixEpoch.AddDays(20_000).Ticks;

    public DateTimeOffset Now
    {
        get => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);
        set => Interlocked.Exchange(ref _ticks, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => Now;
}
