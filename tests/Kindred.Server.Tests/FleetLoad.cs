using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Kindred.ServerTests;

/// <summary>
/// Clients that send events and ask for recommendations as fast as they are answered, and keep a list of what was acknowledged. Every third
/// event has neither an id nor a time.
/// </summary>
internal sealed class FleetLoad : IAsyncDisposable
{
    /// <summary>The sentence when every acknowledged event is stored once.</summary>
    public const string Whole = "none is lost, and none is stored twice";

    private readonly string _run = Guid.NewGuid().ToString("N")[..8]; // another load of the same servers has other users and events
    private readonly string[] _items;
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<string> _failures = new(), _acknowledged = new();
    private readonly ConcurrentQueue<double> _answers = new(), _events = new();
    private readonly Task _clients;
    private int _rounds, _cut;

    /// <param name="items">What users view.</param>
    public FleetLoad(Uri address, int clients, params string[] items)
    {
        _items = items;
        _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = clients })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(30),
        };
        _clients = Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => SendAsync(client))));
    }

    /// <summary>Rounds until now; in each one event is sent and one list is asked for.</summary>
    public int Rounds => Volatile.Read(ref _rounds);

    /// <summary>Answers that ended in their middle.</summary>
    public int Cut => Volatile.Read(ref _cut);

    /// <summary>ms, of all answers until now: with recommendations, and of stored events.</summary>
    public (double[] Answers, double[] Events) Latencies => ([.. _answers], [.. _events]);

    /// <summary>Waits until so many rounds more were answered.</summary>
    public async Task Grows(int rounds = 300)
    {
        var clock = Stopwatch.StartNew();
        int enough = Rounds + rounds;
        while (Rounds < enough)
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(60))
                throw new TimeoutException($"{enough - Rounds} rounds were not answered: {string.Join("; ", _failures.Take(3))}");
            await Task.Delay(20);
        }
    }

    /// <summary>Ends the load.</summary>
    /// <returns>What failed, and which events were acknowledged: their ids, or the users of those without an id.</returns>
    public async Task<(IReadOnlyCollection<string> Failures, IReadOnlyCollection<string> Acknowledged)> EndAsync()
    {
        await _stopping.CancelAsync();
        await _clients;
        return (_failures, _acknowledged);
    }

    /// <returns>A sentence about acknowledged events that a server does not have, or has twice.</returns>
    public static async Task<string> MissingAsync(HttpClient server, IReadOnlyCollection<string> acknowledged)
    {
        var stored = new Dictionary<string, int>(StringComparer.Ordinal);
        using var lines = new StreamReader(await server.GetStreamAsync("/v1/export/events"));
        while (await lines.ReadLineAsync() is { } line)
        {
            var e = JsonNode.Parse(line)!;
            string user = (string)e["userId"]!;
            string name = user.StartsWith("bare-", StringComparison.Ordinal) ? user : (string)e["id"]!;
            stored[name] = stored.GetValueOrDefault(name) + 1;
        }
        int lost = acknowledged.Count(name => !stored.ContainsKey(name)), doubled = stored.Values.Count(count => count > 1);
        return lost + doubled == 0 ? Whole : $"{lost} are lost, and {doubled} are stored twice";
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _client.Dispose();
        _stopping.Dispose();
    }

    private async Task SendAsync(int client)
    {
        for (int n = 0; !_stopping.IsCancellationRequested; n++)
        {
            string number = string.Create(CultureInfo.InvariantCulture, $"{_run}-{client}-{n}"), item = _items[n % _items.Length];
            bool isBare = n % 3 == 0;
            string user = isBare ? $"bare-{number}" : $"load-{_run}-{client}-{n % 50}";
            string body = $$"""{"type":"view","userId":"{{user}}","itemId":"{{item}}"{{(isBare ? "" : $",\"id\":\"load-{number}\"")}}}""";
            if (await Answered(() => _client.PostAsync("/v1/events", new StringContent(body, Encoding.UTF8, "application/json")), _events))
                _acknowledged.Enqueue(isBare ? user : $"load-{number}");
            await Answered(() => _client.GetAsync($"/v1/users/{user}/recommendations"), _answers);
            Interlocked.Increment(ref _rounds);
        }
    }

    private async Task<bool> Answered(Func<Task<HttpResponseMessage>> send, ConcurrentQueue<double> latencies)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await send();
            string said = await answer.Content.ReadAsStringAsync();
            if (answer.IsSuccessStatusCode)
            {
                latencies.Enqueue(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                return true;
            }
            _failures.Enqueue($"{(int)answer.StatusCode}: {said}");
        }
        // killed when its answer was half sent, which nobody can send again for it: neither failed nor acknowledged
        catch (HttpRequestException e) when (e.InnerException is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded })
        {
            Interlocked.Increment(ref _cut);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            _failures.Enqueue(e.Message);
        }
        return false;
    }
}
