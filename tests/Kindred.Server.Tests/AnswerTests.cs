using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>Recommendations of a living server: what was acknowledged is in the next answer.</summary>
public sealed class AnswerTests
{
    // tea and cake go together, and ham and bread; jam goes with both
    private static readonly string[] Histories =
        ["ann: tea cake jam", "bob: tea cake", "cid: tea cake", "dan: ham bread jam", "eve: ham bread", "fay: ham bread"];

    [Fact]
    public async Task From_nothing_to_popular_items()
    {
        await using var server = await LivingServer.Start();
        var nothing = await server.Get("/v1/users/ann/recommendations");
        Assert.Empty(nothing["items"]!.AsArray());
        Assert.Equal(7, Guid.Parse((string)nothing["requestId"]!).Version);
        Assert.StartsWith("no model yet: newest items", (string)nothing["reason"]!, StringComparison.Ordinal);
        await server.Post("/v1/items", """[{"id":"tea","attributes":{"title":"Green tea"}},{"id":"jam"},{"id":"ham"}]""");
        await Settle(server, "ann", items => items.Length == 3);
        Assert.Equal("newest", (string)(await server.Get("/v1/users/ann/recommendations"))["source"]!);

        var similar = await server.Get("/v1/items/tea/similar");
        Assert.Equal("no model yet, so no item is like another", (string)similar["reason"]!);

        await Put(server, "live", """{"popularFrom":3,"pinned":["ham"]}""");
        foreach (string user in (string[])["bob", "eve", "kim"]) await View(server, user, "tea");
        await Settle(server, "ann", items => items.SequenceEqual(["ham", "tea", "jam"]));
        Assert.Equal(["ham", "jam"], await Items(server, "bob"));
        var answer = await server.Get("/v1/users/ann/recommendations");
        Assert.Equal("Green tea", (string)answer["items"]![1]!["title"]!);
        Assert.Equal("no model yet: popular of late", (string)answer["reason"]!);
    }

    [Fact]
    public async Task An_event_a_hidden_item_a_new_one_a_merge_and_a_forgotten_user_are_in_the_next_answer()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        Assert.Equal("unknown user", (string)(await server.Get("/v1/users/gus/recommendations"))["reason"]!);
        await View(server, "gus", "tea");
        Assert.Equal("cake", (await Items(server, "gus"))[0]);
        await View(server, "gus", "cake");
        Assert.DoesNotContain("cake", await Items(server, "gus"));

        await server.Post("/v1/items/jam/hide");
        Assert.DoesNotContain("jam", await Items(server, "gus"));
        Assert.DoesNotContain("jam", await Items(server, "nobody"));
        await server.Post("/v1/items/jam/unhide");
        Assert.Contains("jam", await Items(server, "gus"));

        await server.Post("/v1/items", """{"id":"muffin"}""");
        foreach (string user in (string[])["ann", "bob", "cid"]) await View(server, user, "muffin");
        await View(server, "kim", "tea");
        await Settle(server, "kim", items => items.Take(3).Contains("muffin"));

        await View(server, "ann", "strudel"); // nobody knew it; where the machine is busy, an event waits only so long for the others
        await Settle(server, "nobody", items => items.Contains("strudel"));

        await server.Post("/v1/events", """{"type":"view","sessionId":"s1","itemId":"ham"}""");
        Assert.Equal("bread", (await Items(server, "s1"))[0]);
        await server.Post("/v1/users/s1/merge-into/max");
        Assert.Equal("bread", (await Items(server, "max"))[0]);
        Assert.Equal("unknown user", (string)(await server.Get("/v1/users/s1/recommendations"))["reason"]!);

        await LivingServer.Read(await server.Send(HttpMethod.Delete, "/v1/users/ann"), 200);
        var forgotten = await server.Get("/v1/users/ann/recommendations");
        Assert.Equal("unknown user", (string)forgotten["reason"]!);
        Assert.Equal(await Items(server, "nobody"), await Items(server, "ann"));
        await LivingServer.Read(await server.Send(HttpMethod.Delete, "/v1/users/gus"), 200);
        Assert.Equal(await Items(server, "nobody"), await Items(server, "gus"));
    }

    [Fact]
    public async Task What_answers_know_survives_a_kill()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        await View(server, "gus", "tea");
        await server.Post("/v1/items/jam/hide");
        await server.Post("/v1/items", """{"id":"muffin"}""");
        await View(server, "bob", "muffin");
        await Settle(server, "gus", items => items.IndexOf("muffin") == 1);
        string[] before = await Items(server, "gus");
        await server.Kill();
        await server.Restart();
        Assert.Equal(before, await Items(server, "gus"));
    }

    [Fact]
    public async Task Scenarios_are_pipelines_by_name()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        await Put(server, "scenarios", """{"home":{"sources":[{"kind":"model","model":"item-knn"}],"rerank":[{"kind":"keep","count":2}]}}""");
        await View(server, "gus", "tea");
        var home = await server.Get("/v1/users/gus/recommendations?scenario=home");
        Assert.Equal("cake", (string)home["items"]![0]!["itemId"]!);
        var posted = await server.Post("/v1/recommendations", """{"userId":"gus","scenario":"home"}""");
        Assert.Equal(Ids(home), Ids(posted));
        Assert.Equal("There is no scenario 'basket'; there are home.", await LivingServer.Problem(
            await server.Send(HttpMethod.Get, "/v1/users/gus/recommendations?scenario=basket"), 404));
        Assert.Contains("'home' cannot be used", await LivingServer.Problem(
            await server.Send(HttpMethod.Put, "/v1/settings/scenarios", """{"home":{"sources":[]}}"""), 400), StringComparison.Ordinal);
    }

    /// <summary>A server whose snapshot has learned <see cref="Histories"/>.</summary>
    /// <param name="store">The address of a database; null: a file in the folder.</param>
    /// <param name="pipeline">A file; null: the model alone answers.</param>
    internal static Task<LivingServer> Serving(TemporaryFolder folder, string? store = null, string? pipeline = null)
    {
        string shop = folder.File("shop");
        Directory.CreateDirectory(shop);
        File.WriteAllText(Path.Combine(shop, "settings.json"), store is null ? "{}" : $$"""{"store":"{{store}}"}""");
        Publish(Path.Combine(shop, "snapshots"), pipeline);
        return LivingServer.StartIn(shop);
    }

    /// <summary>Puts a snapshot that has learned <see cref="Histories"/> among others.</summary>
    internal static void Publish(string snapshots, string? pipeline = null)
    {
        var pairs = Histories.SelectMany(line => line.Split(": ")[1].Split(' '), (line, item) => (User: line.Split(": ")[0], Item: item));
        var data = Interactions.FromEvents(
            pairs.Select((pair, n) => (pair.User, pair.Item, Time: DateTimeOffset.UnixEpoch.AddDays(20_000).AddSeconds(n))), e => e);
        TrainedModel Trained(ITrainer trainer) => new(ModelManifest.For(trainer, new(), default, data), trainer.Train(data, new()));
        var trained = new TrainedRecommender(data, Trained(new ItemKnn { Shrinkage = 0 }), Trained(new Popularity()));
        if (pipeline is not null) trained = trained.WithPipeline(pipeline);
        trained.Publish(snapshots);
    }

    internal static async Task View(LivingServer server, string user, string item)
    {
        var answer = await server.Post("/v1/events", $$"""{"type":"view","userId":"{{user}}","itemId":"{{item}}"}""");
        Assert.Equal(1, (int)answer["accepted"]!);
    }

    internal static async Task<string[]> Items(LivingServer server, string user) =>
        Ids(await server.Get($"/v1/users/{user}/recommendations"));

    /// <summary>Items that are new take a moment.</summary>
    internal static Task Settle(LivingServer server, string user, Func<string[], bool> isSo) =>
        LivingServer.Until(async () => isSo(await Items(server, user)), $"the answer to {user} is as it should be");

    internal static async Task Put(LivingServer server, string setting, string json) =>
        await LivingServer.Read(await server.Send(HttpMethod.Put, $"/v1/settings/{setting}", json), 200);

    private static string[] Ids(JsonObject answer) => [.. answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!)];
}
