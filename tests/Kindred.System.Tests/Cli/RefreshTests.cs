using System.Text.Json.Nodes;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>New events every day, with the built command.</summary>
public sealed class RefreshTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task New_events_are_appended_trained_on_and_published_in_one_command()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Films.Raw, "ratings.csv"))];
        int cut = rows.Length * 3 / 4;
        await WriteAsync("old.csv", rows[..cut]);
        await WriteAsync("new.csv", [rows[0], .. rows[cut..]]);
        string movies = Path.Combine(Films.Raw, "movies.csv");
        await Kindred.Succeed("import", "old.csv", "--out", "data", "--item-attributes", movies);
        await Kindred.Succeed(
            "publish", "data", "--model", "implicit-als:dimensions=8,epochs=2", "--fallback", "popularity:halfLifeDays=700", "--out",
            "snapshots", "--seed", "5", "--allow-repeats");

        var refreshed = await Kindred.Json("refresh", "--data", "data", "--snapshots", "snapshots", "new.csv");
        Assert.Equal(2, Directory.GetDirectories(_folder.File("snapshots")).Length);
        Assert.Equal(100_004, (int)refreshed["events"]!);

        // the same by hand, from all files
        await Kindred.Succeed("import", "old.csv", "new.csv", "--out", "whole", "--item-attributes", movies, "--name", "old");
        async Task<string> FingerprintOf(string data) => (string)(await Kindred.Json("inspect", data))["fingerprint"]!;
        Assert.Equal(await FingerprintOf("whole"), await FingerprintOf("data"));
        await Kindred.Succeed(
            "publish", "whole", "--model", "implicit-als:dimensions=8,epochs=2", "--fallback", "popularity:halfLifeDays=700", "--out",
            "expected", "--seed", "5", "--allow-repeats");
        async Task<string> AnswerOf(string snapshots) =>
            (await Kindred.Json("recommend", snapshots, "--user", "322"))["items"]!.ToJsonString();
        Assert.Equal(await AnswerOf("expected"), await AnswerOf("snapshots"));

        // without new files the same model again
        var again = await Kindred.Json("refresh", "--data", "data", "--snapshots", "snapshots");
        Assert.Equal(8, (int)again["options"]!["dimensions"]!);
        Assert.Equal(await AnswerOf("expected"), await AnswerOf("snapshots"));
    }

    [Fact]
    public async Task A_pipeline_and_an_index_are_made_again()
    {
        await Kindred.Succeed("import", Films.Raw, "--out", "data");
        await Kindred.Succeed("publish", "data", "--model", "implicit-als:dimensions=8,epochs=1", "--index", "flat", "--out", "indexed");
        await Kindred.Succeed("refresh", "--data", "data", "--snapshots", "indexed");
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(
            Path.Combine(Directory.GetDirectories(_folder.File("indexed")).Order().Last(), "manifest.json"),
            TestContext.Current.CancellationToken))!;
        Assert.Equal("flat", (string)manifest["contents"]!["index"]!["kind"]!);

        await WriteAsync("pipeline.json", [
            """{ "sources": [ { "kind": "model", "model": "item-knn", "options": { "neighbours": 20 } } ] }""",
        ]);
        await Kindred.Succeed("publish", "data", "--pipeline", "pipeline.json", "--out", "pipelines");
        var before = await Kindred.Json("recommend", "pipelines", "--user", "15");
        await Kindred.Succeed("refresh", "--data", "data", "--snapshots", "pipelines");
        Assert.Equal(
            before["items"]!.ToJsonString(), (await Kindred.Json("recommend", "pipelines", "--user", "15"))["items"]!.ToJsonString());
    }

    [Fact]
    public async Task What_cannot_be_refreshed_is_said_before_the_work()
    {
        await WriteAsync("events.csv", ["user,item", "ann,tea", "bob,tea", "bob,jam"]);
        await Kindred.Succeed("import", "events.csv", "--out", "data");
        await WriteAsync("more.csv", ["user,item", "ann,jam"]);
        Assert.Contains("does not exist", await Kindred.Refused("refresh", "--data", "data", "--snapshots", "none", "more.csv"),
            StringComparison.Ordinal);
        Assert.Contains("--out to write one, --append", await Kindred.Refused("import", "more.csv"), StringComparison.Ordinal);
        Assert.Contains("about all rows", await Kindred.Refused("import", "--append", "data", "more.csv", "--min-user", "2"),
            StringComparison.Ordinal);
        string said = await Kindred.Succeed("import", "--append", "data", "more.csv");
        Assert.Contains("Appended to data.", said, StringComparison.Ordinal);
    }

    private Task WriteAsync(string name, IEnumerable<string> lines) =>
        File.WriteAllLinesAsync(_folder.File(name), lines, TestContext.Current.CancellationToken);
}
