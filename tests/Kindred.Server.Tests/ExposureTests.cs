using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>Each answer is kept, and events find the answer they came from.</summary>
public sealed class ExposureTests
{
    [Fact]
    public async Task Events_find_their_answers()
    {
        using var folder = new TemporaryFolder();
        await using var server = await AnswerTests.Serving(folder);
        var first = await server.Get("/v1/users/bob/recommendations?count=3");
        string request = (string)first["requestId"]!;
        string item = (string)first["items"]![1]!["itemId"]!, other = (string)first["items"]![2]!["itemId"]!;
        Assert.Equal(1, (int)(await server.Post("/v1/exposures", $$"""{"requestId":"{{request}}","positions":[0,1]}"""))["accepted"]!);
        await server.Post("/v1/events", $$"""
            [
              {"type":"click","userId":"bob","itemId":"{{item}}","requestId":"{{request}}"},
              {"type":"click","userId":"bob","itemId":"{{other}}"},
              {"type":"click","userId":"kim","itemId":"{{item}}"}
            ]
            """);
        var page = await server.Get("/v1/attribution");
        var events = page["events"]!.AsArray();
        Assert.Equal(["direct", "window", "none"], events.Select(e => (string)e!["rule"]!));
        Assert.Equal((request, 1, true), ((string)events[0]!["requestId"]!, (int)events[0]!["position"]!, (bool)events[0]!["shown"]!));
        Assert.Equal((request, 2, false), ((string)events[1]!["requestId"]!, (int)events[1]!["position"]!, (bool)events[1]!["shown"]!));
        Assert.Equal((string)first["snapshot"]!, (string)events[0]!["snapshot"]!);
        Assert.Equal((string)first["items"]![1]!["source"]!, (string)events[0]!["source"]!);
        Assert.Equal(1, (double)events[0]!["propensity"]!);
        Assert.Empty((await server.Get($"/v1/attribution?after={(long)page["next"]!}"))["events"]!.AsArray());
        Assert.Empty((await server.Get("/v1/attribution?type=purchase"))["events"]!.AsArray());

        // an anonymous visitor asks by the session
        var anonymous = await server.Get("/v1/users/s1/recommendations");
        await server.Post("/v1/events", $$"""{"type":"click","sessionId":"s1","itemId":"{{(string)anonymous["items"]![0]!["itemId"]!}}"}""");
        Assert.Equal("window", (string)(await server.Get($"/v1/attribution?after={(long)page["next"]!}"))["events"]![0]!["rule"]!);
    }

    [Fact]
    public async Task A_request_of_no_time_there_is_is_no_trouble()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events",
            """{"type":"click","userId":"bob","itemId":"tea","requestId":"ffffffff-ffff-7fff-bfff-ffffffffffff"}""");
        Assert.Equal("none", (string)(await server.Get("/v1/attribution"))["events"]![0]!["rule"]!);
    }

    [Fact]
    public async Task Health_says_when_exposures_cannot_be_written_until_they_can()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/items", """{"id":"tea"}""");
        string folder = Path.Combine(server.Folder, "exposures");
        await server.Get("/v1/users/bob/recommendations");
        await server.Get("/v1/attribution"); // written
        Directory.Move(folder, folder + "-away");
        await Until("degraded");
        var health = await LivingServer.Read(await server.Send(HttpMethod.Get, "/health"), 503);
        Assert.Contains("Exposures", (string)Assert.Single(health["reasons"]!.AsArray())!, StringComparison.Ordinal);
        Directory.Move(folder + "-away", folder);
        await Until("ready");

        Task Until(string status) => LivingServer.Until(async () =>
        {
            await server.Get("/v1/users/bob/recommendations");
            var answer = await server.Send(HttpMethod.Get, "/health");
            return (await answer.Content.ReadAsStringAsync(LivingServer.Cancellation)).Contains($"\"{status}\"", StringComparison.Ordinal);
        }, status);
    }

    [Fact]
    public async Task Forgetting_reaches_the_exposures()
    {
        using var folder = new TemporaryFolder();
        await using var server = await AnswerTests.Serving(folder);
        await server.Get("/v1/users/remarkable-user/recommendations");
        await server.Get("/v1/attribution"); // written
        var receipt = await LivingServer.Read(await server.Send(HttpMethod.Delete, "/v1/users/remarkable-user"), 200);
        var place = receipt["places"]!.AsArray().Single(place => ((string)place!["name"]!).Contains("exposure", StringComparison.Ordinal))!;
        Assert.Equal((1, 0), ((int)place["before"]!, (int)place["after"]!));
    }

    [Fact]
    public async Task What_was_seen_is_checked()
    {
        await using var server = await LivingServer.Start();
        var answer = await server.Post("/v1/exposures", """
            [
              {"requestId":"r","positions":[0]}, {"requestId":"r"}, {"positions":[1]}, {"requestId":"r","positions":[-1]},
              {"requestId":"r","place":1}
            ]
            """);
        Assert.Equal((1, 4), ((int)answer["accepted"]!, (int)answer["rejected"]!));
        Assert.Equal([1, 2, 3, 4], answer["reasons"]!.AsArray().Select(reason => (int)reason!["index"]!));
        Assert.Contains("count must be 1 to 10000", await LivingServer.Problem(
            await server.Send(HttpMethod.Get, "/v1/attribution?count=0"), 400), StringComparison.Ordinal);
    }
}
