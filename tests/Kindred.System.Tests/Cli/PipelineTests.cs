using System.Text.Json.Nodes;
using Kindred.Snapshots;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>The sample's pipeline by the real command, from its check to a published answer.</summary>
public sealed class PipelineTests(PipelineTests.Published films) : IClassFixture<PipelineTests.Published>, IDisposable
{
    /// <summary>The sample imported, its pipeline published.</summary>
    public sealed class Published : IAsyncLifetime
    {
        private readonly TemporaryFolder _folder = new();

        public string File(string name) => _folder.File(name);

        public async ValueTask InitializeAsync()
        {
            var kindred = new KindredProcess(_folder.Path);
            await kindred.Succeed("import", Films.Raw, "--out", "films");
            System.IO.File.WriteAllText(File("pipeline.json"), Small);
            await kindred.Succeed("publish", "films", "--pipeline", "pipeline.json", "--out", "snapshots");
        }

        public ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private const string Small = """
        {
          "sources": [
            { "kind": "neighbours", "count": 100 },
            { "kind": "popular", "count": 100 },
          ],
          "ranker": { "kind": "lambdarank", "trees": 10 },
          "rerank": [
            { "kind": "rules", "rules": [{ "name": "no horror", "when": "item.genres has 'Horror'", "then": "filter" }] },
            { "kind": "keep", "count": 30 },
          ],
        }
        """;

    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    private string Sample => Path.Combine(Films.Raw, "pipeline.json");

    [Fact]
    public async Task The_sample_is_checked_alone_and_against_data()
    {
        Assert.Contains("The pipeline is well formed", await Kindred.Succeed("pipeline", "check", Sample), StringComparison.Ordinal);
        string text = await Kindred.Succeed("pipeline", "check", Sample, films.File("films"));
        Assert.Contains("The pipeline fits the data.", text, StringComparison.Ordinal);
        Assert.Matches(@"ranker +lambdarank +Rank by boosted trees", text);
    }

    [Fact]
    public async Task Another_program_learns_from_the_examples_and_its_ranker_is_read_from_a_file()
    {
        var said = await Kindred.Json("pipeline", "examples", films.File("pipeline.json"), films.File("films"), "--out", "e.csv");
        string[] lines = await File.ReadAllLinesAsync(_folder.File("e.csv"), TestContext.Current.CancellationToken);
        Assert.StartsWith("list,label,sources,item.events,", lines[0], StringComparison.Ordinal);
        Assert.Equal((int)said["candidates"]!, lines.Length - 1);
        Assert.Equal((int)said["lists"]!, lines.Skip(1).Select(line => line.Split(',')[0]).Distinct().Count());

        // a tree of one split, in the text of LightGBM: popular items first
        await File.WriteAllTextAsync(_folder.File("model.txt"), """
            tree
            version=v4
            num_class=1
            num_tree_per_iteration=1
            max_feature_idx=0
            feature_names=item.events

            Tree=0
            num_leaves=2
            num_cat=0
            split_feature=0
            threshold=100
            decision_type=2
            left_child=-1
            right_child=-2
            leaf_value=-1 1
            leaf_count=5 5
            end of trees
            """, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder.File("p.json"),
            """{ "sources": [{ "kind": "popular", "count": 300 }], "ranker": { "kind": "lightgbm", "file": "model.txt" } }""",
            TestContext.Current.CancellationToken);
        await Kindred.Succeed("publish", films.File("films"), "--pipeline", "p.json", "--out", "s");
        File.Delete(_folder.File("model.txt"));
        var answer = await Kindred.Json("recommend", "s", "--user", "322", "--count", "3");
        Assert.All(answer["items"]!.AsArray(), item => Assert.Equal(1, (double)item!["score"]!));
        Assert.Contains("model.txt cannot be read",
            await Kindred.Refused("publish", films.File("films"), "--pipeline", "p.json", "--out", "s"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "sources": [] }""", "p.json, line 1, column 3: a pipeline needs one source at least.")]
    [InlineData("""{ "sources": [{ "kind": "sameLabel", "labels": "brand" }] }""",
        "p.json, line 1, column 15: There is no column of labels 'brand' of the items; there is genres.")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "ranker": { "kind": "lambdarank", "features": ["item.shine"] } }""",
        "There is no feature 'item.shine'")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "rerank": [{ "kind": "mmr", "embeddings": "newest" }] }""",
        "embeddings names 'newest', but no source has embeddings")]
    [InlineData("""{ "sources": [{ "kind": "newest" }, { "kind": "model", "model": "content-knn", "options":{"features":"item.genrs"}}]}""",
        "p.json, line 1, column 37: There is no feature 'item.genrs'; did you mean item.genres or item.year?")]
    [InlineData("""{ "sources": [{ "kind": "model", "model": "content-knn:features=item.genres" }] }""",
        "options, which stand apart here: \"model\": \"content-knn\", \"options\": {\"features\":\"item.genres\"}.")]
    public async Task A_mistake_is_refused_with_its_place_before_anything_is_trained(string json, string expected)
    {
        File.WriteAllText(_folder.File("p.json"), json);
        Assert.Contains(expected, await Kindred.Refused("pipeline", "check", "p.json", films.File("films")), StringComparison.Ordinal);
        Assert.Contains(expected, await Kindred.Refused("publish", films.File("films"), "--pipeline", "p.json", "--out", "s"),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("s")));
    }

    [Fact]
    public async Task A_label_that_is_nowhere_is_a_warning()
    {
        File.WriteAllText(_folder.File("p.json"), Small.Replace("'Horror'", "'Horor'", StringComparison.Ordinal));
        Assert.Contains("item.genres has no label 'Horor'", await Kindred.Succeed("pipeline", "check", "p.json", films.File("films")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_served_and_a_file_are_compared()
    {
        Assert.Contains("They do the same.",
            await Kindred.Succeed("pipeline", "diff", films.File("snapshots"), films.File("pipeline.json")), StringComparison.Ordinal);
        File.WriteAllText(_folder.File("p.json"), Small.Replace("\"trees\": 10", "\"trees\": 20", StringComparison.Ordinal));
        var changes = (await Kindred.Json("pipeline", "diff", films.File("snapshots"), "p.json"))["changes"]!.AsArray();
        Assert.Equal("""{"path":"ranker.trees","before":"10","after":"20"}""", Assert.Single(changes)!.ToJsonString());
    }

    [Fact]
    public async Task A_published_pipeline_recommends_and_says_why_and_why_not()
    {
        string text = await Kindred.Succeed("recommend", films.File("snapshots"), "--user", "42", "--count", "5");
        Assert.Matches(@"neighbours|popular", text);
        var answer = await Kindred.Json(
            "recommend", films.File("snapshots"), "--user", "42", "--count", "5", "--explain", "--why-not", "318", "--why-not", "71464");
        Assert.Equal(5, answer["items"]!.AsArray().Count);
        var first = answer["items"]![0]!;
        Assert.Equal(1, (int)first["rank"]!);
        Assert.NotEmpty(first["sources"]!.AsArray());
        Assert.Contains(first["stages"]!.AsArray(), stage => (string)stage!["stage"]! == "ranker" && stage["reasons"]!.AsArray().Count > 0);
        Assert.Equal(
            ["Removed by seen: the user had it.", "No source proposed it among its best."], answer["missing"]!.AsArray()
            .Select(story => (string)story!["verdict"]!));
    }

    /// <summary>As the server answers.</summary>
    [Fact]
    public async Task Why_not_answers_for_unknown_and_for_listed_items()
    {
        string[] ask = ["recommend", films.File("snapshots"), "--user", "42", "--count", "5", "--explain"];
        string listed = (string)(await Kindred.Json(ask))["items"]![1]!["itemId"]!;
        string[] why = [.. ask, "--why-not", "alien", "--why-not", listed];
        Assert.Equal(["There is no such item.", "It is in the list, at rank 2."],
            (await Kindred.Json(why))["missing"]!.AsArray().Select(story => (string)story!["verdict"]!));
        Assert.Contains("- alien: There is no such item.", await Kindred.Succeed(why), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_alone_is_a_pipeline_of_one_source()
    {
        await Kindred.Succeed("publish", films.File("films"), "--model", "popularity", "--out", "alone");
        var explained = await Kindred.Json("recommend", "alone", "--user", "42", "--explain");
        Assert.Equal("popularity", (string)explained["items"]![0]!["sources"]![0]!["source"]!);
        Assert.Contains("one of them",
            await Kindred.Refused("publish", films.File("films"), "--model", "popularity", "--pipeline", "p", "--out", "s"),
            StringComparison.Ordinal);
        Assert.Contains("leave out --index",
            await Kindred.Refused("publish", films.File("films"), "--index", "auto", "--pipeline", "p", "--out", "s"),
            StringComparison.Ordinal);
    }

    /// <summary>One way from ids to an answer: the command and the server cannot differ.</summary>
    [Fact]
    public async Task The_command_answers_as_the_server_does()
    {
        await Kindred.Succeed("publish", films.File("films"), "--model", "item-knn", "--out", "alone");
        foreach (string snapshots in new[] { films.File("snapshots"), _folder.File("alone") })
        {
            await using var server = await Server.RunningServer.Start(new LiveSnapshot(Snapshot.Open(snapshots)));
            async Task MustBeEqual(string request, params string[] arguments)
            {
                var (told, said) = (await server.Post(request), await Kindred.Json(["recommend", snapshots, "-n", "7", .. arguments]));
                static IEnumerable<(string, float, string)> Of(JsonObject answer) =>
                    answer["items"]!.AsArray().Select(item => ((string)item!["itemId"]!, (float)item["score"]!, (string)item["source"]!));
                Assert.Equal(Of(told), Of(said));
                Assert.NotEmpty(Of(told));
            }
            await MustBeEqual("""{ "userId": "42", "count": 7 }""", "--user", "42");
            await MustBeEqual(
                """{ "userId": "42", "history": ["318", "296", "no such"], "count": 7 }""", "--user", "42", "--history", "318,296,no such");
            await MustBeEqual("""{ "history": ["318", "296"], "count": 7 }""", "--history", "318,296");
            await MustBeEqual("""{ "userId": "nobody", "count": 7 }""", "--user", "nobody");
            await MustBeEqual(
                """{ "userId": "42", "where": ["genres=Comedy|Drama", "genres!=Romance"], "deny": ["318"], "count": 7 }""",
                "--user", "42", "--where", "genres=Comedy|Drama", "--where", "genres!=Romance", "--deny", "318");
        }
    }

    [Fact]
    public async Task Each_part_is_measured()
    {
        var report = await Kindred.Json("pipeline", "evaluate", films.File("pipeline.json"), films.File("films"));
        Assert.Equal(["neighbours", "popular"], report["sources"]!.AsArray().Select(source => (string)source!["source"]!));
        double found = (double)report["found"]!, ideal = (double)report["ideal"]!["mean"]!, ranked = (double)report["ranked"]!["mean"]!;
        Assert.InRange(found, .05, .95);
        Assert.True(ideal > ranked && ranked > 0);
        Assert.Equal(["neighbours", "popular", "ranker", "rules", "keep"], report["ablations"]!.AsArray()
            .Select(ablation => (string)ablation!["step"]!));
    }

    [Fact]
    public async Task A_dry_run_tells_what_users_would_see()
    {
        File.WriteAllText(_folder.File("p.json"), Small.Replace("\"count\": 30", "\"count\": 5", StringComparison.Ordinal));
        var report = await Kindred.Json(
            "pipeline", "dry-run", "p.json", films.File("films"), "--against", films.File("snapshots"), "--users", "100");
        Assert.Equal(100, (int)report["users"]!);
        Assert.Equal((1.0, 0.0), ((double)report["now"]!["full"]!, (double)report["then"]!["full"]!));
        Assert.Equal(.5, (double)report["overlap"]!, .001); // the same five, of ten
        Assert.Equal(0, (int)report["firstChanged"]!);
        Assert.Contains("rerank.keep.count", report["changes"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_schema_is_printed() =>
        Assert.Equal("A pipeline of Kindred", (string)JsonNode.Parse(await Kindred.Succeed("pipeline", "schema"))!["title"]!);
}
