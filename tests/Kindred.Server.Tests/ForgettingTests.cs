using System.Diagnostics;
using System.Text.Json.Nodes;
using Kindred.Store;

namespace Kindred.ServerTests;

/// <summary>A user or an item is forgotten: from then on its bytes are nowhere under the folder.</summary>
public sealed class ForgettingTests
{
    private const string User = "ann-of-green-gables-4711", Item = "raspberry-cordial-0815";

    [Fact]
    public async Task A_forgotten_user_is_nowhere_under_the_folder()
    {
        await using var server = await LivingServer.Start();
        await Fill(server);
        Assert.NotEmpty(await FilesWith(server.Folder, User)); // or the test would prove nothing
        await server.Send(HttpMethod.Get, $"/v1/users/{User}/recommendations");

        var receipt = await LivingServer.Read(await server.Send(HttpMethod.Delete, $"/v1/users/{User}"), 200);
        Assert.Equal(IdHash.From(User), (string)receipt["hash"]!);
        var events = receipt["places"]!.AsArray().Single(place => (string)place!["name"]! == "events")!;
        Assert.Equal((40, 0), ((int)events["before"]!, (int)events["after"]!));
        Assert.All(receipt["places"]!.AsArray(), place => Assert.Equal(0, (int)place!["after"]!));
        Assert.DoesNotContain(User, receipt.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(await FilesWith(server.Folder, User));
        Assert.DoesNotContain(User, server.Said, StringComparison.Ordinal);
        await LivingServer.Problem(await server.Send(HttpMethod.Get, $"/v1/users/{User}"), 404);

        // nothing comes back with a restart; what a user does afterwards is new
        await server.Stop();
        await server.Restart();
        Assert.Empty(await FilesWith(server.Folder, User));
        Assert.Equal(1, (int)(await server.Post("/v1/events", Event(User, "tea", 80)))["accepted"]!);
        var audit = await server.Get("/v1/audit");
        Assert.Contains(audit["entries"]!.AsArray(), entry => (string)entry!["action"]! == "forget-user"
            && (string)entry["subject"]! == IdHash.From(User));
    }

    [Fact]
    public async Task A_forgotten_item_is_nowhere_under_the_folder()
    {
        await using var server = await LivingServer.Start();
        await Fill(server);
        var receipt = await server.Post($"/v1/items/{Item}/forget");
        Assert.Equal("item", (string)receipt["kind"]!);
        Assert.Empty(await FilesWith(server.Folder, Item));
        Assert.NotEmpty(await FilesWith(server.Folder, User));

        // nobody knows it, until an entry or an event names it again
        string pick = $$"""{"session":"s","picked":["{{Item}}"]}""";
        Assert.Equal(Item, (string)(await server.Post("/v1/onboarding", pick))["unknownItems"]![0]!);
        await LivingServer.Problem(await server.Send(HttpMethod.Post, $"/v1/items/{Item}/hide"), 404);
        await server.Post("/v1/events", Event("bob", Item, 81));
        Assert.Null((await server.Post("/v1/onboarding", pick))["unknownItems"]);
    }

    [Fact]
    public async Task An_unknown_user_gets_a_receipt_of_zeros()
    {
        await using var server = await LivingServer.Start();
        var receipt = await LivingServer.Read(await server.Send(HttpMethod.Delete, "/v1/users/nobody"), 200);
        Assert.All(receipt["places"]!.AsArray(), place => Assert.Equal((0, 0), ((int)place!["before"]!, (int)place["after"]!)));
    }

    private static async Task Fill(LivingServer server)
    {
        await server.Post("/v1/users", $$"""[{"id":"{{User}}","attributes":{"city":"Avonlea"} },{"id":"bob"}]""");
        await server.Post("/v1/items", $$"""[{"id":"{{Item}}","attributes":{"title":"Cordial"} },{"id":"tea"}]""");
        var events = Enumerable.Range(0, 80).Select(n => Event(n % 2 == 0 ? User : "bob", n % 3 == 0 ? Item : $"item{n}", n));
        await server.Post("/v1/events", $"[{string.Join(',', events)}]");
    }

    private static string Event(string user, string item, int n) =>
        $$"""{"id":"e{{n}}","type":"view","userId":"{{user}}","itemId":"{{item}}"}""";

    private static async Task<string[]> FilesWith(string folder, string text)
    {
        using var grep = Process.Start(new ProcessStartInfo("grep", ["-rlaF", "--", text, folder]) { RedirectStandardOutput = true })!;
        string found = await grep.StandardOutput.ReadToEndAsync(LivingServer.Cancellation);
        await grep.WaitForExitAsync(LivingServer.Cancellation);
        Assert.InRange(grep.ExitCode, 0, 1); // 2: a file could not be read
        return found.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
