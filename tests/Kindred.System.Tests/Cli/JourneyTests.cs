using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kindred.Cli.Options;
using Kindred.Models;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>From files to answers, with the built command.</summary>
public sealed partial class JourneyTests(Films films) : IClassFixture<Films>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task I_can_import_train_publish_and_serve()
    {
        // user 15's list, as the command gives it from the same snapshot
        var asked = await Kindred.Json("recommend", films.Snapshots, "--user", "15", "--count", "5");
        JsonNode? answer = null, similar = null;
        var (exitCode, said) = await Kindred.Interrupt("TERM", Listening, async match =>
        {
            using var client = new HttpClient { BaseAddress = new Uri(match.Groups["url"].Value) };
            answer = JsonNode.Parse(
                await client.GetStringAsync("/v1/users/15/recommendations?count=5", TestContext.Current.CancellationToken));
            similar = JsonNode.Parse(await client.GetStringAsync("/v1/items/1/similar?count=3", TestContext.Current.CancellationToken));
        }, "serve", "--snapshot", films.Snapshots, "--url", "http://127.0.0.1:0");

        Assert.True(exitCode == 0, said);
        Assert.Equal("model", (string)answer!["source"]!);
        string[] Ids(JsonNode list) => [.. list["items"]!.AsArray().Select(i => (string)i!["itemId"]!)];
        Assert.Equal(5, Ids(answer).Length);
        Assert.Equal(Ids(asked), Ids(answer));
        Assert.Equal(Ids(await Kindred.Json("similar", films.Snapshots, "--item", "1", "--count", "3")), Ids(similar!));
    }

    [Fact]
    public async Task A_source_gives_the_same_answers_as_its_snapshot()
    {
        string[] Ids(JsonObject list) => [.. list["items"]!.AsArray().Select(i => $"{i!["itemId"]} {i["score"]}")];
        var fromData = await Kindred.Json("recommend", films.Data, "--user", "100", "--model", "item-knn:neighbours=50");
        var fromRaw = await Kindred.Json("recommend", Films.Raw, "--user", "100", "--model", "item-knn:neighbours=50", "--threads", "1");
        var fromSnapshot = await Kindred.Json("recommend", films.Snapshots, "--user", "100");
        Assert.Equal(Ids(fromSnapshot), Ids(fromData));
        Assert.Equal(Ids(fromSnapshot), Ids(fromRaw));
        Assert.NotEmpty(fromSnapshot["items"]![0]!["because"]!.AsArray());
    }

    [Fact]
    public async Task What_is_bought_together_is_counted_without_a_model()
    {
        var result = await Kindred.Run("similar", films.Data, "--item", "1", "--together", "--count", "3", "--json");
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("Training", result.StandardError, StringComparison.Ordinal);
        var answer = JsonNode.Parse(result.StandardOutput)!;
        var users = File.ReadLines(Path.Combine(Films.Raw, "ratings.csv")).Skip(1).Select(line => line.Split(','))
            .ToLookup(row => row[1], row => row[0]);
        Assert.Equal(671, (int)answer["baskets"]!);
        Assert.Equal(3, answer["items"]!.AsArray().Count);
        foreach (var pair in answer["items"]!.AsArray())
        {
            int both = users["1"].Intersect(users[(string)pair!["itemId"]!]).Count();
            Assert.Equal(both, (int)pair["baskets"]!);
            Assert.Equal((double)both / users["1"].Count(), (double)pair["confidence"]!, 1e-6);
        }
    }

    [Fact]
    public async Task Similar_items_meet_a_condition()
    {
        string[] question =
            ["similar", films.Snapshots, "--item", "1", "--count", "5", "--where", "genres=Horror", "--where", "year>=1990"];
        string[] Ids(JsonObject answer) => [.. answer["items"]!.AsArray().Select(i => (string)i!["itemId"]!)];
        var genres = File.ReadLines(Path.Combine(Films.Raw, "movies.csv")).Skip(1)
            .ToDictionary(line => line.Split(',')[0], line => line.Split(',')[^1]);
        string[] filtered = Ids(await Kindred.Json(question));
        Assert.NotEmpty(filtered);
        Assert.All(filtered, id => Assert.Contains("Horror", genres[id], StringComparison.Ordinal));
        string[] together = Ids(await Kindred.Json([.. question, "--together"]));
        Assert.NotEmpty(together);
        Assert.All(together, id => Assert.Contains("Horror", genres[id], StringComparison.Ordinal));
        Assert.Contains("There is no", await Kindred.Refused([.. question, "--where", "mood=dark"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_comparison_and_its_confirmation_are_one_page()
    {
        var compared = await Kindred.Json(
            "compare", films.Data, "--test", "--split", "leave-last", "--metric", "ndcg@10", "--html", "compare.html",
            "--report", "compare.json");
        string html = await File.ReadAllTextAsync(_folder.File("compare.html"), TestContext.Current.CancellationToken);
        Assert.Contains("Confirmed on the test part, read once", html, StringComparison.Ordinal);
        var report = JsonNode.Parse(
            await File.ReadAllTextAsync(_folder.File("compare.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal((string)compared["advice"]!, (string)report["confirmation"]!["advice"]!);
        Assert.Equal(compared["test"]!["protocol"]!.ToJsonString(), report["confirmation"]!["test"]!["protocol"]!.ToJsonString());
    }

    [Fact]
    public async Task An_unknown_user_gets_what_is_popular_and_is_told_so()
    {
        string said = await Kindred.Succeed("recommend", films.Snapshots, "--user", "nobody", "--count", "3");
        Assert.Contains("User nobody is not in the data: this is what is popular with everyone.", said, StringComparison.Ordinal);
        Assert.Contains("Forrest Gump", said, StringComparison.Ordinal); // the film with most ratings
        var json = await Kindred.Json("recommend", films.Snapshots, "--user", "nobody", "--count", "3");
        Assert.Equal((false, false, 3), ((bool)json["isKnownUser"]!, (bool)json["isPersonal"]!, json["items"]!.AsArray().Count));
    }

    [Fact]
    public async Task An_empty_list_is_not_called_popular()
    {
        string said = await Kindred.Succeed("recommend", films.Snapshots, "--user", "nobody", "--where", "year>3000");
        Assert.Contains("User nobody is not in the data: nothing passes the filter.", said, StringComparison.Ordinal);
        Assert.DoesNotContain("popular with everyone", said, StringComparison.Ordinal);
        var all = await Kindred.Json("recommend", films.Snapshots, "--user", "nobody", "--count", "2147483647");
        Assert.True(all["items"]!.AsArray().Count > 1000);
    }

    [Fact]
    public async Task A_history_is_enough_and_unknown_items_are_named()
    {
        var json = await Kindred.Json("recommend", films.Snapshots, "--history", "1, 3114,no-such", "--count", "4"); // Toy Story 1 and 2
        Assert.True((bool)json["isPersonal"]!);
        Assert.Equal(["no-such"], json["unknownItems"]!.AsArray().Select(i => (string)i!));
        string[] because = [.. json["items"]!.AsArray().SelectMany(i => i!["because"]!.AsArray()).Select(i => (string)i!["itemId"]!)
            .Distinct().Order()];
        Assert.Equal(["1", "3114"], because);
        Assert.DoesNotContain(json["items"]!.AsArray(), i => (string)i!["itemId"]! is "1" or "3114");
    }

    [Fact]
    public async Task The_leaderboard_is_the_same_at_any_number_of_threads()
    {
        string[] question = ["evaluate", films.Data, "--model", "item-knn:neighbours=20", "--model", "implicit-als:dimensions=8,epochs=2",
            "--k", "10", "--seed", "3"];
        var one = await Kindred.Json([.. question, "--threads", "1", "--report", "one.json"]);
        var two = await Kindred.Json([.. question, "--threads", "2"]);
        Assert.Equal(one["leaderboard"]!.ToJsonString(), two["leaderboard"]!.ToJsonString());
        Assert.Equal("popularity", (string)one["leaderboard"]!["baseline"]!);
        Assert.Equal(3, one["models"]!.AsArray().Count);
        Assert.Equal(20, (int)one["models"]!.AsArray().Single(m => (string)m!["trainer"]! == "item-knn")!["options"]!["neighbours"]!);
        Assert.Equal(one.ToJsonString(),
            JsonNode.Parse(await File.ReadAllTextAsync(_folder.File("one.json"), TestContext.Current.CancellationToken))!.ToJsonString());
    }

    [Fact]
    public async Task Evaluation_shows_intervals_segments_and_definitions()
    {
        string said = await Kindred.Succeed(
            "evaluate", films.Data, "--model", "popularity:halfLifeDays=365", "--on", "validation", "--explain-metrics");
        Assert.Matches(@"popularity:halfLifeDays=365 +\.\d{4} \[\.\d{4}, \.\d{4}\]", said);
        Assert.Matches(@"warm: \d+ users +cold: \d+ users", said);
        Assert.Contains("1/log2(rank + 1)", said, StringComparison.Ordinal);
        Assert.Contains("Measured on the validation part.", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_that_somebody_else_cut_are_measured_as_they_are()
    {
        // Item p is with five users, q with three, r with one. Popularity gives d and e what they are asked for; f gets q, is asked for r.
        await File.WriteAllLinesAsync(_folder.File("train.csv"),
            ["user,item", "a,p", "a,q", "b,p", "b,q", "c,p", "c,r", "d,q", "e,p", "f,p"], TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(_folder.File("test.csv"), ["user,item", "d,p", "e,q", "f,r"], TestContext.Current.CancellationToken);
        var report = await Kindred.Json(
            "evaluate", "--train-file", "train.csv", "--test-file", "test.csv", "--k", "1", "--model", "popularity");
        var all = report["leaderboard"]!["standings"]![0]!["report"]!["segments"]![0]!;
        Assert.Equal(3, (int)all["users"]!);
        Assert.Equal(2 / 3.0, (double)all["estimates"]!.AsArray().Single(e => (string)e!["metric"]! == "Recall@1")!["mean"]!, 12);
    }

    [Fact]
    public async Task Inspection_says_what_is_missing()
    {
        await File.WriteAllLinesAsync(
            _folder.File("events.csv"), ["user,item", "a,x", "b,x", "c,y"], TestContext.Current.CancellationToken);
        string said = await Kindred.Succeed("inspect", "events.csv");
        Assert.Matches("recent popularity +no +The events have no times", said);
        Assert.Matches("item-knn +no +No user has two items", said);
        Assert.Matches("time span +no times", said);
    }

    [Fact]
    public async Task Rejected_rows_are_counted_and_named_when_skipped()
    {
        await File.WriteAllLinesAsync(
            _folder.File("events.csv"), ["user,item,rating", "a,x,4", "b,,4", "c,x,abc", "c,y,1"], TestContext.Current.CancellationToken);
        string said = await Kindred.Succeed("import", "events.csv", "--out", "data", "--on-error", "skip", "--min-value", "2");
        Assert.Contains("4 read = 1 kept + 0 merged + 3 rejected (2 invalid, 1 filtered)", said, StringComparison.Ordinal);
        Assert.Contains("events.csv, line 3: ", said, StringComparison.Ordinal);
        Assert.Contains("events.csv, line 4: ", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("demo"), InlineData("inspect"), InlineData("import"), InlineData("evaluate"), InlineData("train"), InlineData("publish")]
    [InlineData("recommend"), InlineData("similar"), InlineData("serve"), InlineData("model")]
    public async Task Every_verb_has_help_with_examples(string verb)
    {
        string said = await Kindred.Succeed(verb, "--help");
        Assert.Contains($"Examples:{Environment.NewLine}  kindred {verb}", said, StringComparison.Ordinal);
        Assert.Contains("--json", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_is_shown_with_the_meaning_of_every_option()
    {
        var listed = await Kindred.Json("model", "list");
        Assert.Equal(TrainerCatalog.Default.Entries.Keys, listed.Select(model => model.Key));
        var shown = await Kindred.Json("model", "show", "implicit-als");
        Assert.Equal(listed["implicit-als"]!["options"]!.AsObject().Select(option => option.Key), shown["options"]!.AsObject()
            .Select(option => option.Key));
        Assert.Equal((128, "at least 1", "d, the length of an embedding."),
            ((int)shown["options"]!["dimensions"]!["default"]!, (string)shown["options"]!["dimensions"]!["range"]!,
                (string)shown["options"]!["dimensions"]!["description"]!));
        Assert.Matches(@"solver +exact +exact, conjugateGradient, subspace +How each side is solved",
            await Kindred.Succeed("model", "show", "implicit-als"));
        foreach (var (name, entry) in TrainerCatalog.Default.Entries)
            foreach (string option in TrainerOptions.NamesOf(entry.Type))
                Assert.True(OptionDescription.Of(entry.Type, option) is { Length: > 8 }, $"{name}: {option} has no description");
    }

    [GeneratedRegex(" at (?<url>http://127.0.0.1:\\d+)")]
    private static partial Regex Listening { get; }
}
