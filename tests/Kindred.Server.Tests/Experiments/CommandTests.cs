using System.Text.Json.Nodes;
using Kindred.Tests.Support;
using static Kindred.ServerTests.Experiments.ExperimentShop;

namespace Kindred.ServerTests.Experiments;

/// <summary>The commands work on a living folder while its server runs.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task Created_started_read_and_stopped_beside_a_running_server()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        string file = folder.File("short.json"), page = folder.File("short.html");
        await File.WriteAllTextAsync(file, Setup("short"), LivingServer.Cancellation);
        Task<string> Run(params string[] arguments) => LivingServer.Succeed(["experiment", .. arguments, "--data", server.Folder]);
        Assert.Contains("There is no experiment yet", await Run("status"), StringComparison.Ordinal);
        Assert.Contains("`kindred experiment start short` starts it", await Run("create", file), StringComparison.Ordinal);
        Assert.Contains("short runs", await Run("start", "short"), StringComparison.Ordinal);
        await LivingServer.Until(async () => await Ask(server, "u0", "short") is not null, "the server obeys");
        for (int n = 0; n < 10; n++) await Ask(server, $"u{n}", "short");
        await LivingServer.Until(async () => (await Units()) == 10, "the answers are in the store");
        async Task<long> Units() => JsonNode.Parse(await Run("report", "short", "--json"))!["arms"]!.AsArray()
            .Sum(arm => (long)arm!["units"]!);
        Assert.Contains("sample ratio", await Run("report", "short", "--html", page), StringComparison.Ordinal);
        Assert.StartsWith("<!DOCTYPE html>", await File.ReadAllTextAsync(page, LivingServer.Cancellation), StringComparison.Ordinal);
        Assert.Contains("everyone gets control", await Run("stop", "short", "--reason", "enough"), StringComparison.Ordinal);
        await LivingServer.Until(async () => await Ask(server, "u0", "short") is null, "the server obeys");
        Assert.Contains("enough", await Run("status"), StringComparison.Ordinal);
        var (exitCode, _, error) = await LivingServer.Command("experiment", "start", "nothing", "--data", server.Folder);
        Assert.Equal(2, exitCode);
        Assert.Contains("There is no experiment 'nothing'; there are short.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_is_made_of_what_the_store_has()
    {
        await using var server = await LivingServer.Start();
        var now = DateTimeOffset.UtcNow;
        var lines = new List<string>();
        for (int user = 0; user < 200; user++)
            for (int n = 0; n < 1 + (user % 3); n++)
                lines.Add($$"""
                    {"type":"click","userId":"u{{user}}","itemId":"i{{n}}","time":"{{now.AddDays(-1 - (user % 25) - n):o}}"}
                    """.Trim());
        await server.Post("/v1/events", $"[{string.Join(',', lines)}]");
        string plan = await LivingServer.Succeed(
            "experiment", "plan", "--data", server.Folder, "--goal", "clicks=click,margin=.5", "--no-cuped", "--json");
        var weeks = JsonNode.Parse(plan)!["weeks"]!.AsArray();
        Assert.Equal([2, 3, 4], weeks.Select(week => (int)week!["weeks"]!));
        Assert.Equal(200, (long)weeks[2]!["units"]!); // all are within four weeks
        Assert.Equal(lines.Count / 200.0, (double)weeks[2]!["baseline"]!, 1e-9);
        Assert.True((long)weeks[0]!["units"]! < 200);
        var (exitCode, _, error) = await LivingServer.Command(
            "experiment", "plan", "--data", server.Folder, "--goal", "sales=purchase,margin=.5");
        Assert.Equal(2, exitCode);
        Assert.Contains("asks for events of type 'purchase', and there are none; there are click.", error, StringComparison.Ordinal);
        Assert.Equal(2, (await LivingServer.Command("experiment", "plan", "--goal", "clicks")).ExitCode);
    }
}
