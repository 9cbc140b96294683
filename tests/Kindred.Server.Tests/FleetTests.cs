using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Kindred.ServerTests.Experiments;
using Kindred.ServerTests.Renewal;

namespace Kindred.ServerTests;

/// <summary>Several servers are one service: over real HTTP, and through nginx.</summary>
public sealed class FleetTests(Fleet fleet) : IClassFixture<Fleet>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_snapshot_answers_on_all_servers_and_none_goes_back_to_the_one_before()
    {
        await fleet.One.Post("/v1/snapshots/2/promote");
        var seen = new[] { new List<string>(), [] };
        await LivingServer.Until(async () =>
        {
            for (int n = 0; n < 2; n++)
            {
                using var answer = await fleet.Both[n].Send(HttpMethod.Get, "/v1/users/nobody/recommendations");
                string named = Assert.Single(answer.Headers.GetValues("Kindred-Snapshot"));
                Assert.Equal(named, (string)(await LivingServer.Read(answer, 200))["snapshot"]!);
                seen[n].Add(named);
            }
            return seen.All(names => names.Count(name => name == fleet.Snapshots[1]) >= 5);
        }, "both answer from the other snapshot");
        foreach (var names in seen) Assert.Equal(names.Order(StringComparer.Ordinal), names);

        using var similar = await fleet.Two.Send(HttpMethod.Get, "/v1/items/tea/similar");
        Assert.Equal(fleet.Snapshots[1], Assert.Single(similar.Headers.GetValues("Kindred-Snapshot")));
        await fleet.Two.Post("/v1/snapshots/rollback");
        foreach (var server in fleet.Both)
            await LivingServer.Until(async () => await Fleet.SnapshotOf(server) == fleet.Snapshots[0], "both are back");
    }

    [Fact]
    public async Task A_user_gets_the_same_snapshot_from_both_while_some_get_another_one_and_when_all_do()
    {
        string[] users = [.. Enumerable.Range(0, 20).Select(n => $"roll-{n}")];
        string setup = ExperimentShop.Setup("rollout", $$"""{"snapshot":"{{fleet.Snapshots[1]}}"}""", """ "trigger": "always", """);
        await AnswerTests.View(fleet.One, "roll", "tea");
        await ExperimentShop.Start(fleet.One, setup.Replace("\"click\"", "\"view\"", StringComparison.Ordinal));
        await LivingServer.Until(
            async () => await ExperimentShop.Ask(fleet.Two, "roll-0", "rollout") is not null, "the other one knows it");
        var treated = new HashSet<string>();
        foreach (string user in users)
        {
            var (one, two) = (await SnapshotOf(fleet.One, user), await SnapshotOf(fleet.Two, user));
            Assert.Equal(one, two);
            if (one == fleet.Snapshots[1]) treated.Add(user);
        }
        Assert.InRange(treated.Count, 1, users.Length - 1);

        await fleet.Two.Post($"/v1/snapshots/{fleet.Snapshots[1]}/promote");
        await fleet.Two.Post("/v1/experiments/rollout/stop");
        await LivingServer.Until(async () =>
        {
            bool isDone = true;
            foreach (string user in users)
            {
                foreach (var server in fleet.Both)
                {
                    bool isNew = await SnapshotOf(server, user) == fleet.Snapshots[1];
                    Assert.True(isNew || !treated.Contains(user), $"{user} got the snapshot before again");
                    isDone &= isNew;
                }
            }
            return isDone;
        }, "it answers everyone");
        await fleet.One.Post("/v1/snapshots/1/promote");
        foreach (var server in fleet.Both)
            await LivingServer.Until(async () => await Fleet.SnapshotOf(server) == fleet.Snapshots[0], "the first one answers again");

        static async Task<string> SnapshotOf(LivingServer server, string user) =>
            (string)(await server.Get($"/v1/users/{user}/recommendations"))["snapshot"]!;
    }

    [Fact]
    public async Task A_snapshot_that_comes_to_be_seen_later_is_served_then()
    {
        // as on a network's file system, which shows the setting before the snapshot
        AnswerTests.Publish(fleet.SharedSnapshots);
        string late = Directory.GetDirectories(fleet.SharedSnapshots).Select(path => Path.GetFileName(path)!).Max(StringComparer.Ordinal)!;
        string path = Path.Combine(fleet.SharedSnapshots, late), hidden = Path.Combine(fleet.SharedSnapshots, ".away");
        Directory.Move(path, hidden);
        await fleet.Execute(
            $$"""UPDATE kindred.setting SET json = '{"snapshot":"{{late}}","previous":["{{fleet.Snapshots[0]}}"]}', """
            + "version = (SELECT value + 1 FROM kindred.counter WHERE name = 'version') WHERE name = 'serving';"
            + "UPDATE kindred.change SET version = (SELECT value + 1 FROM kindred.counter WHERE name = 'version') WHERE id = 'serving';"
            + "UPDATE kindred.counter SET value = value + 1 WHERE name = 'version'");
        foreach (var server in fleet.Both)
            await LivingServer.Until(() => Task.FromResult(server.Said.Contains("cannot be used", StringComparison.Ordinal)), "it is said");
        Assert.Equal(fleet.Snapshots[0], await Fleet.SnapshotOf(fleet.One));
        Directory.Move(hidden, path);
        foreach (var server in fleet.Both)
            await LivingServer.Until(async () => await Fleet.SnapshotOf(server) == late, "it answers");
        await fleet.One.Post("/v1/snapshots/1/promote");
        foreach (var server in fleet.Both)
            await LivingServer.Until(async () => await Fleet.SnapshotOf(server) == fleet.Snapshots[0], "the first one answers again");
    }

    [Fact]
    public async Task One_server_trains_at_a_time_into_the_folder_of_both()
    {
        await AnswerTests.Put(fleet.One, "renewal", """{"enabled":false,"policy":"never","model":"implicit-als:epochs=2000"}""");
        await RenewalTests.Send(fleet.One, 0, 5_000);
        string id = (string)(await fleet.One.Post("/v1/jobs/renew", expected: 202))["id"]!;
        Assert.Contains("being trained already", await LivingServer.Problem(
            await fleet.Two.Send(HttpMethod.Post, "/v1/jobs/renew", "{}"), 409), StringComparison.Ordinal);
        await fleet.One.Kill(); // its training ends with it
        await AnswerTests.Put(fleet.Two, "renewal", """{"enabled":false,"policy":"never","model":"popularity"}""");
        await fleet.One.Restart();
        await LivingServer.Until(async () => (string)(await fleet.Two.Get($"/v1/jobs/{id}"))["state"]! == "failed", "it is lost");
        var result = await RenewalTests.Renew(fleet.Two);
        string made = (string)result["snapshot"]!;
        var known = await fleet.One.Get("/v1/snapshots");
        Assert.Contains(made, known["snapshots"]!.AsArray().Select(snapshot => (string)snapshot!["id"]!));
    }

    [Fact]
    public async Task What_a_key_sent_to_one_server_counts_at_the_other()
    {
        await AnswerTests.Put(fleet.One, "limits", """{"requestsPerSecond":0.02,"burst":6}""");
        try
        {
            for (int n = 0; n < 6; n++) await fleet.One.Send(HttpMethod.Get, "/v1/items");
            await LivingServer.Until(async () =>
                (await fleet.One.Send(HttpMethod.Get, "/v1/items")).StatusCode == HttpStatusCode.TooManyRequests, "the limit holds");
            int allowed = 0;
            for (int n = 0; n < 6; n++)
            {
                if ((await fleet.Two.Send(HttpMethod.Get, "/v1/items")).IsSuccessStatusCode) allowed++;
                await Task.Delay(500, Cancellation); // what one server let through is known to the other one within this time
            }
            Assert.InRange(allowed, 0, 5); // alone it would let 6 through
        }
        finally
        {
            await fleet.Execute("DELETE FROM kindred.setting WHERE name = 'limits'; "
                + "UPDATE kindred.change SET version = (SELECT value + 1 FROM kindred.counter WHERE name = 'version') WHERE id = 'limits';"
                + "UPDATE kindred.counter SET value = value + 1 WHERE name = 'version'");
            foreach (var server in fleet.Both)
                await LivingServer.Until(async () => (await server.Send(HttpMethod.Get, "/v1/items")).IsSuccessStatusCode, "no limit");
        }
    }

    [Fact]
    public async Task An_event_without_id_and_time_that_is_sent_again_to_another_server_is_stored_once()
    {
        const string Body = """[{"type":"view","userId":"ida","itemId":"tea"},{"type":"view","userId":"ida","itemId":"tea"}]""";
        Assert.Equal((2, 0), await Post(fleet.One, "r1"));
        Assert.Equal((0, 2), await Post(fleet.Two, "r1"));
        Assert.Equal((2, 0), await Post(fleet.Two, "r2"));
        Assert.Equal(4, (await fleet.One.Get("/v1/users/ida/events"))["events"]!.AsArray().Count);

        async Task<(int Accepted, int Duplicates)> Post(LivingServer server, string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events")
            {
                Content = new StringContent(Body, Encoding.UTF8, "application/json"),
            };
            request.Headers.Add("Idempotency-Key", key);
            var answer = await LivingServer.Read(await server.Client.SendAsync(request, Cancellation), 200);
            return ((int)answer["accepted"]!, (int)answer["duplicates"]!);
        }
    }

    [Fact]
    public async Task A_store_that_hangs_takes_no_server_out_of_service()
    {
        // the lock that writers take turns by
        var hangs = fleet.Execute("SELECT pg_advisory_lock(7739838812307940385); SELECT pg_sleep(6)");
        Task<HttpResponseMessage> health;
        do health = fleet.One.Send(HttpMethod.Get, "/health");
        while (await Task.WhenAny(health, Task.Delay(500, Cancellation)) == health && !hangs.IsCompleted);
        var written = fleet.One.Send(HttpMethod.Post, "/v1/events", """{"type":"view","userId":"hal","itemId":"tea"}""");
        Assert.Equal("ready", (string)(await fleet.One.Get("/health/ready"))["status"]!);
        await fleet.One.Get("/v1/users/hal/recommendations");
        Assert.False(health.IsCompleted || written.IsCompleted);
        await hangs;
        Assert.True((await written).IsSuccessStatusCode);
        await health;
    }

    /// <summary>One is killed and comes back, then the other one is told to stop and comes back, all under load through nginx.</summary>
    [Fact]
    public async Task Servers_are_killed_leave_and_join_and_no_request_fails_and_no_event_is_lost_or_doubled()
    {
        using var nginx = await Nginx.Start(fleet.Ports);
        await using var load = new FleetLoad(nginx.Address, 8, "tea", "cake", "jam", "ham", "bread");
        await load.Grows();
        await fleet.One.Kill();
        await load.Grows();
        await fleet.One.Restart();
        await LivingServer.Until(async () =>
            (await fleet.One.Client.GetStringAsync("/metrics", LivingServer.Cancellation))
                .Contains("kindred_recommend_duration_seconds_count", StringComparison.Ordinal), "nginx sends questions to it again");
        Assert.Equal(0, await fleet.Two.Stop());
        await load.Grows();
        await fleet.Two.Restart();
        await load.Grows();
        var (failures, acknowledged) = await load.EndAsync();
        Assert.True(failures.Count == 0, $"{failures.Count} failed: {string.Join("; ", failures.Take(3))}\n{nginx.Log}");
        Assert.Equal(0, load.Cut);
        Assert.Equal(FleetLoad.Whole, await FleetLoad.MissingAsync(fleet.Two.Client, acknowledged));
    }
}
