using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Models;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Quantized;
using Kindred.Server;
using Kindred.Snapshots;
using Kindred.Tests.Support;
using Microsoft.AspNetCore.Builder;

namespace Kindred.SystemTests.Server;

/// <summary>Filters and the index over HTTP.</summary>
public sealed class FilterTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private WebApplication _app = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _app = KindredServer.Build(
            new() { Snapshot = Write(_folder.File("films"), isIndexed: true), Url = "http://127.0.0.1:0", RecallSample = 1 });
        await _app.StartAsync();
        _client = new() { BaseAddress = new Uri(_app.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>The films, with a kind and a year: 1990 and on, in order; the unwatched one of none.</summary>
    internal static string Write(string path, bool isIndexed)
    {
        var data = Films.Interactions;
        TrainedModel Train(ITrainer with) => new(
            new(with.Summary.Name, TrainerOptions.Of(with), 0, 0, "films", "", data.Users.Count, data.Items.Count, data.Histories.Count),
            with.Train(data, new TrainingContext { Workers = 1 }));
        string?[] kinds = [.. Films.Space.Select(_ => "Space"), .. Films.Romance.Select(_ => "Romance"), null];
        var catalog = Catalog.Empty(kinds.Length) with
        {
            Labels = new Dictionary<string, LabelColumn> { ["kind"] = LabelColumn.From(kinds) },
            Numbers = new Dictionary<string, NumberColumn>
            {
                ["year"] = new(
                Enumerable.Range(1990, kinds.Length).Select(year => (float)year).ToArray())
            },
        };
        var model = Train(new ImplicitAls { Dimensions = 4 });
        var index = new QuantizedIndex.Builder().Build(((IEmbeddingModel)model.Model).ItemEmbeddings, new());
        Snapshot.Write(path, new(data, catalog, model, Train(new Popularity()), null,
            isIndexed
                ? new(IndexManifest.Of(index, TimeSpan.Zero, "implicit-als", "") with { Recall = new(10, 1, .98, 1, 12) }, index)
                : null));
        return path;
    }

    private async Task<JsonObject> Read(Task<HttpResponseMessage> sent, int status = 200)
    {
        using var response = await sent;
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} instead of {status}: {body}");
        return JsonNode.Parse(body)!.AsObject();
    }

    private Task<HttpResponseMessage> Get(string path) => _client.GetAsync(path, TestContext.Current.CancellationToken);

    private Task<HttpResponseMessage> Post(string body) => _client.PostAsync(
        "/v1/recommendations", new StringContent(
            body, System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

    private static string[] Ids(JsonObject answer) => [.. answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!)];

    [Fact]
    public async Task Conditions_in_the_address_must_all_be_met()
    {
        // alien 1990, a/b 91, a%2Fb 92, stars 93; amélie 94, notting hill 95, casablanca 96, ghost? 97, unwatched 98. space1 had alien and
        // a%2Fb.
        var answer = await Read(Get("/v1/users/space1/recommendations?where=kind%3DRomance&where=year%3E%3D1995"));
        Assert.Equal(Films.Romance[1..].Order(), Ids(answer).Order());
        answer = await Read(Get("/v1/users/space1/recommendations?where=kind!%3DRomance"));
        Assert.Equal(["a/b", "stars & more"], Ids(answer).Order().Take(2));
        Assert.DoesNotContain(Ids(answer), Films.Romance.Contains);
        answer = await Read(Get("/v1/users/stranger/recommendations?count=2&where=year%3D1994..1995"));
        Assert.Equal(["amélie", "notting hill"], Ids(answer).Order());
        Assert.Equal("unknown user", (string)answer["reason"]!);
    }

    [Fact]
    public async Task Conditions_allowed_and_denied_items_are_taken_from_the_body()
    {
        var answer = await Read(Post("""{"history":["alien"],"where":["year<1996"],"deny":["a/b","no-such"],"count":9}"""));
        Assert.Equal(["a%2Fb", "amélie", "notting hill", "stars & more"], Ids(answer).Order(StringComparer.Ordinal));
        answer = await Read(Post("""{"history":["alien"],"allow":["casablanca","alien","a/b","no-such"]}"""));
        Assert.Equal(["a/b", "casablanca"], Ids(answer).Order());
        answer = await Read(Post("""{"history":["alien"],"allow":[]}"""));
        Assert.Empty(Ids(answer));
        Assert.Equal("nothing passes the filter", (string)answer["reason"]!);
    }

    [Fact]
    public async Task Items_like_an_item_can_be_filtered_too()
    {
        var answer = await Read(Get("/v1/items/alien/similar?where=kind%3DSpace"));
        Assert.Equal(Films.Space[1..].Order(), Ids(answer).Order());
        Assert.Equal("nothing passes the filter", (string)(await Read(Get("/v1/items/alien/similar?where=year%3E3000")))["reason"]!);
    }

    [Theory]
    [InlineData("color=red", "There is no attribute 'color' to filter by; there are kind (labels), year (number).")]
    [InlineData("kind=Western", "kind has no label 'Western'; there are Space, Romance.")]
    [InlineData(
        "year", "'year' is not a condition; write attribute=label|label, attribute!=label, attribute>=number or attribute=from..to.")]
    public async Task What_cannot_be_asked_is_refused_in_a_sentence(string condition, string sentence)
    {
        Assert.Equal(sentence, (string)(
            await Read(Get($"/v1/users/space1/recommendations?where={Uri.EscapeDataString(condition)}"), 400))["detail"]!);
        string body = new JsonObject { ["userId"] = "space1", ["where"] = new JsonArray(condition) }.ToJsonString();
        Assert.Equal(sentence, (string)(await Read(Post(body), 400))["detail"]!);
        Assert.Equal(
            sentence, (string)(await Read(Get($"/v1/items/alien/similar?where={Uri.EscapeDataString(condition)}"), 400))["detail"]!);
    }

    [Theory, InlineData("""{"userId":"space1","where":"year>3"}"""), InlineData(
        """{"userId":"space1","where":[null]}"""), InlineData("""{"userId":"space1","where":[3]}""")]
    public async Task A_body_of_another_form_is_refused(string body) => await Read(Post(body), 400);

    [Fact]
    public async Task The_index_tells_its_kind_and_the_recall_of_what_was_asked()
    {
        var before = await Read(Get("/v1/index"));
        Assert.Equal(("films", "int8", 4, 8), (
            (string)before["snapshot"]!, (string)before["kind"]!, (int)before["dimensions"]!, (int)before["count"]!));
        Assert.Equal(.98, (double)before["builtRecall"]!["low"]!);
        Assert.False(before["sampled"]!.AsObject().ContainsKey("recall"));
        for (int user = 0; user < 6; user++) await Read(Get($"/v1/users/space{user}/recommendations?count=5&where=year%3E1990"));
        await Read(Get("/v1/users/stranger/recommendations")); // no index was asked
        JsonObject? sampled = null;
        for (int wait = 0; wait < 200 && (long?)sampled?["recall"]?["queries"] is not 6; wait++)
        {
            await Task.Delay(25, TestContext.Current.CancellationToken);
            sampled = (await Read(Get("/v1/index")))["sampled"]!.AsObject();
        }
        Assert.Equal((1, 6, 0), ((double)sampled!["share"]!, (long)sampled["requests"]!, (long)sampled["dropped"]!));
        Assert.Equal(
            (10, 1d, 6), ((int)sampled["recall"]!["k"]!, (double)sampled["recall"]!["mean"]!, (long)sampled["recall"]!["queries"]!));
        Assert.InRange((double)sampled["recall"]!["low"]!, .5, 1);
    }

    [Fact]
    public async Task Where_no_index_answers_there_is_nothing_to_tell()
    {
        using var holder = new LiveSnapshot(Snapshot.Open(Write(_folder.File("plain"), isIndexed: false)));
        await using var server = await RunningServer.Start(holder);
        Assert.Equal(
            "The snapshot plain has no index: every item is scored.", await RunningServer.Problem(await server.Fetch("/v1/index"), 404));
        Assert.Equal(["a/b"], Ids(await server.Post("""{"history":["alien"],"allow":["a/b"]}""")));
    }

    [Fact]
    public void A_share_that_is_none_is_refused() => Assert.Equal(
        "The share of requests to sample must be 0 to 1, was 2.",
        Assert.Throws<InputException>(() => KindredServer.Build(new() { Snapshot = _folder.File("films"), RecallSample = 2 })).Message);
}
