using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Snapshots;
using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>Cards for new users, over HTTP: from nothing, and with a snapshot of users who taste differently.</summary>
public sealed class OnboardingTests
{
    [Fact]
    public async Task From_nothing_cards_are_new_or_popular_items()
    {
        await using var server = await LivingServer.Start();
        var nothing = await server.Get("/v1/onboarding?session=s1");
        Assert.Empty(nothing["cards"]!.AsArray());
        Assert.Equal("there are no items yet", (string)nothing["reason"]!);

        await server.Post("/v1/items", """
            [{"id":"tea","attributes":{"title":"Green tea","image":"/tea.jpg"}},{"id":"jam"},{"id":"ham"}]
            """);
        await LivingServer.Until(async () => Cards(await server.Get("/v1/onboarding?session=s1")).Length == 3, "new items are cards");
        var round = await server.Get("/v1/onboarding?session=s1");
        Assert.Equal("newest", (string)round["cardsFrom"]!);
        var tea = round["cards"]!.AsArray().Single(card => (string)card!["items"]![0]!["itemId"]! == "tea")!;
        Assert.Equal(("Green tea", "/tea.jpg"), ((string)tea["title"]!, (string)tea["items"]![0]!["image"]!));

        var next = await server.Post("/v1/onboarding", """{"session":"s1","picked":["tea"],"dismissed":["jam"]}""");
        Assert.Equal(["ham"], Cards(next));
        Assert.Equal((1, 1, false), ((int)next["picked"]!, (int)next["dismissed"]!, (bool)next["done"]!));
        Assert.DoesNotContain("tea", Preview(next));
        Assert.DoesNotContain("jam", Preview(next)); // just shown and not picked: at once it would look deaf
        Assert.Null(next["unknownItems"]);

        // an item that nobody knows, such as the title of a group, is named and not stored
        var mistyped = await server.Post("/v1/onboarding", """{"session":"s3","picked":["tae","tea"],"dismissed":["Action, Adventure"]}""");
        Assert.Equal(["tae", "Action, Adventure"], mistyped["unknownItems"]!.AsArray().Select(id => (string)id!));
        Assert.Equal((1, 0), ((int)mistyped["picked"]!, (int)mistyped["dismissed"]!));
        Assert.Single((await server.Get("/v1/users/s3/events"))["events"]!.AsArray());

        // the same again changes nothing, and one's answers are not another's
        Assert.Equal(1, (int)(await server.Post("/v1/onboarding", """{"session":"s1","picked":["tea"]}"""))["picked"]!);
        Assert.Equal(0, (int)(await server.Get("/v1/onboarding?session=s2"))["picked"]!);
        var history = (await server.Get("/v1/users/s1/events"))["events"]!.AsArray();
        Assert.Equal(["onboarding-dismiss", "onboarding-pick"], history.Select(e => (string)e!["type"]!).Order());

        // the last answer about an item counts, and the other one is gone, back and forth
        foreach (string answer in (string[])["dismissed", "picked", "dismissed", "picked"])
        {
            var now = await server.Post("/v1/onboarding", $$"""{"session":"s4","{{answer}}":["tea"]}""");
            Assert.Equal(answer == "picked" ? (1, 0) : (0, 1), ((int)now["picked"]!, (int)now["dismissed"]!));
            var kept = Assert.Single((await server.Get("/v1/users/s4/events"))["events"]!.AsArray())!;
            Assert.Equal(answer == "picked" ? "onboarding-pick" : "onboarding-dismiss", (string)kept["type"]!);
        }

        // ids may be numbers, as those of events may
        await server.Post("/v1/items", """[{"id":"5"}]""");
        Assert.Equal(1, (int)(await server.Post("/v1/onboarding", """{"user":7,"picked":[5]}"""))["picked"]!);
        Assert.Single((await server.Get("/v1/users/7/events"))["events"]!.AsArray());
        Assert.Contains("it must be a text in quotes", await LivingServer.Problem(await server.Send(
            HttpMethod.Post, "/v1/onboarding", """{"user":"u","picked":[1.5]}"""), 400), StringComparison.Ordinal);
        await server.Send(HttpMethod.Delete, "/v1/items/5");

        var last = await server.Post("/v1/onboarding", """{"session":"s1","picked":["ham"],"picks":2}""");
        Assert.Equal(("2 picked", true), ((string)last["reason"]!, (bool)last["done"]!));
        Assert.Empty(last["cards"]!.AsArray());

        await LivingServer.Read(await server.Send(HttpMethod.Delete, "/v1/users/s1"), 200);
        Assert.Equal(0, (int)(await server.Get("/v1/onboarding?session=s1"))["picked"]!);
    }

    [Theory]
    [InlineData("/v1/onboarding", "Name the user, or the session")]
    [InlineData("/v1/onboarding?user=u&count=0", "count must be 1 to 50, was 0.")]
    [InlineData("/v1/onboarding?user=u&picks=0", "picks must be 1 to 200, was 0.")]
    [InlineData("/v1/onboarding?user=u&kind=song", "There is no kind of card 'song'; there are item and group.")]
    public async Task What_cannot_be_used_is_refused_with_a_sentence(string path, string sentence)
    {
        await using var server = await LivingServer.Start();
        Assert.StartsWith(sentence, await LivingServer.Problem(await server.Send(HttpMethod.Get, path), 400), StringComparison.Ordinal);
        Assert.StartsWith("'tea' is picked and dismissed", await LivingServer.Problem(await server.Send(
            HttpMethod.Post, "/v1/onboarding", """{"user":"u","picked":["tea"],"dismissed":["tea"]}"""), 400), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Picks_are_in_the_next_cards_and_the_preview_and_survive_a_kill()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        var first = await server.Get("/v1/onboarding?user=new&count=4");
        Assert.Equal(("adaptive", 0), ((string)first["cardsFrom"]!, (double)first["modelWeight"]!));
        Assert.Equal(4, Cards(first).Distinct().Count());
        var groups = (await server.Get("/v1/onboarding?user=new&kind=group"))["cards"]!.AsArray();
        Assert.All(groups, group => Assert.Single(Items(group!).Select(item => item[0]).Distinct()));
        var one = Assert.Single((await server.Get("/v1/onboarding?user=grouper&kind=group&count=1"))["cards"]!.AsArray())!;
        Assert.True(Items(one).Length > 1);
        // of a group all items are sent, and together they are one pick
        var after = await server.Post("/v1/onboarding", new JsonObject
        {
            ["user"] = "grouper",
            ["picked"] = new JsonArray([.. Items(one).Select(item => (JsonNode)item)]),
        }.ToJsonString());
        Assert.Equal(1, (int)after["picked"]!);
        Assert.DoesNotContain(" picked", (string?)after["reason"] ?? "", StringComparison.Ordinal);
        Assert.Empty(Cards(after).Intersect(Items(one)));

        var next = await server.Post("/v1/onboarding", """{"user":"new","picked":["tea0"],"dismissed":["ham0"]}""");
        Assert.Equal(.5, (double)next["modelWeight"]!);
        Assert.DoesNotContain("tea0", Cards(next));
        Assert.DoesNotContain("ham0", Cards(next));
        Assert.StartsWith("tea", Preview(next)[0], StringComparison.Ordinal);
        Assert.StartsWith("tea", (await AnswerTests.Items(server, "new"))[0], StringComparison.Ordinal); // any answer knows it

        await server.Kill();
        await server.Restart();
        var again = await server.Get("/v1/onboarding?user=new");
        Assert.Equal((1, 1), ((int)again["picked"]!, (int)again["dismissed"]!));
        Assert.Equal(Preview(next), Preview(again));

        // where the user's segment has enough events, the preview is what the user is recommended
        foreach (string user in (string[])["u1", "u3", "nora"])
            await server.Post("/v1/users", $$$"""{"id":"{{{user}}}","attributes":{"country":"no"} }""");
        await LivingServer.Read(await server.Send(
            HttpMethod.Put, "/v1/settings/live", """{"segment":"country","segmentFrom":5}"""), 200);
        var nora = await server.Get("/v1/onboarding?user=nora");
        Assert.StartsWith("ham", Preview(nora)[0], StringComparison.Ordinal); // as u1 and u3 like
        Assert.Equal(await AnswerTests.Items(server, "nora"), Preview(nora));
        nora = await server.Post("/v1/onboarding", """{"user":"nora","picked":["tea0"]}""");
        Assert.Equal(.5, (double)nora["modelWeight"]!);
        Assert.Equal(await AnswerTests.Items(server, "nora"), Preview(nora));

        await server.Post("/v1/items/tea1/hide");
        Assert.DoesNotContain("tea1", Cards(await server.Get("/v1/onboarding?user=another&count=50")));
    }

    /// <summary>Whatever comes first: never both, never none.</summary>
    [Fact]
    public async Task An_answer_and_its_opposite_at_once_leave_one_of_them()
    {
        await using var server = await LivingServer.Start("--durability", "memory");
        await server.Post("/v1/items", """{"id":"tea"}""");
        foreach (int round in Enumerable.Range(0, 10))
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => server.Post(
                "/v1/onboarding", $$"""{"session":"s{{round}}","{{(n % 2 == 0 ? "picked" : "dismissed")}}":["tea"]}""")));
            Assert.All(answers, answer => Assert.Equal(1, (int)answer["picked"]! + (int)answer["dismissed"]!));
            Assert.Single((await server.Get($"/v1/users/s{round}/events"))["events"]!.AsArray());
        }
    }

    [Fact]
    public async Task A_request_that_is_sent_again_takes_no_newer_answer_back()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/items", """{"id":"tea"}""");
        async Task<HttpResponseMessage> Send(string body, string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/onboarding") { Content = new StringContent(body) };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.Add("Idempotency-Key", key);
            return await server.Client.SendAsync(request, LivingServer.Cancellation);
        }
        const string Pick = """{"session":"s1","picked":["tea"]}""", Dismiss = """{"session":"s1","dismissed":["tea"]}""";
        Assert.Equal(1, (int)(await LivingServer.Read(await Send(Pick, "one"), 200))["picked"]!);
        Assert.Equal(1, (int)(await LivingServer.Read(await Send(Dismiss, "two"), 200))["dismissed"]!);
        Assert.Equal(1, (int)(await LivingServer.Read(await Send(Pick, "one"), 200))["dismissed"]!); // a proxy that tries again
        await LivingServer.Problem(await Send(Dismiss, "one"), 422);
        Assert.Equal(1, (int)(await LivingServer.Read(await Send(Pick, "three"), 200))["picked"]!);

        // the same pick after signing in is the same answer
        await server.Post("/v1/users/s1/merge-into/max");
        await server.Post("/v1/onboarding", """{"user":"max","picked":["tea"]}""");
        Assert.Single((await server.Get("/v1/users/max/events"))["events"]!.AsArray());
    }

    [Fact]
    public async Task The_command_asks_with_what_a_living_folder_serves()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        var (exitCode, output, error) = await LivingServer.Answer(
            "1\n", "onboard", "--data", server.Folder, "--count", "4", "--picks", "1", "--json");
        Assert.True(exitCode == 0, error);
        var said = JsonNode.Parse(output)!;
        string picked = Assert.Single(said["picked"]!.AsArray().Select(item => (string)item!));
        // item-knn of the snapshot, and nothing trained: what goes with it comes first
        Assert.StartsWith(picked[..3], (string)said["items"]![0]!["itemId"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("Training", error, StringComparison.Ordinal);
        // what a program mistypes is told to it
        (exitCode, _, error) = await LivingServer.Answer("7 x\n", "onboard", "--data", server.Folder, "--count", "4");
        Assert.Equal(2, exitCode);
        Assert.Contains("answer with numbers from 1 to 4", error, StringComparison.Ordinal);
    }

    // 60 users; half of them like things of tea, the others of ham
    private static Task<LivingServer> Serving(TemporaryFolder folder)
    {
        var pairs = Enumerable.Range(0, 60).SelectMany(user => Enumerable.Range(0, 5).Where(n => n != user / 2 % 5)
            .Select(n => (User: $"u{user}", Item: $"{(user % 2 == 0 ? "tea" : "ham")}{n}"))).ToArray();
        var data = Interactions.FromEvents(
            pairs.Select((pair, n) => (pair.User, pair.Item, Time: DateTimeOffset.UnixEpoch.AddDays(20_000).AddSeconds(n))), e => e);
        string shop = folder.File("shop");
        Directory.CreateDirectory(shop);
        File.WriteAllText(Path.Combine(shop, "settings.json"), "{}");
        TrainedModel Trained(ITrainer trainer) => new(ModelManifest.For(trainer, new(), default, data), trainer.Train(data, new()));
        new TrainedRecommender(data, Trained(new ItemKnn { Shrinkage = 0 }), Trained(new Popularity()))
            .Publish(Path.Combine(shop, "snapshots"));
        return LivingServer.StartIn(shop);
    }

    private static string[] Cards(JsonObject round) => [.. round["cards"]!.AsArray().SelectMany(card => Items(card!))];

    private static string[] Items(JsonNode card) => [.. card["items"]!.AsArray().Select(item => (string)item!["itemId"]!)];

    private static string[] Preview(JsonObject round) => [.. round["preview"]!.AsArray().Select(item => (string)item!["itemId"]!)];
}
