using System.Diagnostics;
using Kindred.Native.Tests.Import;

namespace Kindred.CrashTest;

/// <summary>This program as a writer, in a process of its own.</summary>
internal sealed class WriterVictim(string address) : IVictim
{
    private Process? _process;

    /// <summary>Also stopped as by a crash, after every tenth kill; null: there is no server.</summary>
    public PostgresServer? Server { get; init; }

    public string Store => address;

    public async Task WriteAsync(int run, Action<int> acknowledged, CancellationToken cancellationToken)
    {
        string program = typeof(WriterVictim).Assembly.Location;
        var start = new ProcessStartInfo("dotnet", [program, "writer", address, run.ToString()]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        _process = process;
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            if (int.TryParse(line, out int batch)) acknowledged(batch);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 128 + 9) throw new InvalidOperationException($"The writer ended by itself ({process.ExitCode}).");
    }

    public void Kill() => _process!.Kill();

    public async Task BetweenRunsAsync(int run, CancellationToken cancellationToken)
    {
        if (Server is null || run % 10 != 9) return;
        await Server.Stop(cancellationToken);
        await Server.Resume(cancellationToken);
    }
}
