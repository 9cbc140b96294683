using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.EventStream;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Hosting;

/// <summary>The built sample as a process, asked over HTTP.</summary>
public sealed partial class HomepageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_trains_publishes_and_recommends()
    {
        string said = await Run(async client =>
        {
            Assert.Equal("Healthy", await client.GetStringAsync("/health", Cancellation));
            var home = JsonNode.Parse(await client.GetStringAsync("/home/user1", Cancellation))!; // buys kitchenware
            string[] ids = [.. home["items"]!.AsArray().Select(item => (string)item!["itemId"]!)];
            Assert.Equal(10, ids.Distinct().Count());
            Assert.True(ids.Count(id => id.StartsWith("kitchen", StringComparison.Ordinal)) > 5, string.Join(' ', ids));

            var answer = JsonNode.Parse(await client.GetStringAsync("/v1/users/user1/recommendations", Cancellation))!;
            Assert.Equal(ids, answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!));
        });
        Assert.Contains("beats popularity by", said, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(_folder.File("snapshots")));
        Assert.DoesNotContain(
            "beats popularity by", await Run(client => client.GetStringAsync("/health", Cancellation)), StringComparison.Ordinal);
    }

    /// <summary>Runs until it listens, then does something, then tells it to stop.</summary>
    /// <returns>What it said.</returns>
    private async Task<string> Run(Func<HttpClient, Task> then)
    {
        var (said, id, isAsked, exitCode) = (new StringBuilder(), 0, false, -1);
        string bin = AppContext.BaseDirectory.Replace("Kindred.System.Tests", "Homepage", StringComparison.Ordinal);
        var command = CliWrap.Cli.Wrap("dotnet")
            .WithArguments([
                Path.Combine(bin, "Homepage.dll"), "--urls", "http://127.0.0.1:0",
                "--contentRoot", Path.Combine(RealData.Root, "samples", "homepage")])
            .WithWorkingDirectory(_folder.Path)
            .WithValidation(CommandResultValidation.None);
        await foreach (var happening in command.ListenAsync(Cancellation))
        {
            if (happening is StartedCommandEvent started) id = started.ProcessId;
            if (happening is ExitedCommandEvent exited) exitCode = exited.ExitCode;
            string text = happening switch { StandardOutputCommandEvent o => o.Text, StandardErrorCommandEvent e => e.Text, _ => "" };
            said.AppendLine(text);
            if (isAsked || Address().Match(text) is not { Success: true } match) continue;
            isAsked = true;
            using var client = new HttpClient { BaseAddress = new Uri(match.Groups[1].Value) };
            try { await then(client); }
            finally { await CliWrap.Cli.Wrap("kill").WithArguments(["-s", "TERM", $"{id}"]).ExecuteAsync(Cancellation); }
        }
        Assert.True(isAsked && exitCode == 0, $"It ended with {exitCode}: {said}");
        return said.ToString();
    }

    [GeneratedRegex("Now listening on: (http://.+)$")]
    private static partial Regex Address();
}
