using System.Text.Json.Nodes;
using Kindred.Native.Tests.Import;
using Kindred.Server.ExposureContracts;
using Kindred.ServerTests.Experiments;
using Kindred.Store.Exposures;
using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>Exposure contracts of the built server over HTTP: each test needs settings of its own, so a server of its own.</summary>
public sealed class ContractTests
{
    private const int Known = 14;

    /// <summary>A shop with popular items and no model, and then the setting.</summary>
    internal static async Task<LivingServer> Shop(string setting)
    {
        var server = await LivingServer.Start();
        var items = Enumerable.Range(0, Known).Select(n => $$"""{"id":"old{{n}}","attributes":{"price":20} }""");
        await server.Post("/v1/items", $"[{string.Join(",", items)}]");
        var events = Enumerable.Range(0, 140).Select(n =>
            $$"""{"id":"e{{n}}","type":"view","userId":"v{{n}}","itemId":"old{{n % Known}}"}""");
        await server.Post("/v1/events", $"[{string.Join(",", events)}]");
        await LivingServer.Read(await server.Send(HttpMethod.Put, "/v1/settings/contracts", setting), 200);
        return server;
    }

    internal static Task<JsonObject> Add(LivingServer server, string id, string attributes = "{}") =>
        server.Post("/v1/items", $$"""{"id":"{{id}}","attributes":{{attributes}}}""");

    private static async Task<JsonArray> Ask(LivingServer server, int user, string more = "", int count = 10) =>
        (await server.Get($"/v1/users/u{user}/recommendations?count={count}{more}"))["items"]!.AsArray();

    /// <summary>In a shop of five items and a new one.</summary>
    private static async Task<bool> IsPlaced(LivingServer server, int user) =>
        (await Ask(server, user, count: 4)).Any(item => (string)item!["source"]! == "contract");

    private static async Task<JsonObject> Contract(LivingServer server, string item) => await server.Get($"/v1/items/{item}/contract");

    private static Exposure[] Log(LivingServer server) =>
        [.. new ExposureReader(Path.Combine(server.Folder, "exposures")).Read(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)];

    /// <summary>The ledger says what the log of answers says.</summary>
    private static async Task<JsonObject> LedgerThatAddsUp(LivingServer server)
    {
        var ledger = await server.Get("/v1/contracts");
        var log = Log(server);
        foreach (var contract in ledger["contracts"]!.AsArray())
        {
            string item = (string)contract!["itemId"]!;
            var placed = log.Where(answer => answer.Contract is { } placement
                && answer.Items[placement.Position].ItemId == item).ToArray();
            Assert.Equal(placed.Length, (long)contract["placed"]!);
            Assert.Equal(placed.Sum(answer => answer.Contract!.Value.Cost), (double)contract["spent"]!, 1e-9);
            Assert.All(placed, answer => Assert.InRange(answer.Contract!.Value.Position, 3, 9));
            Assert.All(placed, answer => Assert.Equal(("contract", true), (
                answer.Items[answer.Contract!.Value.Position].Source, answer.Items[answer.Contract!.Value.Position].Propensity < 1)));
        }
        var today = ledger["today"]!;
        Assert.True((double)today["spent"]! <= ((double)today["share"]! * (double)today["expectedClicks"]!) + 1e-9, today.ToJsonString());
        return ledger;
    }

    [Fact]
    public async Task New_items_get_their_impressions_and_the_ledger_adds_up_with_the_log()
    {
        await using var server = await Shop("""{"impressions":1,"hours":72,"budget":0.5}""");
        foreach (int n in Enumerable.Range(0, 6)) await Add(server, $"new{n}");
        await Add(server, "none", """{"contract":0}""");
        int user = 0;
        await LivingServer.Until(async () =>
        {
            foreach (int _ in Enumerable.Range(0, 10))
            {
                var items = await Ask(server, ++user);
                string[] ids = [.. items.Select(item => (string)item!["itemId"]!)];
                Assert.Equal(ids.Distinct(), ids);
                for (int place = 0; place < 3; place++) Assert.NotEqual("contract", (string)items[place]!["source"]!);
            }
            return (int)(await server.Get("/v1/contracts"))["states"]!["kept"]! == 6;
        }, "all new items had their impression");
        var ledger = await LedgerThatAddsUp(server);
        Assert.Equal((true, 1.0), ((bool)ledger["enabled"]!, (double)ledger["keptShare"]!));
        var contracts = ledger["contracts"]!.AsArray();
        Assert.Equal(
            Enumerable.Range(0, 6).Select(n => $"new{n}").ToHashSet(), contracts.Select(contract => (string)contract!["itemId"]!).ToHashSet());
        Assert.All(contracts, contract => Assert.True((long)contract!["given"]! >= 1 && contract["reason"] is not null));
        Assert.Contains("never had a contract", await LivingServer.Problem(
            await server.Send(HttpMethod.Get, "/v1/items/none/contract"), 404), StringComparison.Ordinal);
        foreach (string shop in (string[])[server.Folder, server.Client.BaseAddress!.ToString()])
        {
            string said = await LivingServer.Succeed("contracts", shop);
            Assert.Contains("Contracts: 6 kept. Promises kept: 100 %", said, StringComparison.Ordinal);
            Assert.Contains("new5", said, StringComparison.Ordinal);
        }
        var (exitCode, _, error) = await LivingServer.Command("contracts", $"{server.Folder}-not-there");
        Assert.Equal(2, exitCode);
        Assert.Contains("is not a living folder", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kill_loses_nothing_that_is_in_the_log()
    {
        await using var server = await Shop("""{"impressions":100000,"hours":1,"budget":1,"threshold":0.0001}""");
        await Add(server, "new");
        int user = 0;
        async Task AskUntil(int placed) => await LivingServer.Until(async () =>
        {
            foreach (int _ in Enumerable.Range(0, 20)) await Ask(server, ++user);
            return (long)(await Contract(server, "new"))["placed"]! >= placed;
        }, $"{placed} placements");
        await LivingServer.Until(async () =>
            (await server.Send(HttpMethod.Get, "/v1/items/new/contract")).IsSuccessStatusCode, "a contract");
        await AskUntil(10);
        foreach (int _ in Enumerable.Range(0, 40)) await Ask(server, ++user); // some are not saved when the process ends
        await server.Kill();
        await server.Restart();
        long after = (long)(await LedgerThatAddsUp(server))["contracts"]![0]!["placed"]!;
        Assert.True(after >= 10);
        await AskUntil((int)after + 5);
        await LedgerThatAddsUp(server);
        Assert.Equal("running", (string)(await Contract(server, "new"))["state"]!);
    }

    [Fact]
    public async Task An_item_that_is_not_clicked_is_hopeless_and_clicks_are_counted()
    {
        await using var server = await Shop("""{"impressions":1000000,"hours":0.5,"budget":1,"threshold":0.06}""");
        await Add(server, "dull");
        await Add(server, "fine");
        int user = 0;
        var clicked = new HashSet<int>();
        await LivingServer.Until(async () =>
        {
            foreach (int _ in Enumerable.Range(0, 20))
            {
                var answer = await server.Get($"/v1/users/u{++user}/recommendations?count=10");
                // not too often: what is expected of dull follows the rate of new items
                if (answer["items"]!.AsArray().All(item => (string)item!["itemId"]! != "fine") || user % 10 > 0) continue;
                clicked.Add(user);
                foreach (string type in (string[])["view", "buy"]) // one click
                    await server.Post("/v1/events", $$"""
                        {"type":"{{type}}","userId":"u{{user}}","itemId":"fine","requestId":"{{answer["requestId"]}}"}
                        """);
            }
            return clicked.Count > 0 && (double)(await Contract(server, "dull"))["chanceAboveThreshold"]! < .01;
        }, "the item is hardly worth more");
        var shown = await Contract(server, "dull");
        Assert.Equal("running", (string)shown["state"]!); // it had little of what was promised
        Assert.Null((await server.Get("/v1/contracts"))["keptShare"]);
        await LivingServer.Read(await server.Send(
            HttpMethod.Put, "/v1/items/dull/contract", $$"""{"impressions":{{4 * (long)shown["given"]!}}}"""), 200);
        await LivingServer.Until(async () =>
        {
            foreach (int _ in Enumerable.Range(0, 20)) await Ask(server, ++user);
            return (string)(await Contract(server, "dull"))["state"]! == "hopeless";
        }, "the item is hopeless");
        Assert.Equal(0, (double)(await server.Get("/v1/contracts"))["keptShare"]!);
        var dull = await Contract(server, "dull");
        Assert.Equal(0, (long)dull["clicks"]!);
        Assert.True((double)dull["chanceAboveThreshold"]! < .05);
        Assert.Contains("0 clicks, the chance that its rate is above 6.0 % is ", (string)dull["reason"]!, StringComparison.Ordinal);
        var fine = await Contract(server, "fine");
        Assert.Equal("running", (string)fine["state"]!);
        Assert.Equal(clicked.Count, (long)fine["clicks"]!);
        await LedgerThatAddsUp(server);

        var stopped = await LivingServer.Read(await server.Send(HttpMethod.Delete, "/v1/items/fine/contract?reason=Sold%20out."), 200);
        Assert.Equal(("stopped", "A person stopped it: Sold out."), ((string)stopped["state"]!, (string)stopped["reason"]!));
        long given = (long)stopped["placed"]!;
        foreach (int _ in Enumerable.Range(0, 20))
            Assert.DoesNotContain(await Ask(server, ++user), item => (string)item!["source"]! == "contract");
        Assert.Equal(given, (long)(await Contract(server, "fine"))["placed"]!);
        await LivingServer.Problem(await server.Send(HttpMethod.Delete, "/v1/items/fine/contract"), 404);
    }

    [Fact]
    public async Task What_is_expected_of_a_new_item_follows_the_shop()
    {
        await using var server = await Shop("""{"impressions":100000,"hours":1,"budget":0,"threshold":0.0001}""");
        await Add(server, "new");
        await LivingServer.Until(async () =>
            (await server.Send(HttpMethod.Get, "/v1/items/new/contract")).IsSuccessStatusCode, "a contract");
        int user = 0;
        async Task<double> Expected() => (double)(await Contract(server, "new"))["expected"]!;
        await LivingServer.Until(async () =>
        {
            foreach (int _ in Enumerable.Range(0, 10)) await Ask(server, ++user);
            return await Expected() < .03;
        }, "nobody clicks, so little is expected");
        await LivingServer.Until(async () =>
        {
            foreach (int _ in Enumerable.Range(0, 10))
            {
                var answer = await server.Get($"/v1/users/u{++user}/recommendations?count=10");
                foreach (var item in answer["items"]!.AsArray().Take(5)) await server.Post("/v1/events", $$"""
                    {"type":"view","userId":"u{{user}}","itemId":"{{item!["itemId"]}}","requestId":"{{answer["requestId"]}}"}
                    """);
            }
            return await Expected() > .15;
        }, "many click, so much is expected of a contract that began before");
    }

    [Fact]
    public async Task An_item_is_placed_before_the_same_user_so_often_and_not_once_more()
    {
        await using var server = await Shop("""{"impressions":100000,"hours":1,"budget":1,"threshold":0.0001,"perUser":2}""");
        await Add(server, "new");
        foreach (int user in (int[])[1, 2])
        {
            int placed = 0;
            await LivingServer.Until(async () =>
            {
                if ((await Ask(server, user)).Any(item => (string)item!["source"]! == "contract")) placed++;
                return placed == 2;
            }, $"two placements before user {user}");
        }
        await NoMorePlacements();
        await Contract(server, "new"); // what was given is saved
        await server.Kill();
        await server.Restart();
        await LivingServer.Until(async () => (await Ask(server, 3)).Any(item => (string)item!["source"]! == "contract"), "a placement");
        await NoMorePlacements();
        await LedgerThatAddsUp(server);

        async Task NoMorePlacements()
        {
            foreach (int n in Enumerable.Range(0, 40))
            {
                var items = await Ask(server, 1 + (n % 2));
                Assert.DoesNotContain(items, item => (string)item!["itemId"]! == "new");
                // nothing could be placed, so nothing was at random
                Assert.All(items, item => Assert.Equal(1, (double?)item!["propensity"] ?? 1));
            }
        }
    }

    [Fact]
    public async Task Hidden_seen_and_filtered_items_are_not_placed()
    {
        await using var server = await Shop("""{"impressions":100000,"hours":1,"budget":1,"threshold":0.0001}""");
        await Add(server, "new", """{"price":5}""");
        await LivingServer.Until(async () =>
            (await Ask(server, 0)).Any(item => (string)item!["source"]! == "contract"), "a placement");
        await server.Post("/v1/events", """{"type":"view","userId":"u1","itemId":"new"}""");
        foreach (int _ in Enumerable.Range(0, 20))
        {
            Assert.DoesNotContain(await Ask(server, 1), item => (string)item!["itemId"]! == "new");
            var dear = await Ask(server, 2, "&where=price%3E%3D10");
            Assert.Equal(10, dear.Count);
            Assert.DoesNotContain(dear, item => (string)item!["itemId"]! == "new");
        }
        await server.Post("/v1/items/new/hide");
        foreach (int _ in Enumerable.Range(0, 20)) Assert.DoesNotContain(await Ask(server, 3), item => (string)item!["itemId"]! == "new");
    }

    [Fact]
    public async Task Off_means_that_nothing_is_promised_and_bad_settings_are_refused()
    {
        await using var server = await LivingServer.Start();
        Assert.False((bool)(await server.Get("/v1/contracts"))["enabled"]!);
        await Add(server, "tea");
        Assert.Contains("Contracts are off", await LivingServer.Problem(
            await server.Send(HttpMethod.Put, "/v1/items/tea/contract", "{}"), 409), StringComparison.Ordinal);
        foreach (var (setting, says) in new[]
        {
            ("""{"impressions":0}""", "impressions must be 1 to 1000000, was 0."),
            ("""{"hours":0}""", "hours must be above 0 and at most 1440, was 0."),
            ("""{"budget":1.5}""", "budget must be 0 to 1, a share of the clicks, was 1.5."),
            ("""{"slots":[4]}""", "slots must be the first and the last place, 1 to 100, as [4, 10]; it is [4]."),
            ("""{"slots":[10,4]}""", "it is [10, 4]."),
            ("""{"perUser":0}""", "perUser must be 1 to 1000000, was 0."),
            ("""{"threshold":1}""", "threshold must be above 0 and below 1, was 1."),
            ("""{"slot":[4,10]}""", "cannot be read at $.slot"),
        })
            Assert.Contains(says, await LivingServer.Problem(
                await server.Send(HttpMethod.Put, "/v1/settings/contracts", setting), 400), StringComparison.Ordinal);
        var written = await LivingServer.Read(await server.Send(HttpMethod.Put, "/v1/settings/contracts", "{}"), 200);
        Assert.Equal((true, 200, 72.0, .02), (
            (bool)written["enabled"]!, (int)written["impressions"]!, (double)written["hours"]!, (double)written["budget"]!));
        Assert.NotNull(written["since"]);
        Assert.Contains("never had", await LivingServer.Problem(
            await server.Send(HttpMethod.Get, "/v1/items/tea/contract"), 404), StringComparison.Ordinal); // it was there before
        var promised = await LivingServer.Read(
            await server.Send(HttpMethod.Put, "/v1/items/tea/contract", """{"impressions":50,"hours":24}"""), 200);
        Assert.Equal((50, 24.0, false, "running"), (
            (int)promised["impressions"]!, (double)promised["hours"]!, (bool)promised["automatic"]!, (string)promised["state"]!));
        var changed = await LivingServer.Read(await server.Send(HttpMethod.Put, "/v1/items/tea/contract", """{"impressions":70}"""), 200);
        Assert.Equal(((long)promised["number"]!, 70), ((long)changed["number"]!, (int)changed["impressions"]!));
        Assert.Contains("hours must be", await LivingServer.Problem(
            await server.Send(HttpMethod.Put, "/v1/items/tea/contract", """{"hours":-1}"""), 400), StringComparison.Ordinal);
        Assert.Contains("There is no item 'jam'", await LivingServer.Problem(
            await server.Send(HttpMethod.Put, "/v1/items/jam/contract", "{}"), 404), StringComparison.Ordinal);
    }

    /// <summary>Both arms of an experiment are as they are without contracts.</summary>
    [Fact]
    public async Task Users_in_an_experiment_get_no_placement()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ExperimentShop.Serving(folder);
        await LivingServer.Read(await server.Send(
            HttpMethod.Put, "/v1/settings/contracts", """{"impressions":100000,"hours":1,"budget":1,"threshold":0.0001}"""), 200);
        await Add(server, "new");
        int user = 0;
        await LivingServer.Until(() => IsPlaced(server, ++user), "a placement");
        await ExperimentShop.Start(server, ExperimentShop.Setup("short"));
        foreach (int _ in Enumerable.Range(0, 40)) Assert.False(await IsPlaced(server, ++user));
    }

    [Fact]
    public async Task What_two_servers_give_adds_up()
    {
        await using var postgres = await PostgresServer.Start(LivingServer.Cancellation);
        using TemporaryFolder one = new(), two = new();
        await using var first = await AnswerTests.Serving(one, store: postgres.Address);
        await using var second = await AnswerTests.Serving(two, store: postgres.Address);
        await LivingServer.Read(await first.Send(
            HttpMethod.Put, "/v1/settings/contracts", """{"impressions":100000,"hours":1,"budget":1,"threshold":0.0001}"""), 200);
        await Add(first, "new");
        int user = 0;
        foreach (var server in (LivingServer[])[first, second])
            await LivingServer.Until(() => IsPlaced(server, ++user), "a placement by each server");
        foreach (int _ in Enumerable.Range(0, 20))
        {
            await IsPlaced(first, ++user);
            await IsPlaced(second, ++user);
        }
        await Contract(first, "new"); // each saves what it gave
        long placed = (long)(await Contract(second, "new"))["placed"]!;
        Assert.Equal(Log(first).Concat(Log(second)).Count(answer => answer.Contract is not null), placed);
        Assert.Equal(placed, (long)(await Contract(first, "new"))["placed"]!);
    }

    [Fact]
    public void Settings_are_read_back_as_they_were_written()
    {
        var settings = ContractSettings.Parse("""{"impressions":5,"threshold":0.5}""").At(DateTimeOffset.UnixEpoch);
        Assert.Equal(settings.ToJson(), ContractSettings.Parse(settings.ToJson()).ToJson());
        Assert.Equal(DateTimeOffset.UnixEpoch, settings.At(DateTimeOffset.MaxValue).Since); // a later change keeps it
    }
}
