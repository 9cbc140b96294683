using System.Net;
using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Store;
using Kindred.Tests.Support;
using Microsoft.Data.Sqlite;

namespace Kindred.ServerTests;

/// <summary>Exposure contracts over HTTP where little is known yet, where very many run, and where people decide.</summary>
public sealed class ContractLimitsTests
{
    private static async Task<(string? RequestId, string[] Ids, int Placed)> Ask(LivingServer server, int user, int count = 10)
    {
        var answer = await server.Get($"/v1/users/u{user}/recommendations?count={count}");
        var items = answer["items"]!.AsArray();
        return ((string?)answer["requestId"], [.. items.Select(item => (string)item!["itemId"]!)],
            items.ToList().FindIndex(item => (string)item!["source"]! == "contract"));
    }

    private static Task<JsonObject> Click(LivingServer server, int user, string item, string? request) => server.Post(
        "/v1/events", $$"""{"type":"view","userId":"u{{user}}","itemId":"{{item}}","requestId":"{{request}}"}""");

    private static Task<JsonObject> Contract(LivingServer server, string item) => server.Get($"/v1/items/{item}/contract");

    private static Task Started(LivingServer server, string item) => LivingServer.Until(
        async () => (await server.Send(HttpMethod.Get, $"/v1/items/{item}/contract")).IsSuccessStatusCode, "a contract");

    /// <summary>
    /// In a shop where one of a hundred who look clicks, an item that is like all others is not hopeless: neither while nobody has looked
    /// at the log after a restart, nor on a server that has no log.
    /// </summary>
    [Fact]
    public async Task No_item_is_hopeless_by_a_rate_that_nobody_measured()
    {
        await using var server = await ContractTests.Shop("""{"impressions":1000000,"hours":0.5,"budget":1,"slots":[1,1]}""");
        await ContractTests.Add(server, "new");
        await Started(server, "new");
        int user = 0, clicks = 0;
        await LivingServer.Until(async () =>
        {
            foreach (int _ in Enumerable.Range(0, 20))
            {
                var (request, ids, placed) = await Ask(server, ++user);
                if (clicks < 5 && (clicks > 0 || placed == 0))
                    await Click(server, user, clicks++ == 0 ? "new" : ids[1], request);
            }
            return (long)(await Contract(server, "new"))["given"]! >= 240;
        }, "impressions");
        await LivingServer.Read(await server.Send(HttpMethod.Put, "/v1/items/new/contract", """{"impressions":1000}"""), 200);
        Assert.Equal("running", (string)(await Contract(server, "new"))["state"]!);
        await server.Kill();
        await server.Restart();
        await LivingServer.Until(async () =>
        {
            Assert.Equal("running", (string)(await Contract(server, "new"))["state"]!);
            return (double)(await server.Get("/v1/contracts"))["rate"]! < .02;
        }, "the server knows the rate again");
        Assert.Equal("running", (string)(await Contract(server, "new"))["state"]!);

        await server.Kill();
        Directory.Delete(Path.Combine(server.Folder, "exposures"), true); // as on another server of the same store
        await server.Restart();
        foreach (int _ in Enumerable.Range(0, 6)) // each is a round at least
        {
            Assert.Equal("running", (string)(await Contract(server, "new"))["state"]!);
            await Task.Delay(300, LivingServer.Cancellation);
        }
    }

    [Fact]
    public async Task The_oldest_of_more_than_ten_thousand_contracts_is_credited_and_no_further_one_starts()
    {
        await using var server = await ContractTests.Shop("""{"impressions":100000,"hours":1,"budget":0}""");
        await server.Stop();
        await using (var store = await Stores.OpenAsync(
            Path.Combine(server.Folder, "kindred.db"), new() { Durability = Durability.Os }, LivingServer.Cancellation))
        {
            NewContract For(string item) => new(item, 100_000, 1, DateTimeOffset.UtcNow, true);
            await store.Contracts.StartAsync(
                [For("old0"), .. Enumerable.Range(0, 10_400).Select(n => For($"other{n}"))], true, LivingServer.Cancellation);
        }
        await server.Restart();
        await Contract(server, "old0"); // a round: it is taken up
        var (request, ids, _) = await Ask(server, 1, 14);
        Assert.Contains("old0", ids);
        await Click(server, 1, "old0", request);
        await LivingServer.Until(async () => (long)(await Contract(server, "old0"))["clicks"]! == 1, "the click is credited");
        Assert.Equal(10_401, (int)(await server.Get("/v1/contracts?count=1"))["states"]!["running"]!);
        Assert.StartsWith("10,401 contracts run, and no more may", await LivingServer.Problem(
            await server.Send(HttpMethod.Put, "/v1/items/old1/contract", "{}"), 409), StringComparison.Ordinal);
        await LivingServer.Read(await server.Send(HttpMethod.Put, "/v1/items/old0/contract", """{"impressions":9}"""), 200);
        await ContractTests.Add(server, "new");
        await LivingServer.Until(async () => ((string?)(await server.Get("/v1/contracts?count=1"))["waiting"] ?? "")
            .StartsWith("10,401 contracts run", StringComparison.Ordinal), "the ledger says that items wait");
        await LivingServer.Problem(await server.Send(HttpMethod.Get, "/v1/items/new/contract"), 404);
    }

    [Fact]
    public async Task What_rules_pin_stays()
    {
        using var folder = new TemporaryFolder();
        string pipeline = folder.File("pipeline.json");
        await File.WriteAllTextAsync(pipeline, """
            {
              "sources": [{"kind": "model", "model": "popularity"}],
              "rerank": [{"kind": "rules", "rules": [{"name": "jam", "when": "item.id = 'jam'", "then": "pin at 4"}]}]
            }
            """, LivingServer.Cancellation);
        await using var server = await AnswerTests.Serving(folder, pipeline: pipeline);
        await AnswerTests.Put(server, "contracts", """{"impressions":100000,"hours":1,"budget":1,"slots":[3,4],"threshold":0.0001}""");
        await ContractTests.Add(server, "new");
        int user = 0, placements = 0;
        await LivingServer.Until(async () =>
        {
            var (_, ids, placed) = await Ask(server, ++user, 4);
            Assert.Equal("jam", ids[3]);
            if (placed >= 0) placements++;
            return placements == 20;
        }, "placements in the place that is free");
    }

    [Fact]
    public async Task What_was_given_before_the_first_save_is_counted_after_a_kill()
    {
        await using var server = await ContractTests.Shop("""{"impressions":100000,"hours":1,"budget":1,"threshold":0.0001}""");
        await ContractTests.Add(server, "new");
        await Started(server, "new");
        int user = 0, placements = 0;
        await LivingServer.Until(async () => (await Ask(server, ++user)).Placed >= 0 && ++placements == 10, "placements");
        Assert.Equal(10, (long)(await Contract(server, "new"))["placed"]!);
        await server.Kill();
        await using (var store = new SqliteConnection($"Data Source={Path.Combine(server.Folder, "kindred.db")};Pooling=False"))
        {
            await store.OpenAsync(LivingServer.Cancellation); // as if it had been killed before
            await using var command = store.CreateCommand();
            command.CommandText = "DELETE FROM contract_sum";
            Assert.Equal(1, await command.ExecuteNonQueryAsync(LivingServer.Cancellation));
        }
        await server.Restart();
        Assert.Equal(10, (long)(await Contract(server, "new"))["placed"]!);
        await server.Kill();
        await server.Restart(); // what was counted by the log is not counted again
        Assert.Equal(10, (long)(await Contract(server, "new"))["placed"]!);
    }

    [Fact]
    public async Task Places_after_the_last_slot_fulfil_no_promise()
    {
        await using var server = await ContractTests.Shop("""{"impressions":2,"hours":1,"budget":0,"slots":[1,3]}""");
        await ContractTests.Add(server, "new");
        await Started(server, "new");
        await LivingServer.Until(async () => (await Ask(server, 99, 15)).Ids.Contains("new"), "answers have the new item");
        foreach (int user in Enumerable.Range(0, 10)) Assert.Equal(14, (await Ask(server, user, 15)).Ids.ToList().IndexOf("new"));
        var contract = await Contract(server, "new");
        Assert.Equal((0L, "running"), ((long)contract["given"]!, (string)contract["state"]!));
        await server.Kill();
        await server.Restart();
        Assert.Equal(0, (long)(await Contract(server, "new"))["given"]!);
    }

    [Fact]
    public async Task The_contract_of_a_hidden_or_deleted_item_is_stopped()
    {
        await using var server = await ContractTests.Shop("""{"impressions":100000,"hours":1,"budget":1,"threshold":0.0001}""");
        await ContractTests.Add(server, "hidden");
        await ContractTests.Add(server, "gone");
        await Started(server, "gone");
        await server.Post("/v1/items/hidden/hide");
        Assert.Equal(HttpStatusCode.NoContent, (await server.Send(HttpMethod.Delete, "/v1/items/gone")).StatusCode);
        foreach (var (item, why) in new[] { ("hidden", "The item was hidden."), ("gone", "The item was deleted.") })
        {
            await LivingServer.Until(async () => (string)(await Contract(server, item))["state"]! == "stopped", $"the end of {item}");
            Assert.Equal(why, (string)(await Contract(server, item))["reason"]!);
        }
        Assert.Null((await server.Get("/v1/contracts"))["keptShare"]);
    }

    [Fact]
    public async Task A_reason_is_kept_whole_or_refused()
    {
        await using var server = await ContractTests.Shop("""{"impressions":100000,"hours":1,"budget":0}""");
        await ContractTests.Add(server, "new");
        await Started(server, "new");
        string why = new('y', 400);
        Assert.Contains("501 characters", await LivingServer.Problem(await server.Send(
            HttpMethod.Delete, $"/v1/items/new/contract?reason={new string('n', 501)}"), 400), StringComparison.Ordinal);
        var stopped = await LivingServer.Read(await server.Send(HttpMethod.Delete, $"/v1/items/new/contract?reason={why}"), 200);
        Assert.Equal($"A person stopped it: {why}", (string)stopped["reason"]!);
    }
}
