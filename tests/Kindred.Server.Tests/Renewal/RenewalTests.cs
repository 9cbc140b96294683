using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Server;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Snapshots;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Renewal;

/// <summary>Over HTTP, against the built program.</summary>
public sealed class RenewalTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_become_a_model_that_answers_and_can_be_rolled_back()
    {
        await using var server = await LivingServer.Start();
        await Set(server, """{"enabled": false, "model": "popularity"}""");
        await Send(server, 0, 1_000);
        var first = await Renew(server);
        Assert.True((bool)first["served"]!, first.ToJsonString());
        await Answers(server, (string)first["snapshot"]!);

        await Send(server, 1_000, 1_500);
        var second = await Renew(server);
        Assert.True((bool)second["served"]!, second.ToJsonString());
        await Answers(server, (string)second["snapshot"]!);
        var promotion = await server.Get($"/v1/snapshots/{second["snapshot"]}/promotion");
        Assert.Equal(("passed", 1_500, (string)first["snapshot"]!),
            ((string)promotion["verdict"]!, (int)promotion["sequence"]!, (string)promotion["against"]!));
        Assert.Equal(["promoted"], promotion["steps"]!.AsArray().Select(step => (string)step!["action"]!));

        var list = await server.Post("/v1/snapshots/rollback", """{"reason": "to see"}""");
        Assert.True((bool)list["isHeld"]!);
        await Answers(server, (string)first["snapshot"]!);

        // After a rollback a person decides.
        await Send(server, 1_500, 2_000);
        var third = await Renew(server);
        Assert.False((bool)third["served"]!);
        Assert.Contains("waits for a person", (string)third["reason"]!, StringComparison.Ordinal);
        await server.Post("/v1/snapshots/3/promote");
        await Answers(server, (string)third["snapshot"]!);
        Assert.False((bool)(await server.Get("/v1/snapshots"))["isHeld"]!);

        await LivingServer.Until(async () =>
        {
            string metrics = await server.Client.GetStringAsync("/metrics", Cancellation);
            return metrics.Contains("kindred_promotion_verdicts", StringComparison.Ordinal)
                && metrics.Contains("kindred_training_duration_seconds_count", StringComparison.Ordinal);
        }, "trainings and verdicts are measured");
        await server.Stop();
        await server.Restart();
        await Answers(server, (string)third["snapshot"]!);
    }

    [Fact]
    public async Task A_model_that_fails_the_gate_is_kept_and_not_served_unless_a_person_insists()
    {
        await using var server = await LivingServer.Start();
        await Set(server, """{"enabled": false, "model": "implicit-als:dimensions=2,epochs=1,regularization=1000"}""");
        await Send(server, 0, 20_000);
        var result = await Renew(server);
        Assert.Equal((false, true), ((bool)result["served"]!, result["snapshot"] is not null));
        Assert.StartsWith("It failed the gate", (string)result["reason"]!, StringComparison.Ordinal);
        var snapshot = (await server.Get("/v1/snapshots"))["snapshots"]![0]!;
        Assert.Equal(("failed", false), ((string)snapshot["verdict"]!, (bool)snapshot["isServed"]!));

        string id = (string)snapshot["id"]!;
        Assert.Contains("failed the gate", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, $"/v1/snapshots/{id}/promote", "{}"), 400), StringComparison.Ordinal);
        var (exitCode, _, error) = await LivingServer.Command("promote", "1", "--data", server.Folder);
        Assert.Equal((2, true), (exitCode, error.Contains("failed the gate", StringComparison.Ordinal)));
        await LivingServer.Succeed("promote", "1", "--anyway", "--data", server.Folder, "--reason", "to look at it");
        await Answers(server, id);
    }

    [Fact]
    public async Task It_trains_by_itself_once_there_are_enough_new_events()
    {
        await using var server = await LivingServer.StartRenewing();
        await Set(server, """{"afterEvents": 500, "model": "popularity"}""");
        await Send(server, 0, 499);
        await Send(server, 499, 600);
        await Answers(server, "000001");
        await LivingServer.Until(
            async () => (await LivingServer.Succeed("jobs", "--data", server.Folder)).Contains("succeeded", StringComparison.Ordinal),
            "the job, whose snapshot answers, has ended");
        Assert.Contains("answers", await LivingServer.Succeed("snapshots", "--data", server.Folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_that_was_published_by_hand_is_served_compared_with_kept_and_rolled_back_to()
    {
        using var folder = new TemporaryFolder();
        await using var server = await AnswerTests.Serving(folder);
        await Answers(server, "000001");
        var list = await server.Get("/v1/snapshots");
        string id = (string)list["served"]!;
        Assert.True((bool)Assert.Single(list["snapshots"]!.AsArray())!["isServed"]!);
        await Set(server, """{"enabled": false, "model": "popularity", "keep": 1, "policy": "never"}""");
        await Send(server, 0, 500);
        Assert.False((bool)(await Renew(server))["served"]!); // one more than is kept
        await Answers(server, id);
        await Set(server, """{"enabled": false, "model": "popularity", "keep": 1, "testDays": 3660}""");
        var result = await Renew(server);
        await server.Post($"/v1/snapshots/{result["snapshot"]}/promote", """{"anyway":true}""");
        await Answers(server, (string)result["snapshot"]!);
        Assert.Equal(id, (string)(await server.Get($"/v1/snapshots/{result["snapshot"]}/promotion"))["against"]!);
        await LivingServer.Succeed("rollback", "--data", server.Folder);
        await Answers(server, id);
    }

    /// <summary>While a model is trained, a person chooses another one: the gate has not compared with that.</summary>
    [Fact]
    public async Task The_gate_does_not_overrule_a_person()
    {
        await using var server = await LivingServer.Start();
        await using var store = await LivingFolder.Open(server.Folder).OpenStoreAsync(Cancellation);
        var shelf = new SnapshotShelf(LivingFolder.Open(server.Folder), store, TrainerCatalog.Default);
        await Set(server, """{"enabled": false, "model": "popularity"}""");
        await Send(server, 0, 500);
        await Renew(server);
        var before = await shelf.ServedAsync(Cancellation);
        await Set(server, """{"enabled": false, "model": "popularity", "policy": "ask"}""");
        await Send(server, 500, 600);
        await Renew(server);
        await Send(server, 600, 700);
        await Renew(server);
        await shelf.PromoteAsync("2", "a person", cancellation: Cancellation);
        var passed = shelf.Find("3").Promotion!;
        Assert.StartsWith("000002", (await shelf.PromoteAsync(passed, before, Cancellation)).Snapshot!, StringComparison.Ordinal);
        Assert.Empty(shelf.Find("3").Promotion!.Steps);
        var now = await shelf.ServedAsync(Cancellation);
        Assert.StartsWith("000003", (await shelf.PromoteAsync(passed, now, Cancellation)).Snapshot!, StringComparison.Ordinal);

        await shelf.RollBackAsync("a person", cancellation: Cancellation);
        Assert.True((await shelf.ServedAsync(Cancellation)).IsHeld);
        // to confirm what is served is to promote it
        Assert.False((await shelf.PromoteAsync("2", "a person", cancellation: Cancellation)).IsHeld);
    }

    [Fact]
    public async Task Snapshots_are_swapped_and_rolled_back_while_requests_run_and_none_fails()
    {
        await using var server = await LivingServer.Start();
        await Set(server, """{"enabled": false, "model": "popularity"}""");
        await Send(server, 0, 500);
        await Renew(server);
        await Send(server, 500, 1_000);
        await Renew(server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        int answered = 0;
        var clients = Enumerable.Range(0, 4).Select(client => Task.Run(async () =>
        {
            for (int n = 0; !stop.IsCancellationRequested; n++)
            {
                using var answer = await server.Send(HttpMethod.Get, $"/v1/users/{1 + ((n + client) % 20)}/recommendations");
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Interlocked.Increment(ref answered);
            }
        }, Cancellation)).ToArray();
        for (int swap = 0; swap < 20; swap++)
        {
            int before = answered;
            if (swap % 5 == 4) await server.Post("/v1/snapshots/rollback");
            else await server.Post($"/v1/snapshots/{1 + (swap % 2)}/promote");
            await LivingServer.Until(() => Task.FromResult(answered > before || clients.Any(client => client.IsFaulted)), "answers go on");
        }
        await stop.CancelAsync();
        await Task.WhenAll(clients);
    }

    [Fact]
    public async Task By_policy_a_model_waits_for_a_person()
    {
        await using var server = await LivingServer.Start();
        await Set(server, """{"enabled": false, "model": "popularity", "policy": "ask"}""");
        await Send(server, 0, 500);
        Assert.False((bool)(await Renew(server))["served"]!);
        await LivingServer.Succeed("promote", "1", "--data", server.Folder);
        await Answers(server, "000001");
    }

    [Fact]
    public async Task The_doctor_says_the_same_by_command_and_over_HTTP()
    {
        await using var server = await LivingServer.Start();
        Assert.Contains("no report yet", await LivingServer.Problem(
            await server.Send(HttpMethod.Get, "/v1/doctor"), 404), StringComparison.Ordinal);
        var (exitCode, _, error) = await LivingServer.Command("doctor", "--data", server.Folder);
        Assert.Equal((2, true), (exitCode, error.Contains("has no event to learn from yet", StringComparison.Ordinal)));
        await Send(server, 0, 3_000);
        string said = await LivingServer.Succeed("doctor", "--data", server.Folder);
        foreach (string word in (string[])["item-knn", "bias", "It predicts ratings", "what the others are compared with", "3,000 events"])
            Assert.Contains(word, said, StringComparison.Ordinal);
        var report = await server.Get("/v1/doctor");
        Assert.Equal(3_000, (int)report["events"]!);
        Assert.Equal(TrainerCatalog.Default.Entries.Count, report["models"]!.AsArray().Count);
        Assert.NotNull(report["models"]![0]!["canTrain"]);
    }

    [Fact]
    public async Task Too_few_events_are_no_model_and_no_failure()
    {
        await using var server = await LivingServer.Start();
        await Send(server, 0, 50);
        var result = await Renew(server);
        Assert.Equal("There are 50 events to learn from, and 100 are needed.", (string)result["reason"]!);
        Assert.Null(result["snapshot"]);
    }

    [Fact]
    public async Task Jobs_are_told_as_they_change()
    {
        await using var server = await LivingServer.Start();
        await Set(server, """{"enabled": false, "model": "popularity"}""");
        await Send(server, 0, 500);
        using var response = await server.Client.GetAsync("/v1/jobs/events", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
        await server.Post("/v1/jobs/renew", expected: 202);
        var states = new List<string>();
        while (!states.Contains("succeeded"))
        {
            string line = (await reader.ReadLineAsync(Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancellation))!;
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                states.AddRange(JsonNode.Parse(line[6..])!["jobs"]!.AsArray().Select(job => (string)job!["state"]!));
        }
        Assert.Equal("running", states[0]);
    }

    [Fact]
    public async Task What_cannot_be_used_is_refused_in_a_sentence()
    {
        await using var server = await LivingServer.Start();
        foreach (string setting in (string[])
            ["""{"model": "oracle"}""", """{"margin": 2}""", """{"policy": "hope"}""", """{"model": "popularity", "pipeline": {}}""",
                """{"keeep": 3}"""])
            await LivingServer.Problem(await server.Send(HttpMethod.Put, "/v1/settings/renewal", setting), 400);
        Assert.Equal("No snapshot was served before, so there is none to roll back to.", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/snapshots/rollback", "{}"), 400));
        Assert.StartsWith("There is no snapshot 7 in ", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/snapshots/7/promote", "{}"), 400), StringComparison.Ordinal);
        await LivingServer.Problem(await server.Send(HttpMethod.Get, "/v1/jobs/none"), 404);
    }

    [Fact]
    public async Task A_training_that_is_killed_leaves_nothing_behind_and_is_repeated()
    {
        await using var server = await LivingServer.Start();
        await Set(server, """{"enabled": false, "model": "implicit-als:epochs=30"}""");
        await Send(server, 0, 20_000);
        var random = new Random(18);
        for (int round = 0; round < 4; round++)
        {
            string id = (string)(await server.Post("/v1/jobs/renew", expected: 202))["id"]!;
            await Task.Delay(random.Next(100, 4_000), Cancellation); // any moment of its life
            KillTraining(server.Folder); // unless it has not begun or has ended
            await LivingServer.Until(
                async () => (string)(await server.Get($"/v1/jobs/{id}"))["state"]! is not ("waiting" or "running"), "the job ends");
            CheckSnapshots(server.Folder);
        }
        Assert.NotNull((await Renew(server))["snapshot"]);
        Assert.Empty(Directory.GetDirectories(Path.Combine(server.Folder, "jobs")));
        CheckSnapshots(server.Folder);
    }

    [Fact]
    public async Task The_training_ends_with_its_server_and_the_next_one_says_so()
    {
        await using var server = await LivingServer.Start();
        await Set(server, """{"enabled": false, "model": "implicit-als:epochs=200"}""");
        await Send(server, 0, 20_000);
        string id = (string)(await server.Post("/v1/jobs/renew", expected: 202))["id"]!;
        await LivingServer.Until(() => Task.FromResult(Trainings(server.Folder).Any()), "the training runs");
        using (var kill = Process.Start("kill", ["-9", $"{server.ProcessId}"])) await kill.WaitForExitAsync(Cancellation); // it alone
        await LivingServer.Until(() => Task.FromResult(!Trainings(server.Folder).Any()), "its training ends too");
        await server.Kill();
        await server.Restart();
        await LivingServer.Until(async () => (string)(await server.Get($"/v1/jobs/{id}"))["state"]! == "failed", "the job is marked");
        CheckSnapshots(server.Folder);
    }

    // An event is new if no snapshot has learned it, not if there is another number of events.
    [Theory]
    [InlineData(99, 0, false)]
    [InlineData(100, 0, true)]
    [InlineData(1_999, 1_900, false)] // a tenth of what was learned
    [InlineData(2_090, 1_900, true)]
    [InlineData(5_000, 5_000, false)]
    public void A_training_is_due_after_a_tenth_of_new_events(long events, long learned, bool due) =>
        Assert.Equal(due, RenewalService.Due(new(), events, learned, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch) is not null);

    [Fact]
    public void A_training_is_due_by_time_if_there_is_anything_new()
    {
        var then = DateTimeOffset.UnixEpoch;
        Assert.Null(RenewalService.Due(new(), 5_001, 5_000, then, then.AddHours(23)));
        Assert.NotNull(RenewalService.Due(new(), 5_001, 5_000, then, then.AddHours(24)));
        Assert.Null(RenewalService.Due(new(), 5_000, 5_000, then, then.AddHours(24)));
        Assert.Null(RenewalService.Due(new() { Enabled = false }, 9_000, 0, then, then.AddHours(24)));
        Assert.NotNull(RenewalService.Due(new() { AfterEvents = 1 }, 5_001, 5_000, then, then));
        Assert.Null(RenewalService.Due(new() { AfterEvents = 1 }, 5_001, 5_000, then, then, hasCanary: true));
    }

    /// <summary>Each has a verdict and can be opened; nothing else is there.</summary>
    private static void CheckSnapshots(string folder)
    {
        string snapshots = Path.Combine(folder, "snapshots");
        foreach (string path in Directory.GetDirectories(snapshots).Where(path => !Path.GetFileName(path).StartsWith('.')))
        {
            Snapshot.Open(path).Dispose();
            Assert.Equal(Path.GetFileName(path), Promotion.Read(path)?.Snapshot);
        }
    }

    private static IEnumerable<int> Trainings(string folder) => Directory.GetDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), out int process) ? process : 0).Where(process => process > 0
            && IsTraining(process, folder));

    private static bool IsTraining(int process, string folder)
    {
        try
        {
            string[] command = File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
            return command.Contains("renew") && command.Contains(folder);
        }
        catch (IOException)
        {
            return false; // it has ended
        }
    }

    private static bool KillTraining(string folder)
    {
        int[] trainings = [.. Trainings(folder)];
        foreach (int process in trainings)
        {
            using var kill = Process.Start("kill", ["-9", $"{process}"]);
            kill.WaitForExit();
        }
        return trainings.Length > 0;
    }

    internal static async Task Set(LivingServer server, string renewal)
    {
        var settings = JsonNode.Parse(renewal)!.AsObject();
        settings.TryAdd("mostMilliseconds", 60_000); // how fast this machine is just now is not tested
        await LivingServer.Read(await server.Send(HttpMethod.Put, "/v1/settings/renewal", settings.ToJsonString()), 200);
    }

    /// <summary>Trains, and waits for the end.</summary>
    /// <returns>What the job came to.</returns>
    internal static async Task<JsonObject> Renew(LivingServer server)
    {
        string id = (string)(await server.Post("/v1/jobs/renew", expected: 202))["id"]!;
        JsonObject job = [];
        await LivingServer.Until(
            async () => (string)(job = await server.Get($"/v1/jobs/{id}"))["state"]! != "running", "the training ends", seconds: 120);
        Assert.True((string)job["state"]! == "succeeded", job.ToJsonString());
        return job["detail"]!.AsObject();
    }

    internal static Task Answers(LivingServer server, string snapshot) => LivingServer.Until(async () =>
    {
        using var response = await server.Send(HttpMethod.Get, "/v1/users/1/recommendations");
        string body = await response.Content.ReadAsStringAsync(Cancellation);
        return body.Contains($"\"snapshot\":\"{snapshot}", StringComparison.Ordinal);
    }, $"{snapshot} answers");

    internal static async Task Send(LivingServer server, int from, int to)
    {
        foreach (string[][] rows in Ratings.Value[from..to].Chunk(5_000))
        {
            await server.Post("/v1/events", new JsonArray([.. rows.Select(columns => new JsonObject
            {
                ["type"] = "rate", ["userId"] = columns[0], ["itemId"] = columns[1],
                ["time"] = DateTimeOffset.FromUnixTimeSeconds(long.Parse(columns[3], CultureInfo.InvariantCulture)).ToString("O"),
            })]).ToJsonString());
        }
    }

    private static readonly Lazy<string[][]> Ratings = new(() =>
    [
        .. File.ReadLines(Path.Combine(RealData.MovieLensSmall, "ratings.csv")).Skip(1).Select(line => line.Split(','))
            .OrderBy(columns => long.Parse(columns[3], CultureInfo.InvariantCulture)),
    ]);
}
