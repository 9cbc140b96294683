using System.Text.Json.Nodes;

namespace Kindred.ServerTests;

/// <summary>What people look at on pages, for programs: read over HTTP, and nothing changes by it.</summary>
public sealed class LookingTests(LookingTests.Shop shop) : IClassFixture<LookingTests.Shop>
{
    /// <summary>Two users, three items, two answers, of which one click came; one record that could not be read.</summary>
    public sealed class Shop : IAsyncLifetime
    {
        private LivingServer? _server;

        internal LivingServer Server => _server!;

        public async ValueTask InitializeAsync()
        {
            _server = await LivingServer.Start();
            await _server.Post("/v1/events", """
                [{"type":"view","userId":"ann","itemId":"tea","time":"2026-01-02T23:00:00Z"},
                 {"type":"view","userId":"ann","itemId":"jam","time":"2026-01-03T01:00:00Z"},
                 {"type":"view","userId":"bob","itemId":"tea","time":"2026-01-03T02:00:00Z"},
                 {"type":"click","userId":"bob","itemId":"oats"},{"no":1}]
                """);
            for (int n = 0; n < 2; n++) await _server.Get("/v1/users/bob/recommendations");
        }

        public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;
    }

    [Fact]
    public async Task Events_are_counted_by_type_and_day()
    {
        var counts = (await shop.Server.Get("/v1/events/counts"))["counts"]!.AsArray();
        Assert.Equal(
            ["view 2026-01-02 1", "view 2026-01-03 2"],
            counts.Where(count => (string)count!["type"]! == "view").Select(count => $"{count!["type"]} {count["day"]} {count["events"]}")
                .Order(StringComparer.Ordinal));
        Assert.Equal(4, counts.Sum(count => (int)count!["events"]!));
    }

    [Fact]
    public async Task An_item_has_the_answers_and_events_of_each_hour()
    {
        var jam = await shop.Server.Get("/v1/items/jam/activity");
        Assert.True((bool)jam["isWhole"]!);
        Assert.Equal(24, jam["hours"]!.AsArray().Count);
        Assert.Equal((2, 0), Sums(jam)); // bob has seen tea and oats, so that jam is what is left; its view is long ago
        Assert.Equal((0, 1), Sums(await shop.Server.Get("/v1/items/oats/activity")));
        Assert.Equal((0, 0), Sums(await shop.Server.Get("/v1/items/unknown/activity")));

        static (int Answers, int Events) Sums(JsonObject activity) => (
            activity["hours"]!.AsArray().Sum(hour => (int)hour!["answers"]!),
            activity["hours"]!.AsArray().Sum(hour => (int)hour!["events"]!));
    }

    [Fact]
    public async Task Without_a_model_nobody_is_told_whom_an_item_suits_and_why()
    {
        var answer = await shop.Server.Get("/v1/items/tea/audience");
        Assert.Empty(answer["users"]!.AsArray());
        Assert.Equal("No model is trained yet.", (string)answer["reason"]!);
        await LivingServer.Problem(await shop.Server.Send(HttpMethod.Get, "/v1/items/tea/audience?count=0"), 400);
    }

    [Fact]
    public async Task The_activity_has_the_times_of_the_hour_and_what_waits()
    {
        var activity = await shop.Server.Get("/v1/activity");
        Assert.Equal(0, (int)activity["queued"]!);
        var hour = activity["hour"]!;
        Assert.Equal(2, (int)hour["answers"]!["count"]!);
        Assert.Equal(4, (int)hour["lateness"]!["count"]!);
        Assert.InRange((double)hour["lateness"]!["medianSeconds"]!, 86_400, 400 * 86_400); // three of four events are of January
        Assert.True((double)hour["answers"]!["medianSeconds"]! <= (double)hour["answers"]!["p90Seconds"]!);
        Assert.True((double)hour["answers"]!["p90Seconds"]! <= (double)hour["answers"]!["p99Seconds"]!);
        Assert.Equal(1, activity["minutes"]!.AsArray().Sum(minute => (int?)minute!["rejected"]!["unreadable"] ?? 0));
    }

    [Fact]
    public async Task Alarms_are_what_the_first_page_says()
    {
        Assert.Empty((await shop.Server.Get("/v1/alarms"))["alarms"]!.AsArray());
        await using var open = await LivingServer.Start("--allow-anonymous");
        var alarm = Assert.Single((await open.Get("/v1/alarms"))["alarms"]!.AsArray())!;
        Assert.StartsWith("There are no keys", (string)alarm["sentence"]!, StringComparison.Ordinal);
        Assert.True((bool)alarm["needsPerson"]!);
        Assert.Equal("/access", (string)alarm["page"]!);
    }

    [Fact]
    public async Task A_preview_is_what_would_be_answered_and_is_not_logged()
    {
        var before = await shop.Server.Get("/v1/items/jam/activity");
        var steps = (await shop.Server.Get("/v1/activity"))["steps"];
        Assert.NotEmpty(steps!.AsObject());
        var preview = await shop.Server.Get("/v1/users/bob/preview");
        Assert.Null(preview["other"]);
        Assert.Null(preview["answer"]!["requestId"]);
        Assert.Equal(["jam"], ItemsOf(preview["answer"]!));
        Assert.NotNull(preview["answer"]!["items"]![0]!["explanation"]);

        preview = await shop.Server.Get("/v1/users/bob/preview?also=jam&also=rye&whyNot=tea");
        Assert.Empty(ItemsOf(preview["answer"]!));
        Assert.Equal(["rye"], preview["answer"]!["unknownItems"]!.AsArray().Select(item => (string)item!));
        Assert.Equal("tea", (string)Assert.Single(preview["answer"]!["whyNot"]!.AsArray())!["itemId"]!);
        Assert.Equal("Without them", (string)preview["otherName"]!);
        Assert.Equal(["jam"], ItemsOf(preview["other"]!));
        foreach (string page in (string[])["/user?id=bob", "/onboarding", "/item?id=jam"])
            await shop.Server.Client.GetStringAsync(page, LivingServer.Cancellation);
        await shop.Server.Get("/v1/onboarding/trial");
        Assert.True(JsonNode.DeepEquals(before["hours"], (await shop.Server.Get("/v1/items/jam/activity"))["hours"]));
        Assert.True(JsonNode.DeepEquals(steps, (await shop.Server.Get("/v1/activity"))["steps"]), "a look was measured as an answer");

        foreach (string wrong in (string[])["with=snapshot:none", "with=magic", "also=", "count=0"])
            await LivingServer.Problem(await shop.Server.Send(HttpMethod.Get, $"/v1/users/bob/preview?{wrong}"), 400);
    }

    [Fact]
    public async Task A_trial_of_the_interview_stores_nothing()
    {
        var first = await shop.Server.Get("/v1/onboarding/trial?count=2");
        var cards = first["cards"]!.AsArray();
        Assert.Equal(2, cards.Count);
        string picked = (string)cards[0]!["items"]![0]!["itemId"]!, passed = (string)cards[1]!["items"]![0]!["itemId"]!;
        var next = await shop.Server.Get($"/v1/onboarding/trial?count=2&picked={picked}&dismissed={passed}");
        Assert.Equal((1, 1), ((int)next["picked"]!, (int)next["dismissed"]!));
        Assert.DoesNotContain(passed, next["cards"]!.AsArray().Select(card => (string)card!["items"]![0]!["itemId"]!));
        Assert.DoesNotContain(picked, ItemsOf(next, "preview"));
        await LivingServer.Problem(await shop.Server.Send(HttpMethod.Get, "/v1/onboarding/trial?picked=a&dismissed=a"), 400);
        Assert.Equal(
            ["click", "view"], (await shop.Server.Get("/v1/events/counts"))["counts"]!.AsArray().Select(count => (string)count!["type"]!)
                .Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_item_that_is_hidden_is_said_to_be()
    {
        await using var server = await LivingServer.Start();
        foreach (string item in (string[])["oil", "tea"])
            await LivingServer.Read(await server.Send(HttpMethod.Put, $"/v1/items/{item}", "{}"), 200);
        await LivingServer.Read(await server.Send(HttpMethod.Post, "/v1/items/oil/hide"), 200);
        foreach (string path in (string[])["recommendations", "preview"])
        {
            Assert.Equal("It is hidden or was deleted: nobody is recommended it.", await VerdictOf(path, "oil"));
            Assert.DoesNotContain("hidden", await VerdictOf(path, "tea"), StringComparison.Ordinal);
        }

        async Task<string> VerdictOf(string path, string item)
        {
            var answer = await server.Get($"/v1/users/cat/{path}?whyNot={item}");
            return (string)(answer["answer"] ?? answer)["whyNot"]![0]!["verdict"]!;
        }
    }

    [Theory]
    [InlineData("/modelz", "text/html,*/*", 404, "text/html")]
    [InlineData("/models/train", "text/html,*/*", 405, "text/html")]
    [InlineData("/modelz", "application/json", 404, "application/problem+json")]
    [InlineData("/v1/nothing", "text/html,*/*", 404, "application/problem+json")]
    public async Task A_browser_gets_a_page_where_there_is_none(string path, string accept, int status, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", accept);
        using var answer = await shop.Server.Client.SendAsync(request, LivingServer.Cancellation);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        string text = await answer.Content.ReadAsStringAsync(LivingServer.Cancellation);
        Assert.Contains(path, text, StringComparison.Ordinal);
        Assert.Equal(type == "text/html", text.Contains("<nav", StringComparison.Ordinal)); // ways back
    }

    private static string[] ItemsOf(JsonNode answer, string list = "items") =>
        [.. answer[list]!.AsArray().Select(item => (string)item!["itemId"]!)];
}
