using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kindred.Server.Renewal;

/// <summary>A line of what a training process says.</summary>
/// <param name="Progress">How far it is; null: it is the last line.</param>
/// <param name="Result">What it came to.</param>
internal sealed record RenewalLine(RenewalProgress? Progress = null, RenewalResult? Result = null)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public override string ToString() => JsonSerializer.Serialize(this, Json);

    /// <returns>Null: it is none.</returns>
    public static RenewalLine? Parse(string line)
    {
        try { return JsonSerializer.Deserialize<RenewalLine>(line, Json); }
        catch (JsonException) { return null; }
    }
}

/// <summary>
/// Trains in a process of its own: <c>kindred renew</c>, by the same program, of low priority and with a limit of memory, so that answers
/// are as fast as before and a training that needs too much ends alone.
/// </summary>
internal static class RenewalProcess
{
    /// <exception cref="InputException">The process failed; the sentence is its own.</exception>
    /// <exception cref="OperationCanceledException">The process was killed.</exception>
    public static async Task<RenewalResult> RunAsync(
        string folder, RenewalSettings settings, IProgress<RenewalProgress> report, CancellationToken cancellation)
    {
        using var process = Process.Start(StartInfo(folder, settings)) ?? throw new InputException("The training cannot be started.");
        using var kill = cancellation.Register(() => Kill(process));
        RenewalResult? result = null;
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } text)
        {
            var line = RenewalLine.Parse(text);
            if (line?.Progress is { } progress) report.Report(progress);
            result = line?.Result ?? result;
        }
        await process.WaitForExitAsync(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode == 0 && result is not null) return result;
        string sentence = (await error).Trim().Split('\n')[^1];
        throw new InputException(
            process.ExitCode > 2 ? $"The training process was killed ({process.ExitCode}); the next one begins anew. {sentence}".Trim()
            : sentence.Length > 0 ? sentence : $"The training process ended with {process.ExitCode}.");
    }

    private static ProcessStartInfo StartInfo(string folder, RenewalSettings settings)
    {
        int threads = settings.Threads ?? Math.Max(1, Environment.ProcessorCount / 2);
        var command = OwnProgram.CommandFor(
            "renew", "--data", folder, "--lines", "--threads", threads.ToString(CultureInfo.InvariantCulture));
        // nice gives its priority to all threads of the process; what .NET sets is that of one.
        if (!OperatingSystem.IsWindows() && File.Exists("/usr/bin/nice")) command.InsertRange(0, ["/usr/bin/nice", "-n", "10"]);
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        long limit = settings.MemoryMegabytes is { } megabytes ? (long)(megabytes * 1e6)
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        start.Environment["DOTNET_GCHeapHardLimit"] = limit.ToString("x", CultureInfo.InvariantCulture); // read as hexadecimal
        start.Environment["NO_COLOR"] = "1";
        return start;
    }

    private static void Kill(Process process)
    {
        try { process.Kill(entireProcessTree: true); }
        catch (InvalidOperationException) { } // it has ended
    }
}
