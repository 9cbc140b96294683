using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Kindred.CrashTest;

/// <summary>The living server, with clients that post events at the same time.</summary>
/// <param name="command">The path of kindred: a program, or its library, which dotnet runs.</param>
/// <param name="data">The living folder.</param>
/// <param name="store">The address of a PostgreSQL; null: the folder's own file.</param>
internal sealed class ServerVictim(string command, string data, string? store = null) : IVictim, IDisposable
{
    private const int Clients = 8;

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private Process? _process;

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
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
            {
                while (true)
                {
                    int batch = Interlocked.Increment(ref next);
                    if (!await PostAsync(new(address, "/v1/events"), run, batch, cancellationToken)) return;
                    acknowledged(batch);
                }
            }));
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

    public void Kill() => _process!.Kill();

    public Task BetweenRunsAsync(int run, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _client.Dispose();

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
