using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Kindred.Benchmarks;

/// <summary>The built command as a process, <c>kindred serve --data</c>, and a client of it.</summary>
internal sealed partial class LivingProcess : IDisposable
{
    private const int Connections = 64;

    private readonly Process _process;
    private readonly HttpClient _client;
    private readonly HttpClient _writing; // connections of its own: events that wait for the disk keep no answer waiting

    private LivingProcess(Process process, Uri address, TimeSpan startUp)
    {
        (_process, StartUp) = (process, startUp);
        HttpClient Client() => new(new SocketsHttpHandler { MaxConnectionsPerServer = Connections }) { BaseAddress = address };
        (_client, _writing) = (Client(), Client());
    }

    /// <summary>From the start of the process to its first answer.</summary>
    public TimeSpan StartUp { get; }

    /// <summary>Memory that is not shared with files, and all of it, MiB.</summary>
    public (double Own, double All) Memory
    {
        get
        {
            double Line(string name) => double.Parse(
                File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal))
                    .Split(':')[1].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) / 1024;
            return (Line("RssAnon"), Line("VmRSS"));
        }
    }

    public static async Task<LivingProcess> Start(string folder, params string[] options)
    {
        string command = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Kindred.Cli/release/Kindred.Cli.dll"));
        if (!File.Exists(command)) throw new InputException($"{command} is missing; build src/Kindred.Cli first.");
        long start = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo(
            "dotnet",
            [command, "serve", "--data", folder, .. options.Contains("--url") ? Array.Empty<string>() : ["--url", "http://127.0.0.1:0"],
                .. options])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        string? address = null;
        var said = new StringBuilder();
        foreach (var stream in (StreamReader[])[process.StandardError, process.StandardOutput])
        {
            _ = Task.Run(async () =>
            {
                while (await stream.ReadLineAsync() is { } line)
                {
                    lock (said) said.AppendLine(line);
                    if (Listening().Match(line) is { Success: true } match) address = match.Groups[1].Value;
                }
            });
        }
        while (address is null)
        {
            if (process.HasExited) throw new InvalidOperationException($"The server ended: {said}");
            await Task.Delay(5);
        }
        using var client = new HttpClient { BaseAddress = new(address) };
        await client.GetByteArrayAsync("/v1/users/user-1/recommendations");
        return new(process, new(address), Stopwatch.GetElapsedTime(start));
    }

    public async Task<JsonObject> Recommend(string user) =>
        JsonNode.Parse(await _client.GetByteArrayAsync($"/v1/users/{user}/recommendations"))!.AsObject();

    /// <summary>Waits until events are stored.</summary>
    /// <param name="events">A JSON object, or an array of them.</param>
    public async Task Store(string events)
    {
        using var content = new StringContent(events, Encoding.UTF8, "application/json");
        using var answer = await _writing.PostAsync("/v1/events", content);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Expects success.</summary>
    public Task<byte[]> Read(string path) => _client.GetByteArrayAsync(path);

    /// <summary>Sends anything; expects success and JSON.</summary>
    public async Task<JsonObject> Send(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return JsonNode.Parse(await answer.Content.ReadAsByteArrayAsync())!.AsObject();
    }

    public static string View(string user, string item) => $$"""{"type":"view","userId":"{{user}}","itemId":"{{item}}"}""";

    /// <summary>As kill -9 does.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    public void Dispose()
    {
        _client.Dispose();
        _writing.Dispose();
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    [GeneratedRegex(@"Serving \S+ at (http://[0-9.:]+): ")]
    private static partial Regex Listening();
}
