using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;
using CliWrap.EventStream;

namespace Kindred.SystemTests.Cli;

/// <summary>The built command as a process, in a folder of its own.</summary>
/// <param name="folder">Where it runs.</param>
internal sealed class KindredProcess(string folder)
{
    /// <summary>What it reads.</summary>
    public PipeSource Input { get; init; } = PipeSource.Null;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task<BufferedCommandResult> Run(params string[] arguments) => await Of(arguments).ExecuteBufferedAsync(Cancellation);

    /// <returns>Standard output, after a run that ended well.</returns>
    public async Task<string> Succeed(params string[] arguments)
    {
        var result = await Run(arguments);
        Assert.True(result.ExitCode == 0, $"kindred {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.StandardError}");
        return result.StandardOutput;
    }

    /// <returns>Standard output as JSON: a failure if there is anything else.</returns>
    public async Task<JsonObject> Json(params string[] arguments) => JsonNode.Parse(await Succeed([.. arguments, "--json"]))!.AsObject();

    /// <returns>Standard error, after a run that was refused: exit code 2 and nothing on standard output.</returns>
    public async Task<string> Refused(params string[] arguments)
    {
        var result = await Run(arguments);
        Assert.True(result.ExitCode == 2, $"kindred {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.StandardError}");
        Assert.Empty(result.StandardOutput);
        return result.StandardError;
    }

    /// <summary>Runs until a line of either stream matches, then does something with it, then sends the signal.</summary>
    /// <param name="signal">"INT" or "TERM".</param>
    /// <returns>The exit code and everything it said.</returns>
    public async Task<(int ExitCode, string Said)> Interrupt(string signal, Regex line, Func<Match, Task> then, params string[] arguments)
    {
        var (said, exitCode, id, signaled) = (new StringBuilder(), 0, 0, false);
        await foreach (var happening in Of(arguments).ListenAsync(Cancellation))
        {
            if (happening is StartedCommandEvent started) id = started.ProcessId;
            if (happening is ExitedCommandEvent exited) exitCode = exited.ExitCode;
            string text = happening switch { StandardOutputCommandEvent o => o.Text, StandardErrorCommandEvent e => e.Text, _ => "" };
            said.AppendLine(text);
            if (signaled || line.Match(text) is not { Success: true } match) continue;
            signaled = true;
            try { await then(match); }
            finally { await CliWrap.Cli.Wrap("kill").WithArguments(["-s", signal, $"{id}"]).ExecuteAsync(Cancellation); }
        }
        Assert.True(signaled, $"No line matched {line}: {said}");
        return (exitCode, said.ToString());
    }

    /// <summary>Through env: whoever runs the tests in the background may have told their processes to ignore interrupts.</summary>
    private Command Of(string[] arguments) => CliWrap.Cli.Wrap("env")
        .WithArguments(["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, "Kindred.Cli.dll"), .. arguments])
        .WithWorkingDirectory(folder)
        .WithStandardInputPipe(Input)
        // to count how methods are used does not pay in so short a life
        .WithEnvironmentVariables(variables => variables.Set("NO_COLOR", "1").Set("DOTNET_TieredPGO", "0"))
        .WithValidation(CommandResultValidation.None);
}
