using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>
/// The built command as a process, <c>kindred serve --data</c>, on a free port, with a client that talks to it over HTTP. Restarting keeps
/// the folder.
/// </summary>
internal sealed partial class LivingServer : IAsyncDisposable
{
    private readonly TemporaryFolder? _own;
    private readonly ConcurrentQueue<string> _said = new();
    private readonly string[] _options;
    private Process _process;

    private readonly Dictionary<string, string>? _environment;
    private readonly bool _renews;

    private LivingServer(TemporaryFolder? own, string folder, string[] options, Dictionary<string, string>? environment, bool renews)
    {
        (_own, Folder, _options, _environment, _renews) = (own, folder, options, environment, renews);
        _process = Run([.. Serve, .. options]);
        Client = new();
    }

    private string[] Serve =>
        [
            "serve", "--data", Folder, .. _options.Contains("--url") ? Array.Empty<string>() : ["--url", "http://127.0.0.1:0"],
            .. _renews ? Array.Empty<string>() : ["--no-renewal"],
        ];

    /// <summary>The living folder.</summary>
    public string Folder { get; }

    public int ProcessId => _process.Id;

    public HttpClient Client { get; private set; }

    /// <summary>Everything the process wrote.</summary>
    public string Said => string.Join('\n', _said);

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts a server and waits until it listens.</summary>
    /// <param name="options">More options of the command.</param>
    public static Task<LivingServer> Start(params string[] options)
    {
        var own = new TemporaryFolder();
        return Start(own, own.File("shop"), options);
    }

    /// <summary>One that trains models by itself, as it does without an option.</summary>
    public static Task<LivingServer> StartRenewing()
    {
        var own = new TemporaryFolder();
        return Start(own, own.File("shop"), [], renews: true);
    }

    /// <summary>With variables of the environment.</summary>
    public static Task<LivingServer> StartWith(Dictionary<string, string> environment)
    {
        var own = new TemporaryFolder();
        return Start(own, own.File("shop"), [], environment);
    }

    /// <summary>In a folder that stays afterwards.</summary>
    public static Task<LivingServer> StartIn(string folder, params string[] options) => Start(null, folder, options);

    /// <summary>Runs another command to its end.</summary>
    public static Task<(int ExitCode, string Output, string Error)> Command(params string[] arguments) => Answer(null, arguments);

    /// <summary>Runs another command, which reads from standard input, to its end.</summary>
    /// <param name="input">Null: it reads from that of the tests.</param>
    public static async Task<(int ExitCode, string Output, string Error)> Answer(string? input, params string[] arguments)
    {
        using var process = StartProcess(arguments, input: input is not null);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Runs another command, which must succeed.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> Succeed(params string[] arguments)
    {
        var (exitCode, output, error) = await Command(arguments);
        Assert.True(exitCode == 0, $"kindred {string.Join(' ', arguments)} ended with {exitCode}: {error}");
        return output;
    }

    /// <summary>As if the power of the process alone had gone: no drain, no flush.</summary>
    public async Task Kill()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(Cancellation);
    }

    /// <summary>Asks it to stop (SIGTERM).</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> Stop()
    {
        if (_process.HasExited) return _process.ExitCode;
        using (var kill = Process.Start("kill", ["-s", "TERM", $"{_process.Id}"])) await kill.WaitForExitAsync(CancellationToken.None);
        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    /// <summary>Starts it again on the same folder, after it ended.</summary>
    /// <param name="options">Instead of those before; none: the same.</param>
    public async Task Restart(params string[] options)
    {
        Assert.True(_process.HasExited, "The server still runs.");
        _said.Clear();
        _process = Run([.. Serve, .. options.Length > 0 ? options : _options]);
        await WaitUntilListening();
    }

    /// <summary>Expects 200 and JSON.</summary>
    public async Task<JsonObject> Get(string path) => await Read(await Send(HttpMethod.Get, path), 200);

    /// <summary>Posts JSON; expects JSON.</summary>
    public async Task<JsonObject> Post(string path, string body = "{}", int expected = 200) =>
        await Read(await Send(HttpMethod.Post, path, body), expected);

    /// <param name="key">A key of the API.</param>
    public async Task<HttpResponseMessage> Send(
        HttpMethod method, string path, string? body = null, string type = "application/json", string? key = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(type));
        if (key is not null) request.Headers.Authorization = new("Bearer", key);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await Client.SendAsync(request, Cancellation);
    }

    /// <summary>Expects the status and JSON.</summary>
    public static async Task<JsonObject> Read(HttpResponseMessage response, int status)
    {
        string body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} instead of {status}: {body}");
        return JsonNode.Parse(body)!.AsObject();
    }

    /// <summary>Expects the status and a problem of one sentence.</summary>
    /// <returns>The sentence.</returns>
    public static async Task<string> Problem(HttpResponseMessage response, int status)
    {
        var problem = await Read(response, status);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        string sentence = (string)problem["detail"]!;
        Assert.EndsWith(".", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", problem.ToJsonString(), StringComparison.Ordinal);
        return sentence;
    }

    /// <summary>Asks again until it is so; fails after a while.</summary>
    public static async Task Until(Func<Task<bool>> isSo, string what, int seconds = 120)
    {
        var clock = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(seconds), $"It did not happen within {seconds} s: {what}");
            await Task.Delay(20, Cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _own?.Dispose();
    }

    private static async Task<LivingServer> Start(
        TemporaryFolder? own, string folder, string[] options, Dictionary<string, string>? environment = null, bool renews = false)
    {
        var server = new LivingServer(own, folder, options, environment, renews);
        try
        {
            await server.WaitUntilListening();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task WaitUntilListening()
    {
        Match? match = null;
        var process = _process;
        await Until(() =>
        {
            match = _said.Select(line => Listening().Match(line)).FirstOrDefault(found => found.Success);
            Assert.False(match is null && process.HasExited, $"The server ended with {(process.HasExited ? process.ExitCode : 0)}: {Said}");
            return Task.FromResult(match is not null);
        }, "the server listens");
        Client.Dispose();
        Client = new() { BaseAddress = new(match!.Groups[1].Value), Timeout = TimeSpan.FromSeconds(60) };
    }

    private Process Run(string[] arguments)
    {
        var process = StartProcess(arguments, _environment);
        foreach (var stream in (StreamReader[])[process.StandardOutput, process.StandardError])
            _ = Task.Run(async () =>
            {
                while (await stream.ReadLineAsync() is { } line) _said.Enqueue(line);
            });
        return process;
    }

    private static Process StartProcess(string[] arguments, Dictionary<string, string>? environment = null, bool input = false)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Kindred.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = input,
        };
        start.Environment["NO_COLOR"] = "1";
        start.Environment["DOTNET_TieredPGO"] = "0"; // to count how methods are used does not pay in so short a life
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    // in the log's text or JSON
    [GeneratedRegex(@"Serving \S+ at (https?://[0-9.:]+): ")]
    private static partial Regex Listening();
}
