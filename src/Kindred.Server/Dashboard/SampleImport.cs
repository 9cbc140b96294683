using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.Dashboard;

/// <summary>
/// Imports the sample data into the folder that is served, by <c>kindred import --data</c> in a process of its own: whoever looks sees the
/// events come in.
/// </summary>
internal sealed partial class SampleImport(LivingFolder folder, LivingOptions options, ILogger<SampleImport> log)
{
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Whether there are sample data.</summary>
    public bool IsAvailable => options.SampleData is not null;

    public bool IsRunning => !_running.IsCompleted;

    /// <summary>Why the last import failed; null: it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Begins it, unless it runs.</summary>
    /// <exception cref="InputException">There are no sample data.</exception>
    public void Start()
    {
        string files = options.SampleData ?? throw new InputException("There are no sample data beside this program.");
        lock (_gate)
        {
            if (_running.IsCompleted) _running = RunAsync(files);
        }
    }

    private async Task RunAsync(string files)
    {
        Failure = null;
        try
        {
            var command = OwnProgram.CommandFor("import", files, "--data", folder.Path);
            var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["NO_COLOR"] = "1";
            using var process = Process.Start(start) ?? throw new InputException("The import cannot be started.");
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            await output;
            if (process.ExitCode != 0) Failure = (await error).Trim().Split('\n')[^1];
        }
        catch (Exception e)
        {
            Failure = e.Message;
        }
        if (Failure is { } reason) LogFailed(log, reason);
    }

    [LoggerMessage(40, LogLevel.Warning, "The sample data could not be imported: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
