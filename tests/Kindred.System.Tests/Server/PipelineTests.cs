using System.Text.Json.Nodes;
using Kindred.Configuration;
using Kindred.Models;
using Kindred.Snapshots;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Server;

/// <summary>A snapshot with a pipeline, over HTTP.</summary>
public sealed class PipelineTests : IDisposable
{
    private const string Config = """
        {
          "sources": [{ "kind": "neighbours" }, { "kind": "popular" }],
          "context": { "device": "labels", "user.age": "numbers" },
          "rerank": [
            { "kind": "rules", "rules": [
              { "name": "children", "when": "(context.device = 'toy' or user.age < 12) and item.id = 'alien'", "then": "filter" },
              { "name": "christmas", "when": "item.id = 'ghost?'", "then": "pin at 1", "from": "2030-12-01", "to": "2030-12-27" } ] },
            { "kind": "epsilonGreedy", "count": 2, "share": 0.5 },
          ],
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private async Task<RunningServer> Serve(string config)
    {
        var data = Films.Interactions;
        var trained = new PipelineTrainer().Train(PipelineConfig.Parse(config), data, new());
        ModelManifest ManifestOf(ITrainer trainer) =>
            new(trainer.Summary.Name, TrainerOptions.Of(trainer), 0, 0, "films", "", data.Users.Count, data.Items.Count,
                data.Histories.Count);
        ModelManifest[] manifests = [.. trained.Config.Trainers.Select(ManifestOf)];
        var popularity = new TrainedModel(ManifestOf(new Popularity()), new Popularity().Train(data, new()));
        Snapshot.Write(_folder.File("films"), new(
            data, data.ItemAttributes, manifests.Length > 0
                ? new(manifests[0], trained.Models[0])
                : popularity, popularity, Pipeline: new(trained, manifests)));
        return await RunningServer.Start(new LiveSnapshot(Snapshot.Open(_folder.File("films"))));
    }

    private static string[] Ids(JsonObject answer) => [.. answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!)];

    [Fact]
    public async Task Items_carry_their_source_and_the_chance_of_their_place()
    {
        await using var server = await Serve(Config);
        var answer = await server.Get("/v1/users/space0/recommendations?count=3");
        var items = answer["items"]!.AsArray();
        Assert.All(items, item => Assert.Contains((string)item!["source"]!, new[] { "neighbours", "popular" }));
        Assert.All(items, item => Assert.InRange((double)item!["propensity"]!, .01, 1));
        Assert.Equal(1, (double)items[2]!["propensity"]!); // not drawn
        Assert.False(answer.ContainsKey("leftOut"));
        Assert.False(items[0]!.AsObject().ContainsKey("explanation"));
    }

    [Fact]
    public async Task Equal_keys_draw_alike_and_others_draw_anew()
    {
        await using var server = await Serve(Config);
        async Task<string> Ask(int key) => string.Join(' ', Ids(await server.Post(
            $$"""{ "history": ["alien"], "key": {{key}}, "count": 3, "context": { "time": "2026-01-01T00:00:00Z" } }""")));
        Assert.Equal(await Ask(1), await Ask(1));
        var lists = new HashSet<string>();
        for (int key = 0; key < 20; key++) lists.Add(await Ask(key));
        Assert.True(lists.Count > 1);
    }

    [Fact]
    public async Task Rules_see_the_context_of_the_request()
    {
        await using var server = await Serve(Config.Replace("0.5", "0", StringComparison.Ordinal));
        string Body(string context) => $$"""{"history":["a/b"],"count":9,"context":{{context}}}""";
        Assert.Contains("alien", Ids(await server.Post(Body("{}"))));
        Assert.DoesNotContain("alien", Ids(await server.Post("""{"history":["a/b"],"count":3,"context":{"labels":{"device":["toy"]}}}""")));
        Assert.DoesNotContain("alien", Ids(await server.Post("""{"history":["a/b"],"count":3,"context":{"numbers":{"user.age":9}}}""")));
        Assert.Equal("ghost?", Ids(await server.Post(Body("""{"time":"2030-12-24T10:00:00Z"}""")))[0]);
        Assert.NotEqual("ghost?", Ids(await server.Post(Body("""{"time":"2031-01-24T10:00:00Z"}""")))[0]);
    }

    [Fact]
    public async Task Explain_tells_the_way_and_why_not_the_step()
    {
        await using var server = await Serve(Config.Replace("0.5", "0", StringComparison.Ordinal));
        var answer = await server.Get(
            "/v1/users/space0/recommendations?count=2&explain=true&whyNot=a%252Fb&whyNot=unwatched&whyNot=nothing");
        Assert.All(answer["items"]!.AsArray(), item => Assert.NotEmpty(item!["explanation"]!["sources"]!.AsArray()));
        var missing = answer["whyNot"]!.AsArray();
        Assert.Equal(["a%2Fb", "unwatched", "nothing"], missing.Select(item => (string)item!["itemId"]!));
        Assert.Equal(
            ["Removed by seen: the user had it.", "No source proposed it among its best.", "There is no such item."], missing.Select(
                item => (string)item!["verdict"]!));

        var posted = await server.Post(
            """{"history":["alien"],"count":1,"context":{"labels":{"device":["toy"]}},"explain":true,"whyNot":["alien"]}""");
        Assert.StartsWith("Removed by seen", (string)posted["whyNot"]![0]!["verdict"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_is_not_there_is_left_out_and_named()
    {
        await using var server = await Serve(
            """{ "sources": [{ "kind": "popular" }, { "kind": "http", "name": "partner", "url": "http://127.0.0.1:1/", "limitMilliseconds": 2000 }] }""");
        var answer = await server.Get("/v1/users/space0/recommendations?count=2");
        Assert.Equal(2, Ids(answer).Length);
        Assert.Equal("partner", (string)answer["leftOut"]![0]!["step"]!);
        Assert.Equal("failed", (string)answer["leftOut"]![0]!["why"]!); // no host, no port: they are for the log
    }

    [Fact]
    public async Task What_is_served_can_be_read()
    {
        await using var server = await Serve(Config);
        var answer = await server.Get("/v1/pipeline");
        Assert.Equal(["neighbours", "popular", "seen", "rules", "epsilonGreedy"], answer["steps"]!.AsArray().Select(step => (string)step!));
        Assert.Empty(PipelineDiff.Between(PipelineConfig.Parse(Config), PipelineConfig.Parse(answer["config"]!.ToJsonString())));
    }

    [Fact]
    public async Task A_model_alone_is_a_pipeline_of_one_source()
    {
        await using var server = await RunningServer.Start(new ItemKnn());
        await RunningServer.Problem(await server.Fetch("/v1/pipeline"), 404);
        var answer = await server.Get("/v1/users/space0/recommendations?explain=true&whyNot=a%2Fb");
        var first = answer["items"]![0]!["explanation"]!["sources"]![0]!;
        Assert.Equal(("model", 1), ((string)first["source"]!, (int)first["rank"]!));
        Assert.Equal("Removed by seen: the user had it.", (string)answer["whyNot"]![0]!["verdict"]!);
    }
}
