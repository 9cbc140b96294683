using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.CrashTest;

/// <summary>The living server, with clients that post events at the same time.</summary>
/// <param name="command">The path of kindred: a program, or its library, which dotnet runs.</param>
/// <param name="data">The living folder.</param>
/// <param name="store">The address of a PostgreSQL; null: the folder's own file.</param>
/// <param name="trains">Meanwhile models are trained, snapshots are promoted, and answers are asked for.</param>
internal sealed class ServerVictim(string command, string data, string? store = null, bool trains = false) : IVictim, IDisposable
{
    private const int Clients = 8;

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private Process? _process;

    /// <summary>Snapshots that were promoted while events were written, and answers that were given.</summary>
    public int Swaps { get; private set; }

    public int Answers { get; private set; }

    public int LongestPause => trains ? 4_000 : 250;

    /// <summary>The first time until there are two snapshots to swap.</summary>
    public async Task BusyAsync(int run, CancellationToken cancellationToken)
    {
        while (trains && run == 0 && Swaps == 0) await Task.Delay(50, cancellationToken);
    }

    public string Store => store ?? Path.Combine(data, "kindred.db");

    public async Task WriteAsync(int run, Action<int> acknowledged, CancellationToken cancellationToken)
    {
        int port = FreePort();
        var address = new Uri($"http://127.0.0.1:{port}");
        string[] arguments = ["serve", "--data", data, "--url", address.ToString(), .. store is null ? [] : (string[])["--store", store]];
        bool isLibrary = command.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(isLibrary ? "dotnet" : command, isLibrary ? [command, .. arguments] : arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        _process = process;
        var output = Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        try
        {
            await ReadyAsync(address, process, cancellationToken);
            int next = -1;
            var others = trains ? TrainAndSwapAsync(address, run, cancellationToken) : Task.CompletedTask;
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
            {
                while (true)
                {
                    int batch = Interlocked.Increment(ref next);
                    if (!await PostAsync(new(address, "/v1/events"), run, batch, cancellationToken)) return;
                    acknowledged(batch);
                    if (trains) await Task.Delay(100, cancellationToken); // a training reads them all: they must stay few
                }
            }).Append(others));
        }
        finally
        {
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync(cancellationToken);
            await output;
        }
        if (process.ExitCode != 128 + 9)
            throw new InvalidOperationException($"The server ended by itself ({process.ExitCode}): {string.Join('\n', await output)}");
    }

    /// <summary>With its training, which would otherwise end by itself a little later.</summary>
    public void Kill() => _process!.Kill(entireProcessTree: trains);

    public Task BetweenRunsAsync(int run, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Each snapshot that has its name is whole and has its verdict, and what is served is one of them.</summary>
    public async Task<int> BrokenAsync(IStore opened, CancellationToken cancellationToken)
    {
        string snapshots = Path.Combine(data, "snapshots");
        string[] names = Directory.Exists(snapshots)
            ? [.. Directory.GetDirectories(snapshots).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith('.'))] : [];
        int broken = names.Count(name => !IsWhole(Path.Combine(snapshots, name)));
        if (await opened.Settings.GetAsync("serving", cancellationToken) is not { } setting) return broken;
        using var serving = JsonDocument.Parse(setting.Json);
        return names.Contains(serving.RootElement.GetProperty("snapshot").GetString()) ? broken : broken + 1;
    }

    public void Dispose() => _client.Dispose();

    private static bool IsWhole(string path)
    {
        try
        {
            Snapshot.Open(path).Dispose();
            using var promotion = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(path, "promotion.json")));
            return promotion.RootElement.GetProperty("snapshot").GetString() == Path.GetFileName(path);
        }
        catch (Exception e) when (e is InputException or IOException or JsonException)
        {
            return false;
        }
    }

    /// <summary>Ends when the server is gone.</summary>
    private async Task TrainAndSwapAsync(Uri address, int run, CancellationToken cancellationToken)
    {
        try
        {
            await _client.PutAsJsonAsync(
                new Uri(address, "/v1/settings/renewal"), new { enabled = false, model = "popularity", keep = 2 }, cancellationToken);
            for (int n = 0; ; n++)
            {
                using var training = await _client.PostAsync(new Uri(address, "/v1/jobs/renew"), null, cancellationToken);
                string list = await _client.GetStringAsync(new Uri(address, "/v1/snapshots"), cancellationToken);
                using var json = JsonDocument.Parse(list);
                string[] ids =
                [
                    .. json.RootElement.GetProperty("snapshots").EnumerateArray().Select(one => one.GetProperty("id").GetString()!),
                ];
                if (ids.Length > 1)
                {
                    // the training may remove it meanwhile
                    using var promoted = await _client.PostAsJsonAsync(
                        new Uri(address, $"/v1/snapshots/{ids[n % 2]}/promote"), new { anyway = true }, cancellationToken);
                    if (promoted.IsSuccessStatusCode) Swaps++;
                }
                string user = $"user-{run}-{n % 10}";
                await _client.GetStringAsync(new Uri(address, $"/v1/users/{user}/recommendations"), cancellationToken);
                Answers++;
            }
        }
        catch (Exception e) when (e is HttpRequestException { StatusCode: null } or IOException)
        {
            // killed
        }
    }

    /// <returns>False: the server is gone; nothing was acknowledged.</returns>
    private async Task<bool> PostAsync(Uri address, int run, int batch, CancellationToken cancellationToken)
    {
        try
        {
            var events = CrashBatch.Events(run, batch).Select(e => new { e.Id, e.Type, e.UserId, e.ItemId, e.Time });
            using var answer = await _client.PostAsJsonAsync(address, events, cancellationToken);
            string text = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (answer.StatusCode == HttpStatusCode.TooManyRequests) return await PostAsync(address, run, batch, cancellationToken);
            if (answer.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"{(int)answer.StatusCode}: {text}");
            using var json = JsonDocument.Parse(text);
            int accepted = json.RootElement.GetProperty("accepted").GetInt32();
            return accepted == CrashBatch.Size(run, batch) ? true : throw new InvalidOperationException($"Not all were accepted: {text}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return false;
        }
    }

    private async Task ReadyAsync(Uri address, Process process, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60))
        {
            if (process.HasExited) return;
            try
            {
                using var answer = await _client.GetAsync(new Uri(address, "/health/live"), cancellationToken);
                if (answer.StatusCode != HttpStatusCode.NotFound) return;
            }
            catch (HttpRequestException)
            {
                // not yet
            }
            await Task.Delay(20, cancellationToken);
        }
        throw new TimeoutException("The server did not answer within a minute.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
