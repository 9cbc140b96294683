using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CliWrap.Buffered;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>A search by the real command, interrupted in every way.</summary>
public sealed partial class TuneTests(Films films) : IClassFixture<Films>, IDisposable
{
    private const string Journal = "movielens-implicit-als.tuning.jsonl";

    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    private string[] Arguments => ["tune", films.Data, "--model", "implicit-als:dimensions=8", "--split", "leave-last", "--trials", "14"];

    /// <summary>All of a result but the times.</summary>
    private static string[] TrialsOf(JsonObject result) =>
        [(string)result["model"]!, .. result["tuning"]!["trials"]!.AsArray()
            .Select(t => $"{t!["number"]} {t["options"]!.ToJsonString()} {t["value"]}")];

    // Not by .NET, which heeds that the search has the file for itself.
    private async Task WaitForTrials(int count)
    {
        while (!File.Exists(_folder.File(Journal)) || await LinesOf(_folder.File(Journal)) <= count) await Task.Delay(20, Cancellation);
    }

    private static async Task<int> LinesOf(string file)
    {
        var result = await CliWrap.Cli.Wrap("wc").WithArguments(["-l", file]).ExecuteBufferedAsync(Cancellation);
        return int.Parse(result.StandardOutput.Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_search_goes_on_as_if_it_had_not_been_killed()
    {
        string[] uninterrupted = TrialsOf(await Kindred.Json([.. Arguments, "--journal", "other.jsonl"]));
        Assert.Equal(15, uninterrupted.Length);

        await Kindred.Interrupt("KILL", Started, async _ => await WaitForTrials(4), Arguments);
        int done = (await File.ReadAllLinesAsync(_folder.File(Journal), Cancellation)).Length - 1;
        Assert.InRange(done, 4, 13);
        Assert.Equal(uninterrupted, TrialsOf(await Kindred.Json([.. Arguments, "--threads", "1"])));
    }

    [Fact]
    public async Task A_stopped_search_says_how_to_go_on()
    {
        var (exitCode, said) = await Kindred.Interrupt("INT", Started, async _ => await WaitForTrials(2), Arguments);
        Assert.True(exitCode == 130, $"{exitCode}: {said}");
        Assert.Contains($"done; the same command resumes from {Journal}.", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_best_options_are_reported_once_on_the_test_part_and_can_be_pasted()
    {
        string[] arguments = ["tune", films.Data, "--model", "popularity", "--metric", "recall@20", "--report", "report.json"];
        string said = await Kindred.Succeed([.. arguments, "--test"]);
        Assert.Contains("Everything in the ranges has been tried.", said, StringComparison.Ordinal);
        Assert.Contains("On the test part, once", said, StringComparison.Ordinal);
        string model = Pasted.Match(said).Groups["model"].Value;

        var report = JsonNode.Parse(await File.ReadAllTextAsync(_folder.File("report.json"), Cancellation))!;
        Assert.Equal(model, (string)report["model"]!);
        Assert.Equal("Recall@20", (string)report["test"]!["leaderboard"]!["metric"]!);
        var evaluated = await Kindred.Json(
            "evaluate", films.Data, "--model", model, "--k", "20", "--metric", "recall@20", "--on", "validation");
        var standing = evaluated["leaderboard"]!["standings"]!.AsArray().First(s => (string)s!["report"]!["name"]! == model);
        var estimate = standing!["report"]!["segments"]![0]!["estimates"]!.AsArray().First(e => (string)e!["metric"]! == "Recall@20");
        Assert.Equal((double)report["tuning"]!["best"]!["value"]!, (double)estimate!["mean"]!);

        string chosen = await Kindred.Succeed(arguments);
        Assert.DoesNotContain("On the test part", chosen, StringComparison.Ordinal);
        Assert.Contains("The test part was not read.", chosen, StringComparison.Ordinal);
        var refused = await Kindred.Run([.. arguments, "--seed", "3"]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("is the journal of another search: ", refused.StandardError, StringComparison.Ordinal);
        await Kindred.Succeed([.. arguments, "--seed", "3", "--fresh"]);
    }

    [GeneratedRegex("^Training popularity")]
    private static partial Regex Started { get; }

    [GeneratedRegex(@"--model (?<model>\S+)")]
    private static partial Regex Pasted { get; }
}
