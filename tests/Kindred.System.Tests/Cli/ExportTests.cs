using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>Files for other programs, with the built command.</summary>
public sealed partial class ExportTests(Films films) : IClassFixture<Films>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lists_of_all_users_are_those_of_each_user()
    {
        var said = await Kindred.Json("recommend", films.Snapshots, "--all", "--count", "3", "--out", "lists.csv");
        string[][] rows = [.. File.ReadLines(_folder.File("lists.csv")).Skip(1).Select(line => line.Split(','))];
        Assert.Equal((671, 3 * 671, 3 * 671), ((int)said["users"]!, (int)said["rows"]!, rows.Length));
        foreach (string user in (string[])["1", "15", "671"])
        {
            var alone = await Kindred.Json("recommend", films.Snapshots, "--user", user, "--count", "3");
            Assert.Equal(
                alone["items"]!.AsArray().Select(item => (string)item!["itemId"]!),
                rows.Where(row => row[0] == user).Select(row => row[2]));
        }
        Assert.Equal(["lists.csv"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Some_users_and_several_models_are_one_file()
    {
        await File.WriteAllLinesAsync(_folder.File("users.txt"), ["15", "", "nobody", "15"], TestContext.Current.CancellationToken);
        var run = await Kindred.Run("recommend", films.Data, "--users", "users.txt", "--model", "popularity", "--model",
            "item-knn:neighbours=50", "--count", "2", "--where", "genres=Horror", "--out", "lists.jsonl");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 user not in the data, who get what is popular: nobody.", run.StandardError, StringComparison.Ordinal);
        JsonNode[] rows = [.. File.ReadLines(_folder.File("lists.jsonl")).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(
            ["popularity 15 1", "popularity 15 2", "popularity nobody 1", "popularity nobody 2", "item-knn:neighbours=50 15 1",
                "item-knn:neighbours=50 15 2", "item-knn:neighbours=50 nobody 1", "item-knn:neighbours=50 nobody 2"],
            rows.Select(row => $"{row["model"]} {row["user"]} {row["rank"]}"));
    }

    [Fact]
    public async Task A_stopped_run_leaves_no_file()
    {
        var (exitCode, said) = await Kindred.Interrupt("INT", FirstModelDone, _ => Task.CompletedTask, "recommend", films.Data, "--all",
            "--model", "popularity", "--model", "implicit-als:epochs=100000", "--out", "lists.parquet");
        Assert.True(exitCode == 130, said);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Everything_can_be_exported()
    {
        async Task<int> Rows(params string[] export) => (int)(await Kindred.Json(["export", .. export]))["rows"]!;
        Assert.Equal(100_004, await Rows("events", films.Data, "--out", "events.csv"));
        Assert.Equal(100_004, await Rows("events", films.Snapshots, "--out", "events.parquet"));
        Assert.Equal(671, await Rows("users", films.Data, "--out", "users.csv"));
        Assert.Equal(9_066, await Rows("items", films.Snapshots, "--out", "items.csv"));
        Assert.Equal(27, await Rows("neighbours", films.Model, "--count", "3", "--out", "neighbours.jsonl") / 1000);
        Assert.Equal(9_066, await Rows("vectors", films.Data, "--model", "implicit-als:dimensions=4,epochs=1", "--out", "vectors.npy"));
        Assert.Equal(671,
            await Rows("vectors", films.Data, "--of", "users", "--model", "bpr:dimensions=4,epochs=1", "--out", "vectors.csv"));
        Assert.StartsWith("item,title,year,genres", File.ReadLines(_folder.File("items.csv")).First(), StringComparison.Ordinal);

        // the same events, and so the same data, without attributes
        await Kindred.Succeed("import", Path.Combine(Films.Raw, "ratings.csv"), "--out", "first");
        await Kindred.Succeed("import", "events.csv", "--out", "again");
        var (first, again) = (await Kindred.Json("inspect", "first"), await Kindred.Json("inspect", "again"));
        Assert.Equal((string)first["fingerprint"]!, (string)again["fingerprint"]!);
    }

    [Fact]
    public async Task Counts_are_exported_as_they_came()
    {
        string[] plays = ["u1,a,1", "u1,b,3", "u2,a,9", "u2,c,40", "u3,b,700", "u3,c,52031"];
        await File.WriteAllLinesAsync(_folder.File("plays.csv"), ["user,item,plays", .. plays], TestContext.Current.CancellationToken);
        await Kindred.Succeed("import", "plays.csv", "--out", "scaled");
        await Kindred.Succeed("export", "events", "scaled", "--out", "again.csv");
        Assert.Equal(plays, File.ReadLines(_folder.File("again.csv")).Skip(1));

        await Kindred.Succeed("import", "plays.csv", "--scale", "raw", "--out", "raw");
        var run = await Kindred.Run("export", "events", "raw", "--out", "raw.csv");
        Assert.Contains("Import the file with --scale raw", run.StandardError, StringComparison.Ordinal);
        Assert.Equal(plays, File.ReadLines(_folder.File("raw.csv")).Skip(1));
    }

    [Fact]
    public async Task What_cannot_be_written_is_said_before_the_work()
    {
        async Task Refuses(string sentence, params string[] arguments) =>
            Assert.Contains(sentence, await Kindred.Refused(arguments), StringComparison.Ordinal);
        await Refuses("says no format", "recommend", films.Data, "--all", "--out", "lists.xls");
        await Refuses("Name the file for the lists", "recommend", films.Data, "--all");
        await Refuses("--user is about one user", "recommend", films.Data, "--all", "--user", "1", "--out", "lists.csv");
        await Refuses("There is no file", "recommend", films.Data, "--users", "nowhere.txt", "--out", "lists.csv");
        await Refuses("is named twice", "recommend", films.Data, "--all", "--model", "bpr", "--model", "bpr", "--out", "lists.csv");
        await Refuses("--out goes with --all", "recommend", films.Data, "--user", "1", "--out", "lists.csv");
        await Refuses("has no embeddings", "export", "vectors", films.Model, "--out", "vectors.npy");
        await Refuses("there is no folder", "export", "events", films.Data, "--out", "nowhere/events.csv");
        await Refuses("knows no similarity", "export", "neighbours", films.Data, "--model", "popularity", "--out", "n.csv");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [GeneratedRegex("^Recommending by popularity: 671 users")]
    private static partial Regex FirstModelDone { get; }
}
