using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Kindred.Benchmarks;

/// <summary>
/// Durable events per second through the built command and real HTTP, on one machine with the client that sends them: in batches, and as
/// single events of many connections. `store` measures the store alone.
/// </summary>
internal static partial class ServeEventsBenchmark
{
    private const int Batch = 1_000, Batches = 300, Senders = 4, Connections = 64, Singles = 40_000;

    /// <param name="arguments">The command's Kindred.Cli.dll, if it is not in artifacts; then options of `kindred serve`.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        string command = arguments is [var given, ..] && given.EndsWith(".dll", StringComparison.Ordinal) ? given
            : Path.Combine(AppContext.BaseDirectory, "../../Kindred.Cli/release/Kindred.Cli.dll");
        string folder = Directory.CreateTempSubdirectory("kindred-bench-").FullName;
        string[] options = [.. arguments.Where(argument => argument != command)];
        using var server = Process.Start(new ProcessStartInfo(
            "dotnet", [command, "serve", "--data", Path.Combine(folder, "shop"), "--url", "http://127.0.0.1:0", .. options])
        { RedirectStandardOutput = true })!;
        try
        {
            string url = "";
            while (await server.StandardOutput.ReadLineAsync() is { } line)
                if (Listening().Match(line) is { Success: true } match)
                {
                    url = match.Groups[1].Value;
                    break;
                }
            using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections }) { BaseAddress = new(url) };
            var random = new Random(1);
            // until all is compiled as well as it will be
            await SendAsync(client, [.. Bodies(random, Batches, Batch)], Senders, record: null);
            await SendAsync(client, [.. Bodies(random, 10_000, 1)], Connections, record: null);
            foreach (int senders in (int[])[Senders, 4 * Senders])
                await MeasureAsync(client, server, $"batches of {Batch:N0}, {senders} connections", Batches, Batch, senders, random);
            await MeasureAsync(client, server, $"single events, {Connections} connections", Singles, 1, Connections, random);
            return 0;
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(
        HttpClient client, Process server, string what, int requests, int events, int senders, Random random)
    {
        byte[][] bodies = [.. Bodies(random, requests, events)];
        double[] latencies = new double[requests];
        var processor = server.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        await SendAsync(client, bodies, senders, (n, time) => latencies[n] = time.TotalMilliseconds);
        var elapsed = Stopwatch.GetElapsedTime(start);
        server.Refresh();
        processor = server.TotalProcessorTime - processor;
        Array.Sort(latencies);
        double total = (double)requests * events;
        Console.WriteLine($"{what}: {total / elapsed.TotalSeconds:N0} durable events/s "
            + $"({total / processor.TotalSeconds:N0} for each second of a core in the server); "
            + $"a request p50 {latencies[requests / 2]:F1} ms, p99 {latencies[requests * 99 / 100]:F1} ms; "
            + $"server {server.WorkingSet64 >> 20} MiB");
    }

    /// <summary>Each sender sends the next body when its last one is answered; each event must be accepted.</summary>
    private static Task SendAsync(HttpClient client, byte[][] bodies, int senders, Action<int, TimeSpan>? record)
    {
        int next = -1;
        return Task.WhenAll(Enumerable.Range(0, senders).Select(_ => Task.Run(async () =>
        {
            for (int n; (n = Interlocked.Increment(ref next)) < bodies.Length;)
            {
                using var content = new ByteArrayContent(bodies[n]);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                long start = Stopwatch.GetTimestamp();
                using var response = await client.PostAsync("/v1/events", content);
                string answer = await response.Content.ReadAsStringAsync();
                record?.Invoke(n, Stopwatch.GetElapsedTime(start));
                if (record is null || n % 1_000 > 0) continue;
                var counts = JsonNode.Parse(answer)!;
                if (!response.IsSuccessStatusCode || (int)counts["rejected"]! + (int)counts["duplicates"]! > 0)
                    throw new InvalidOperationException($"Events were not accepted: {answer}");
            }
        })));
    }

    private static IEnumerable<byte[]> Bodies(Random random, int count, int events)
    {
        for (int n = 0; n < count; n++)
        {
            string[] records = [.. Enumerable.Range(0, events).Select(_ =>
                $$"""{"id":"{{Guid.CreateVersion7()}}","type":"view","userId":"u{{random.Next(1_000_000)}}","""
                + $$""" "itemId":"i{{random.Next(100_000)}}"}""")];
            yield return Encoding.UTF8.GetBytes(events == 1 ? records[0] : $"[{string.Join(',', records)}]");
        }
    }

    [GeneratedRegex(@"Serving \S+ at (http://[0-9.:]+): ")]
    private static partial Regex Listening();
}
