using System.Text;
using System.Text.Json.Nodes;
using Kindred.Models;

namespace Kindred.SystemTests.Server;

public sealed class RecommendationsTests
{
    /// <summary>A trainer for each kind of model: neighbors, embeddings.</summary>
    public static TheoryData<string> Models => new("item-knn", "implicit-als");

    private static ITrainer Trainer(string name) =>
        TrainerCatalog.Default.Create(
            name, name == "implicit-als" ? new JsonObject { ["dimensions"] = 4 } : new JsonObject { ["shrinkage"] = 0 });

    private static string[] Ids(JsonObject answer) => [.. answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!)];

    private static string Body(IEnumerable<string> history) =>
        new JsonObject { ["history"] = new JsonArray([.. history.Select(id => (JsonNode)id)]) }.ToJsonString();

    private static string Path(string user, int count) => $"/v1/users/{Uri.EscapeDataString(user)}/recommendations?count={count}";

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_user_gets_what_the_circle_watches_and_the_user_has_not(string model)
    {
        await using var server = await RunningServer.Start(Trainer(model));
        var answer = await server.Get(Path("space1", 1)); // space1 has not seen a/b, the second, and the fourth
        Assert.Equal("space1", (string)answer["userId"]!);
        Assert.Equal("films", (string)answer["snapshot"]!);
        Assert.Equal("model", (string)answer["source"]!);
        Assert.False(answer.ContainsKey("reason"));
        var item = Assert.Single(answer["items"]!.AsArray())!;
        Assert.Contains((string)item["itemId"]!, new[] { "a/b", "stars & more" });
        Assert.Equal($"The film {(string)item["itemId"]!}", (string)item["title"]!);
        Assert.True((double)item["score"]! > 0);
        Assert.Equal("model", (string)item["source"]!);
    }

    [Fact]
    public async Task Where_the_model_ends_popularity_fills_up_and_says_so()
    {
        await using var server = await RunningServer.Start(Trainer("item-knn"));
        var answer = await server.Get(Path("space1", 10));
        // 2 left of the circle, then the 4 romances; nobody watched the unwatched
        var sources = answer["items"]!.AsArray().Select(item => (string)item!["source"]!);
        Assert.Equal(["model", "model", "popularity", "popularity", "popularity", "popularity"], sources);
        Assert.Equal(["a/b", "stars & more"], Ids(answer)[..2].Order());
        Assert.Equal(Films.Romance.Order(), Ids(answer)[2..].Order());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task An_unknown_user_gets_popularity_and_the_answer_says_so(string model)
    {
        await using var server = await RunningServer.Start(Trainer(model));
        var answer = await server.Get(Path("stranger/ü", 3));
        Assert.Equal("stranger/ü", (string)answer["userId"]!);
        Assert.Equal("popularity", (string)answer["source"]!);
        Assert.Equal("unknown user", (string)answer["reason"]!);
        Assert.Equal(3, Ids(answer).Length);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_known_user_without_history_gets_popularity_and_the_answer_says_so(string model)
    {
        await using var server = await RunningServer.Start(Trainer(model));
        var answer = await server.Get(Path("newcomer", 3));
        Assert.Equal("popularity", (string)answer["source"]!);
        Assert.Equal("no history", (string)answer["reason"]!);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task An_anonymous_session_is_folded_in(string model)
    {
        await using var server = await RunningServer.Start(Trainer(model));
        var space = await server.Post("""{"history":["alien","a/b"],"count":2}""");
        Assert.Equal("model", (string)space["source"]!);
        Assert.False(space.ContainsKey("userId"));
        Assert.False(space.ContainsKey("unknownItems"));
        Assert.Equal(["a%2Fb", "stars & more"], Ids(space).Order());
        var romance = await server.Post("""{"history":[{"itemId":"amélie"},{"itemId":"ghost?","weight":2.5}],"count":2}""");
        Assert.Equal(["casablanca", "notting hill"], Ids(romance).Order());
    }

    [Fact]
    public async Task A_session_of_a_users_events_is_answered_as_the_user_is()
    {
        await using var server = await RunningServer.Start(Trainer("implicit-als"));
        var user = await server.Get(Path("space4", 10));
        var session = await server.Post("""{"history":["alien","a/b","a%2Fb","stars & more"]}""");
        Assert.Equal(user["items"]!.ToJsonString(), session["items"]!.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Given_events_follow_the_stored_ones_of_a_known_user(string model)
    {
        await using var server = await RunningServer.Start(Trainer(model));
        // space1 has seen alien and a%2Fb: with the two others there is nothing left of the circle
        var answer = await server.Post("""{"userId":"space1","history":["a/b","stars & more"],"count":4}""");
        Assert.Equal("space1", (string)answer["userId"]!);
        Assert.Equal(4, Ids(answer).Length);
        Assert.Empty(Ids(answer).Intersect(Films.Space));
        var stored = await server.Post("""{"userId":"space1","history":["alien","a%2Fb"],"count":1}""");
        Assert.Contains(Ids(stored)[0], new[] { "a/b", "stars & more" });
    }

    [Fact]
    public async Task The_weight_of_an_event_counts()
    {
        await using var server = await RunningServer.Start(Trainer("item-knn"));
        string Weighed(double alien, double amélie) =>
            $$"""{"history":[{"itemId":"alien","weight":{{alien}}},{"itemId":"amélie","weight":{{amélie}}}],"count":1}""";
        Assert.Contains(Ids(await server.Post(Weighed(10, 0.1)))[0], Films.Space);
        Assert.Contains(Ids(await server.Post(Weighed(0.1, 10)))[0], Films.Romance);
    }

    [Fact]
    public async Task A_known_user_may_be_asked_for_without_events()
    {
        await using var server = await RunningServer.Start(Trainer("item-knn"));
        var get = await server.Get(Path("space1", 10));
        Assert.Equal(get.ToJsonString(), (await server.Post("""{"userId":"space1"}""")).ToJsonString());
        Assert.Equal(get.ToJsonString(), (await server.Post("""{"userId":"space1","history":[]}""")).ToJsonString());
    }

    [Fact]
    public async Task Unknown_items_are_left_out_and_listed_once()
    {
        await using var server = await RunningServer.Start(Trainer("item-knn"));
        var answer = await server.Post("""{"history":["zardoz","alien","zardoz","solaris"],"count":1}""");
        Assert.Equal("model", (string)answer["source"]!);
        Assert.Equal(["zardoz", "solaris"], answer["unknownItems"]!.AsArray().Select(id => (string)id!));

        var nothing = await server.Post("""{"history":["zardoz"]}""");
        Assert.Equal("popularity", (string)nothing["source"]!);
        Assert.Equal("no known item in the history", (string)nothing["reason"]!);
    }

    [Fact]
    public async Task A_history_the_model_learned_nothing_from_gets_popularity_with_the_reason()
    {
        await using var server = await RunningServer.Start(Trainer("item-knn"));
        var answer = await server.Post($$"""{"history":["{{Films.Unwatched}}"]}""");
        Assert.Equal("popularity", (string)answer["source"]!);
        Assert.Equal("nothing learned from this history", (string)answer["reason"]!);
    }

    [Fact]
    public async Task Who_had_everything_gets_nothing_and_the_reason()
    {
        await using var server = await RunningServer.Start(Trainer("item-knn"));
        var answer = await server.Post(Body(Films.Space.Concat(Films.Romance)));
        Assert.Empty(Ids(answer));
        Assert.Equal("nothing left to recommend", (string)answer["reason"]!);
    }

    [Fact]
    public async Task A_popularity_snapshot_needs_no_reason_for_popularity()
    {
        await using var server = await RunningServer.Start(new Popularity());
        var answer = await server.Get(Path("space1", 10));
        Assert.Equal("popularity", (string)answer["source"]!);
        Assert.False(answer.ContainsKey("reason"));
        Assert.DoesNotContain("alien", Ids(answer));
        Assert.Equal("unknown user", (string)(await server.Get(Path("stranger", 10)))["reason"]!);
    }

    [Fact]
    public async Task Count_is_ten_unless_said_and_at_most_a_thousand()
    {
        await using var server = await RunningServer.Start(new Popularity());
        Assert.Equal(8, Ids(await server.Get("/v1/users/stranger/recommendations")).Length); // there are 8 with a viewer
        Assert.Equal(8, Ids(await server.Get(Path("stranger", 1000))).Length);
        Assert.Single(Ids(await server.Get(Path("stranger", 1))));
        Assert.Single(Ids(await server.Post("""{"history":["alien"],"count":1}""")));
    }

    [Theory]
    [InlineData("0", "count must be 1 to 1000, was 0.")]
    [InlineData("1001", "count must be 1 to 1000, was 1001.")]
    [InlineData("-3", "count must be 1 to 1000, was -3.")]
    [InlineData("ten", "count must be a whole number, was 'ten'.")]
    [InlineData("99999999999", "count must be a whole number, was '99999999999'.")]
    [InlineData("2.5", "count must be a whole number, was '2.5'.")]
    public async Task A_bad_count_is_refused(string count, string sentence)
    {
        await using var server = await RunningServer.Start(new Popularity());
        Assert.Equal(sentence, await RunningServer.Problem(await server.Fetch($"/v1/users/space1/recommendations?count={count}"), 400));
        Assert.Equal(sentence, await RunningServer.Problem(await server.Fetch($"/v1/items/alien/similar?count={count}"), 400));
    }

    [Theory]
    [InlineData("", "The body is empty; send a JSON object with a history or a userId.")]
    [InlineData(" ", "The body is not JSON at line 1, byte 2:")]
    [InlineData("null", "The body is null")]
    [InlineData("{", "The body is not JSON at line 1, byte 2: Expected depth to be zero")]
    [InlineData("[]", "The body must be an object in braces, was [].")]
    [InlineData("{\"history\":[]}{}", "The body is not JSON at line 1, byte 15: '{' is invalid after a single JSON value")]
    [InlineData("\"alien\"", "The body must be an object in braces, was \"alien\".")]
    [InlineData("{}", "The history is empty")]
    [InlineData("""{"history":[]}""", "The history is empty")]
    [InlineData("""{"history":null}""", "The history is empty")]
    [InlineData("""{"history":"alien"}""", "history must be a list in brackets, was \"alien\".")]
    [InlineData("""{"history":[1]}""", "history[0] must be an item id in quotes, or an object with itemId and weight, was 1.")]
    [InlineData("""{"history":["alien",null]}""", "history[1] is null; give an item id in quotes")]
    [InlineData("""{"history":["alien",{}]}""", "history[1] needs an itemId, a text in quotes.")]
    [InlineData("""{"history":[{"itemId":7}]}""", "history[0].itemId must be a text in quotes, was 7.")]
    [InlineData("""{"history":[{"itemId":"alien","weight":"2"}]}""", "history[0].weight must be a number, was \"2\".")]
    [InlineData("""{"history":[{"itemId":"alien","weigth":2}]}""", "history[0] has no member 'weigth'; did you mean weight?")]
    [InlineData("""{"history":[{"itemId":"alien","weight":0}]}""", "The weight of item 'alien' must be a number above 0, was 0.")]
    [InlineData("""{"history":[{"itemId":"alien","weight":1e999}]}""", "The ")]
    [InlineData("""{"history":["alien"],"count":0}""", "count must be 1 to 1000, was 0.")]
    [InlineData("""{"history":["alien"],"count":"5"}""", "count must be a whole number, was \"5\".")]
    [InlineData("""{"history":["alien"],"count":2.5}""", "count must be a whole number, was 2.5.")]
    [InlineData("""{"histroy":["alien"]}""", "The body has no member 'histroy'; did you mean history?")]
    [InlineData("""{"history":["alien"],"xyz":1}""", "The body has no member 'xyz'; there are userId, ")]
    [InlineData("""{"userId":5}""", "userId must be a text in quotes, was 5.")]
    public async Task A_bad_body_is_refused(string body, string sentence)
    {
        await using var server = await RunningServer.Start(new Popularity());
        Assert.Contains(sentence, await RunningServer.Problem(await server.Send(body), 400), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_too_long_or_not_json_is_refused()
    {
        await using var server = await RunningServer.Start(new Popularity());
        string longBody = $$"""{"history":["{{new string('x', 1 << 20)}}"]}""";
        Assert.Contains("longer than 1 MiB", await RunningServer.Problem(await server.Send(longBody), 413), StringComparison.Ordinal);
        var form = await server.Send("history=alien", "application/x-www-form-urlencoded");
        Assert.Equal(
            "The body must be JSON in UTF-8, sent as application/json.", await RunningServer.Problem(form, 415));
        var utf16 = await server.Send("""{"history":["alien"]}""", "application/json", Encoding.Unicode);
        Assert.Equal("The body must be JSON in UTF-8, sent as application/json.", await RunningServer.Problem(utf16, 415));
    }

    [Fact]
    public async Task A_long_history_just_fits()
    {
        await using var server = await RunningServer.Start(Trainer("implicit-als"));
        string body = Body(Enumerable.Range(0, 10_000).Select(n => n % 2 == 0 ? "alien" : $"x{n}"));
        var answer = await server.Post(body);
        Assert.Equal("model", (string)answer["source"]!);
        Assert.Equal(5_000, answer["unknownItems"]!.AsArray().Count);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Similar_items_are_of_the_same_circle_and_never_the_item(string model)
    {
        await using var server = await RunningServer.Start(Trainer(model));
        var answer = await server.Get("/v1/items/alien/similar?count=3");
        Assert.Equal("alien", (string)answer["itemId"]!);
        Assert.Equal("The film alien", (string)answer["title"]!);
        Assert.Equal("films", (string)answer["snapshot"]!);
        Assert.False(answer.ContainsKey("reason"));
        Assert.Equal(Films.Space[1..].Order(), Ids(answer).Order());
        double[] scores = [.. answer["items"]!.AsArray().Select(item => (double)item!["score"]!)];
        Assert.Equal(scores.OrderDescending(), scores);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("stars & more")]
    [InlineData("amélie")]
    [InlineData("ghost?")]
    public async Task Any_id_can_stand_in_a_path_percent_encoded(string item)
    {
        await using var server = await RunningServer.Start(Trainer("item-knn"));
        var answer = await server.Get($"/v1/items/{Uri.EscapeDataString(item)}/similar?count=3");
        Assert.Equal(item, (string)answer["itemId"]!);
        Assert.Equal($"The film {item}", (string)answer["title"]!);
    }

    [Fact]
    public async Task An_unknown_item_is_not_found()
    {
        await using var server = await RunningServer.Start(Trainer("item-knn"));
        Assert.Equal(
            "There is no item 'zardoz' in the data of films.",
            await RunningServer.Problem(await server.Fetch("/v1/items/zardoz/similar"), 404));
    }

    [Fact]
    public async Task Where_there_is_no_similarity_the_answer_says_why()
    {
        await using var popularity = await RunningServer.Start(new Popularity());
        var answer = await popularity.Get("/v1/items/alien/similar");
        Assert.Empty(Ids(answer));
        Assert.Equal("popularity knows no similarity", (string)answer["reason"]!);

        await using var neighbors = await RunningServer.Start(Trainer("item-knn"));
        var unwatched = await neighbors.Get($"/v1/items/{Films.Unwatched}/similar");
        Assert.Empty(Ids(unwatched));
        Assert.Equal("nothing known about this item", (string)unwatched["reason"]!);
        Assert.False(unwatched.ContainsKey("title"));
    }
}
