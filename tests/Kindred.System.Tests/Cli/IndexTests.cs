using System.Text.Json.Nodes;
using System.Xml.Linq;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>Indices, filters and audiences by the real command, of a model that embeds.</summary>
public sealed class IndexTests(IndexTests.Embedded films) : IClassFixture<IndexTests.Embedded>, IDisposable
{
    /// <summary>The sample imported, a model of it, an index of that, and a snapshot with an index.</summary>
    public sealed class Embedded : IAsyncLifetime
    {
        private readonly TemporaryFolder _folder = new();

        public string File(string name) => _folder.File(name);

        public async ValueTask InitializeAsync()
        {
            var kindred = new KindredProcess(_folder.Path);
            await kindred.Succeed("import", Films.Raw, "--out", "films");
            await kindred.Succeed("train", "films", "--model", "implicit-als:dimensions=16,epochs=5", "--out", "als");
            await kindred.Succeed("index", "build", "als", "--out", "int8", "--kind", "int8");
            await kindred.Succeed("publish", "films", "--model-folder", "als", "--index", "auto", "--out", "snapshots");
        }

        public ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_map_is_a_page_and_a_drawing_that_load_nothing()
    {
        var answer = await Kindred.Json("map", films.File("snapshots"), "--items", "300", "--html", "map.html", "--svg", "map.svg");
        Assert.Equal((300, "genres"), ((int)answer["items"]!, (string)answer["coloredBy"]!));
        string page = await File.ReadAllTextAsync(_folder.File("map.html"), TestContext.Current.CancellationToken);
        string drawing = await File.ReadAllTextAsync(_folder.File("map.svg"), TestContext.Current.CancellationToken);
        Assert.Equal(300, XDocument.Parse(page).Descendants("circle").Count(circle => circle.Element("title") is not null));
        Assert.Equal(300, XDocument.Parse(drawing).Descendants().Count(element => element.Name.LocalName == "circle"));
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        await Kindred.Succeed("map", films.File("snapshots"), "--items", "300", "--svg", "again.svg");
        Assert.Equal(drawing, await File.ReadAllTextAsync(_folder.File("again.svg"), TestContext.Current.CancellationToken));
        Assert.Contains("Say where to write the map", await Kindred.Refused("map", films.File("snapshots")), StringComparison.Ordinal);
        Assert.Contains("no attribute 'mood'",
            await Kindred.Refused("map", films.File("snapshots"), "--color", "mood", "--svg", "x.svg"), StringComparison.Ordinal);
        Assert.Contains("item-knn", await Kindred.Refused("map", films.File("films"), "--model", "item-knn", "--svg", "x.svg"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_is_built_by_size_and_says_why()
    {
        var built = await Kindred.Json("index", "build", films.File("als"), "--out", "auto");
        Assert.Matches(@"^flat: all [\d,]+ items are looked at in [\d.]+ ms a query, and nothing is missed\.$", (string)built["reason"]!);
        Assert.Equal(("flat", 16, "implicit-als", .95), (
            (string)built["index"]!["kind"]!, (int)built["index"]!["dimensions"]!, (string)built["index"]!["trainer"]!,
            (double)built["index"]!["targetRecall"]!));
        Assert.True(System.IO.File.Exists(_folder.File("auto/index.safetensors")));
        string again = await Kindred.Succeed("index", "build", films.File("als"), "--out", "auto", "--kind", "bfloat16", "--k", "5");
        Assert.StartsWith("bfloat16: recall@5 ", again, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_and_a_snapshot_are_checked_against_exact_search()
    {
        var report = await Kindred.Json(
            "index", "check", films.File("int8"), "--model", films.File("als"), "--queries", "300", "--k", "20");
        Assert.Equal((20, 300), ((int)report["recall"]!["k"]!, (int)report["recall"]!["queries"]!));
        Assert.InRange((double)report["recall"]!["mean"]!, .95, 1);
        Assert.True((double)report["recall"]!["low"]! <= (double)report["recall"]!["mean"]!);
        string text = await Kindred.Succeed("index", "check", films.File("snapshots"), "--queries", "100");
        Assert.StartsWith("recall@10 1.000 [", text, StringComparison.Ordinal);
        Assert.Contains("queries/s", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recommendations_keep_to_the_conditions()
    {
        var answer = await Kindred.Json("recommend", films.File("snapshots"), "--user", "322", "--count", "20", "--where", "genres=Comedy",
            "--where", "year=1990..1999");
        string[] ids = [.. answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!)];
        Assert.Equal(20, ids.Length);
        var denied = await Kindred.Json(
            "recommend", films.File("snapshots"), "--user", "322", "--allow", string.Join(',', ids), "--deny", ids[0]);
        Assert.Equal(ids[1..11], denied["items"]!.AsArray().Select(item => (string)item!["itemId"]!));
        Assert.Contains("Nothing passes the filter.",
            await Kindred.Succeed("recommend", films.File("snapshots"), "--user", "322", "--where", "year>3000"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audiences_are_listed_and_written()
    {
        var answer = await Kindred.Json("audience", films.File("snapshots"), "--item", "1219", "--size", "5");
        float[] scores = [.. answer["users"]!.AsArray().Select(user => (float)user!["score"]!)];
        Assert.Equal(5, scores.Length);
        Assert.Equal(scores.OrderDescending(), scores);

        await System.IO.File.WriteAllLinesAsync(
            _folder.File("seeds.txt"), ["42", "", "nobody", "99"], TestContext.Current.CancellationToken);
        var like = await Kindred.Run(
            "audience", films.File("snapshots"), "--seeds", "seeds.txt", "--size", "30", "--threshold", "0.2", "--out", "audience.csv");
        Assert.True(like.ExitCode == 0, like.StandardError);
        Assert.Contains("1 seed not in the data, so excluded: nobody.", like.StandardError, StringComparison.Ordinal);
        string[] lines = await System.IO.File.ReadAllLinesAsync(_folder.File("audience.csv"), TestContext.Current.CancellationToken);
        Assert.Equal("userId,score", lines[0]);
        string[] users = [.. lines.Skip(1).Select(line => line.Split(',')[0])];
        Assert.InRange(users.Length, 1, 30);
        Assert.DoesNotContain("42", users);
        Assert.All(lines.Skip(1), line => Assert.InRange(float.Parse(line.Split(',')[1]), .2f, 1.0001f));
        var ids = await Kindred.Json("audience", films.File("snapshots"), "--seeds", "42,99", "--size", "30", "--threshold", "0.2");
        Assert.Equal(users, ids["users"]!.AsArray().Select(user => (string)user!["userId"]!));
    }

    [Theory]
    [InlineData("index", "Name one of its commands.")]
    [InlineData("index build FILMS --out x", "is not a kindred model")]
    [InlineData("index build ALS --out x --kind tree", "There is no index 'tree'; there are flat, int8, bfloat16")]
    [InlineData("index build ALS --out x --recall 1.5", "--recall must be between 0 and 1, was 1.5.")]
    [InlineData("index build ALS --out x --memory 0", "--memory must be at least 1, was 0.")]
    [InlineData("index build ALS --out x --k 0", "--k must be at least 1, was 0.")]
    [InlineData("index check INT8", "holds an index alone; name the model folder it was built from: --model FOLDER.")]
    [InlineData("index check SNAPSHOTS --model ALS", "is not an index folder, so --model cannot be used: a snapshot has its model.")]
    [InlineData("index check ALS", "is not a kindred snapshot")]
    [InlineData("publish FILMS --model item-knn --index auto --out x",
        "item-knn has no embeddings, so no index can serve it; leave out --index.")]
    [InlineData("recommend SNAPSHOTS --user 322 --where genre=Comedy",
        "There is no attribute 'genre' to filter by; there are genres (labels), year (number).")]
    [InlineData("recommend SNAPSHOTS --user 322 --where genres=Farce", "genres has no label 'Farce'; there are ")]
    [InlineData("audience SNAPSHOTS", "Name an item or seeds: either --item ID or --seeds id,id.")]
    [InlineData("audience SNAPSHOTS --item zz", "There is no item 'zz' in the data of ")]
    [InlineData("audience SNAPSHOTS --seeds nobody", "None of the seeds is a user in the data of ")]
    [InlineData("audience SNAPSHOTS --item 1 --size 0", "--size must be at least 1, was 0.")]
    [InlineData("audience FILMS --item 1 --model item-knn", "has no embeddings; use a model that embeds (see `kindred model list`).")]
    [InlineData("serve --snapshot SNAPSHOTS --recall-sample 2", "The share of requests to sample must be 0 to 1, was 2.")]
    public async Task What_cannot_be_used_is_refused_in_a_sentence(string arguments, string sentence)
    {
        string said = await Kindred.Refused([.. arguments.Split(' ').Select(word => word switch
        {
            "FILMS" or "ALS" or "INT8" or "SNAPSHOTS" => films.File(word.ToLowerInvariant()), _ => word,
        })]);
        Assert.Contains(sentence, said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task An_index_of_another_model_is_refused()
    {
        await Kindred.Succeed("train", films.File("films"), "--model", "implicit-als:dimensions=16,epochs=1", "--out", "other");
        Assert.Contains("was built from another model than other; build it again from this one.",
            await Kindred.Refused("index", "check", films.File("int8"), "--model", "other"), StringComparison.Ordinal);
    }
}
