using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Kindred.SystemTests.Cluster;

/// <summary>Silos as processes of the built command, with a Redis of their own.</summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder;
    private readonly Process _redis;
    private readonly Dictionary<int, Process> _silos = [];

    private RunningCluster(string folder, Process redis, int port)
    {
        (_folder, _redis) = (folder, redis);
        Address = $"redis://127.0.0.1:{port}";
    }

    public string Address { get; }

    public IReadOnlyCollection<int> Silos => [.. _silos.Keys];

    /// <param name="folder">Where everything lies.</param>
    public static async Task<RunningCluster> Start(string folder, int silos)
    {
        int port = FreePort();
        var redis = Process.Start(new ProcessStartInfo("redis-server",
            ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException("redis-server cannot be started; install it: apt-get install redis-server.");
        redis.BeginOutputReadLine();
        redis.BeginErrorReadLine();
        var cluster = new RunningCluster(folder, redis, port);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, silos).Select(_ => cluster.StartSilo()));
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
        return cluster;
    }

    /// <summary>Starts a silo and waits until it is ready.</summary>
    public async Task StartSilo()
    {
        int port = FreePort();
        var silo = Process.Start(new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "Kindred.Cli.dll"), "cluster", "silo", "--cluster", Address, "--jobs",
            Path.Combine(_folder, "jobs"), "--port", $"{port}", "--threads", "1",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        lock (_silos) _silos.Add(port, silo);
        var ready = new TaskCompletionSource();
        silo.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("is ready", StringComparison.Ordinal) == true) ready.TrySetResult();
        };
        silo.BeginOutputReadLine();
        silo.BeginErrorReadLine();
        await ready.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    /// <summary>As when its machine is lost.</summary>
    public void Kill(int port)
    {
        Process silo;
        lock (_silos) _silos.Remove(port, out silo!);
        silo.Kill();
        silo.WaitForExit();
        silo.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        foreach (int port in Silos) Kill(port);
        _redis.Kill();
        _redis.WaitForExit();
        _redis.Dispose();
        return ValueTask.CompletedTask;
    }

    // its gateway listens 10,000 above
    public static int FreePort()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            int port = ((IPEndPoint)probe.LocalEndpoint).Port;
            if (port > 55_000) port -= 20_000;
            return port;
        }
    }
}
