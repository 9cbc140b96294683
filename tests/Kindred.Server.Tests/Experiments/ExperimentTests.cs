using System.Text.Json.Nodes;
using System.Xml.Linq;
using Kindred.Server.Experiments;
using Kindred.Tests.Support;
using static Kindred.ServerTests.Experiments.ExperimentShop;

namespace Kindred.ServerTests.Experiments;

/// <summary>Experiments of the built server over HTTP.</summary>
public sealed class ExperimentTests
{
    private static string[] ItemsOf(JsonNode answer) => [.. answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!)];

    private static string[] Users(int count, string prefix = "u") => [.. Enumerable.Range(0, count).Select(n => $"{prefix}{n}")];

    [Fact]
    public async Task From_created_to_stopped_with_an_entry_in_the_audit_log_for_each_step()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        Assert.Empty((await server.Get("/v1/experiments"))["experiments"]!.AsArray());
        Assert.Equal("There is no experiment 'short'; none was created.", await LivingServer.Problem(
            await server.Send(HttpMethod.Get, "/v1/experiments/short"), 404));
        await server.Post("/v1/experiments", Setup("short"));
        await server.Post("/v1/experiments", Setup("short", margin: "0.2")); // before its start it may be written again
        Assert.Null(await Ask(server, "u1", "short"));
        Assert.Contains("was not started", await LivingServer.Problem(
            await server.Send(HttpMethod.Get, "/v1/experiments/short/report"), 400), StringComparison.Ordinal);
        var started = await server.Post("/v1/experiments/short/start");
        Assert.Equal(("running", "short"), ((string)started["state"]!, (string)started["setup"]!["experiment"]!["salt"]!));

        // users of a treatment get its scenario, the others what there was before
        foreach (string user in Users(12))
        {
            var preview = await server.Get($"/v1/users/{user}/preview"); // what they will see, before they do
            var answer = await server.Get($"/v1/users/{user}/recommendations");
            string arm = ArmOf(answer, "short")!;
            Assert.Equal(arm, ArmOf(preview["answer"]!.AsObject(), "short"));
            Assert.Equal(ItemsOf(answer), ItemsOf(preview["answer"]!));
            Assert.Equal(arm == "treatment" ? 5 : null, preview["other"]?["items"]!.AsArray().Count); // beside it what others see
            Assert.Equal(arm == "treatment" ? 1 : 5, answer["items"]!.AsArray().Count);
            Assert.Equal(arm, await Ask(server, user, "short"));
        }
        Assert.Contains("only its traffic and its testers can be changed", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/experiments", Setup("short")), 400), StringComparison.Ordinal);
        Assert.Contains("runs already", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/experiments/short/start", "{}"), 400), StringComparison.Ordinal);
        var report = await server.Get("/v1/experiments/short/report");
        Assert.Equal(12, report["arms"]!.AsArray().Sum(arm => (long)arm!["units"]!));
        Assert.Equal("running", (string)report["verdict"]!);

        var stopped = await server.Post("/v1/experiments/short/stop", """{"reason":"A typo on the page."}""");
        Assert.Equal(("stopped", "A typo on the page."), ((string)stopped["state"]!, (string)stopped["stopReason"]!));
        var ended = await server.Get("/v1/experiments/short/report");
        Assert.Equal("undecided", (string)ended["verdict"]!);
        Assert.StartsWith("Stopped on ", (string)ended["summary"]!, StringComparison.Ordinal);
        Assert.EndsWith(" UTC. Nothing was decided by then.", (string)ended["summary"]!, StringComparison.Ordinal);
        foreach (string user in Users(12)) Assert.Null(await Ask(server, user, "short"));
        Assert.Contains("create another one", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/experiments/short/start", "{}"), 400), StringComparison.Ordinal);
        Assert.Equal(12, (await server.Get("/v1/experiments/short/report"))["arms"]!.AsArray().Sum(arm => (long)arm!["units"]!));
        var audit = (await server.Get("/v1/audit"))["entries"]!.AsArray().Where(entry => (string?)entry!["subject"] == "short").ToArray();
        Assert.Equal(
            ["stop-experiment", "start-experiment", "create-experiment", "create-experiment"],
            audit.Select(entry => (string)entry!["action"]!));
        Assert.Equal("A typo on the page.", (string)audit[0]!["detail"]!["reason"]!);
    }

    [Fact]
    public async Task The_report_is_the_page_of_analyze_where_a_page_is_asked_for()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        await Start(server, Setup("short"));
        foreach (string user in Users(20)) await Ask(server, user, "short");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/experiments/short/report");
        request.Headers.Accept.ParseAdd("text/html");
        using var response = await server.Client.SendAsync(request, LivingServer.Cancellation);
        string page = await response.Content.ReadAsStringAsync(LivingServer.Cancellation);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains("Does it work?", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_running_experiment_needs_stays_and_misspelled_events_are_not_waited_for()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        await server.Post("/v1/experiments", Setup("typo").Replace("\"click\"", "\"clik\"", StringComparison.Ordinal));
        await AnswerTests.View(server, "u1", "tea");
        Assert.Contains("asks for events of type 'clik', and there are none; there are click, view, and of answers", await
            LivingServer.Problem(await server.Send(HttpMethod.Post, "/v1/experiments/typo/start", "{}"), 400), StringComparison.Ordinal);
        await Start(server, Setup("short"));
        Assert.Contains("Experiment 'short' runs and needs the scenario 'short'", await LivingServer.Problem(
            await server.Send(HttpMethod.Put, "/v1/settings/scenarios", "{}"), 400), StringComparison.Ordinal);
        await server.Post("/v1/experiments/short/stop");
        await AnswerTests.Put(server, "scenarios", "{}");
    }

    [Theory]
    [InlineData("\"interleaved\": 1,", "$.interleaved: it must be true or false")]
    [InlineData("\"trigger\": \"allways\",", "$.trigger: it must be one of whenDifferent, always.")]
    [InlineData("\"scenario\": \"short\", \"nonsense\": 1,", "there is no such name")]
    [InlineData("\"evaluateMinutes\": 0, \"scenario\":null,", "cannot be read")]
    [InlineData("\"interleaved\": true, \"treatments2\": {},", "did you mean treatments")]
    [InlineData("\"interleaved\": true,", "is interleaved, so nothing watches the guardrail 'clicks'")]
    public async Task What_is_no_experiment_is_refused_with_a_sentence(string more, string sentence)
    {
        await using var server = await LivingServer.Start();
        Assert.Contains(sentence, await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/experiments", Setup("short", more: more)), 400), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"stopOnMismatch\": true", "nothing watches stopOnMismatch")]
    [InlineData("\"evaluateMinutes\": 5", "nothing watches evaluateMinutes")]
    public void What_an_interleaved_experiment_never_looks_at_is_refused(string member, string sentence)
    {
        string Order(string more) => $$"""
            {"experiment": {"name": "order"}, "treatments": {"treatment": {"scenario": "again"} }, "interleaved": true {{more}} }
            """;
        Assert.True(ExperimentSetup.Parse(Order("")).Interleaved);
        var refused = Assert.Throws<InputException>(() => ExperimentSetup.Parse(Order($", {member}")));
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interleaved_experiment_has_no_looks_in_between()
    {
        var refused = Assert.Throws<InputException>(() => ExperimentSetup.Parse("""
            {
              "experiment": {"name": "order", "design": {"kind": "groupSequential"}}, "interleaved": true,
              "treatments": {"treatment": {"scenario": "again"}}
            }
            """));
        Assert.Contains("use the design alwaysValid", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arms_that_cannot_be_served_are_refused_at_the_start()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        await server.Post("/v1/experiments", Setup("a", """{"scenario":"nowhere"}"""));
        Assert.Contains("There is no scenario 'nowhere'", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/experiments/a/start", "{}"), 400), StringComparison.Ordinal);
        await server.Post("/v1/experiments", Setup("b", """{"snapshot":"9"}"""));
        Assert.Contains("There is no snapshot 9", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/experiments/b/start", "{}"), 400), StringComparison.Ordinal);
        await Start(server, Setup("c"));
        await server.Post("/v1/experiments", Setup("d", """{"scenario":"again"}"""));
        Assert.Contains("change the same answers (scenario)", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/experiments/d/start", "{}"), 400), StringComparison.Ordinal);
        Assert.Contains("is what is served without the experiment", await LivingServer.Problem(await server.Send(
            HttpMethod.Post, "/v1/experiments", Setup("e", treatment: """{"scenario":"again"}, "control": {"scenario":"again"}""")), 400),
            StringComparison.Ordinal);
        Assert.Contains("has no treatment, so its answers never differ", await LivingServer.Problem(await server.Send(
            HttpMethod.Post, "/v1/experiments", """{"experiment":{"name":"f","metrics":[{"name":"clicks"}]}}"""), 400),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_are_exposed_when_the_arms_first_differ_for_them()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        // without an event the last viewed items are none, and popularity fills both lists up alike
        await Start(server, Setup("again", """{"scenario":"again"}"""));
        foreach (string user in Users(10)) await Ask(server, user, "again");
        long Units(JsonObject report) => report["arms"]!.AsArray().Sum(arm => (long)arm!["units"]!);
        Assert.Equal(0, Units(await server.Get("/v1/experiments/again/report")));
        foreach (string user in Users(4)) await AnswerTests.View(server, user, "tea");
        foreach (string user in Users(10)) Assert.NotNull(await Ask(server, user, "again"));
        Assert.Equal(4, Units(await server.Get("/v1/experiments/again/report")));
    }

    [Fact]
    public async Task Testers_get_their_arm_and_are_not_analyzed_and_a_ramp_moves_nobody()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        string Ramped(string traffic) => Setup("short", experiment: $$"""
            "traffic": {{traffic}}, "forced": {"tester-a": "treatment", "tester-b": "control"},
            """);
        await Start(server, Ramped("0.2"));
        Assert.Equal(("treatment", "control"), (await Ask(server, "tester-a", "short"), await Ask(server, "tester-b", "short")));
        var before = new Dictionary<string, string?>();
        foreach (string user in Users(40)) before[user] = await Ask(server, user, "short");
        long seen = before.Values.LongCount(arm => arm is not null);
        Assert.InRange(seen, 1, 25);
        Assert.Equal(seen, (await server.Get("/v1/experiments/short/report"))["arms"]!.AsArray().Sum(arm => (long)arm!["units"]!));
        Assert.Equal("running", (string)(await server.Post("/v1/experiments", Ramped("1")))["state"]!);
        foreach (string user in Users(40))
        {
            string? after = await Ask(server, user, "short");
            Assert.NotNull(after);
            if (before[user] is { } arm) Assert.Equal(arm, after);
        }
        Assert.Contains("can be raised only", await LivingServer.Problem(
            await server.Send(HttpMethod.Post, "/v1/experiments", Ramped("0.5")), 400), StringComparison.Ordinal);
        await AnswerTests.Put(server, "holdout", """{"share": 0.5}""");
        long held = 0;
        foreach (string user in Users(40)) if (await Ask(server, user, "short") is null) held++;
        Assert.InRange(held, 8, 32);
    }

    [Fact]
    public async Task A_session_that_signs_in_keeps_its_arm_and_its_clicks_count_once()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        await Start(server, Setup("short"));
        foreach (string user in Users(12)) await Ask(server, user, "short");
        for (int n = 0; n < 4; n++)
        {
            Assert.NotNull(await Ask(server, $"s{n}", "short"));
            await server.Post("/v1/events", $$"""{"id":"s{{n}}","type":"click","sessionId":"s{{n}}","itemId":"tea"}""");
        }
        double Clicks(JsonObject report) => report["results"]!.AsArray().Where(result => (string)result!["metric"]!["name"]! == "clicks")
            .Sum(result => Enumerable.Range(0, 2).Sum(arm => (double)result!["effect"]![arm == 0 ? "control" : "treatment"]!
                * (long)report["arms"]![arm]!["units"]!));
        Assert.Equal(4, Clicks(await server.Get("/v1/experiments/short/report")), 1e-9);
        for (int n = 0; n < 4; n++)
        {
            await server.Post($"/v1/users/s{n}/merge-into/m{n}");
            await server.Post("/v1/events", $$"""{"id":"m{{n}}","type":"click","userId":"m{{n}}","itemId":"tea"}""");
        }
        var report = await server.Get("/v1/experiments/short/report");
        Assert.Equal(16, report["arms"]!.AsArray().Sum(arm => (long)arm!["units"]!));
        Assert.Equal(8, Clicks(report), 1e-9);
        Assert.StartsWith("4 visitors signed in", (string)report["notes"]!.AsArray()[0]!, StringComparison.Ordinal);
    }

    /// <summary>Assignment needs no memory, and sums are what the store has: a kill loses neither.</summary>
    [Fact]
    public async Task After_a_kill_everyone_has_the_same_arm_and_the_sums_are_the_same()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        foreach (string user in Users(20)) await AnswerTests.View(server, user, "ham");
        await Start(server, Setup("short"));
        var arms = new Dictionary<string, string?>();
        foreach (string user in Users(60))
        {
            arms[user] = await Ask(server, user, "short");
            await Click(server, user, 1 + (user.Length % 3));
            if (arms.Count == 30) await server.Get("/v1/experiments/short/report"); // in two steps
        }
        string sums = Sums(await server.Get("/v1/experiments/short/report"));
        await server.Kill();
        await server.Restart();
        Assert.Equal(sums, Sums(await server.Get("/v1/experiments/short/report")));
        foreach (string user in Users(60)) Assert.Equal(arms[user], await Ask(server, user, "short"));
        Assert.Equal("running", (string)(await server.Get("/v1/experiments/short"))["state"]!);
        await Click(server, "u7", 9);
        Assert.NotEqual(sums, Sums(await server.Get("/v1/experiments/short/report")));
    }

    [Fact]
    public async Task A_snapshot_is_an_arm_beside_the_one_that_is_served()
    {
        using var folder = new TemporaryFolder();
        await using (await Serving(folder)) { } // a first snapshot
        await using var server = await Serving(folder);
        string[] ids = [.. (await server.Get("/v1/snapshots"))["snapshots"]!.AsArray().Select(snapshot => (string)snapshot!["id"]!)];
        Assert.Equal(2, ids.Length);
        string served = (string)(await server.Get("/v1/users/u0/recommendations"))["snapshot"]!, other = ids.Single(id => id != served);
        await Start(server, Setup("older", $$"""{"snapshot":"{{other}}"}""", """ "trigger": "always", """));
        await AnswerTests.View(server, "kim", "tea");
        var seen = new HashSet<string>();
        foreach (string user in Users(20).Append("kim"))
        {
            var answer = await server.Get($"/v1/users/{user}/recommendations");
            string arm = ArmOf(answer, "older")!;
            Assert.Equal(arm == "treatment" ? other : served, (string)answer["snapshot"]!);
            seen.Add(arm);
            if (user == "kim") Assert.Equal("cake", (string)answer["items"]![0]!["itemId"]!); // both know what just happened
        }
        Assert.Equal(2, seen.Count);

        // what is served now is not what control was at the start, which it stays, also after a kill
        await server.Post($"/v1/snapshots/{other}/promote", """{"anyway":true}""");
        Assert.Equal(served, (string)(await server.Get("/v1/experiments/older"))["controlSnapshot"]!);
        for (int start = 0; start < 2; start++)
        {
            foreach (string user in Users(20))
            {
                var answer = await server.Get($"/v1/users/{user}/recommendations");
                Assert.Equal(ArmOf(answer, "older") == "treatment" ? other : served, (string)answer["snapshot"]!);
            }
            await server.Kill();
            await server.Restart();
        }
        await server.Post("/v1/experiments/older/stop");
        foreach (string user in Users(20))
            Assert.Equal(other, (string)(await server.Get($"/v1/users/{user}/recommendations"))["snapshot"]!);
    }

    /// <summary>The chances of two lists say nothing of the list that two captains made of them.</summary>
    [Fact]
    public async Task An_interleaved_list_has_no_propensities()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        await AnswerTests.Put(server, "scenarios", """
            {"drawn": {
              "sources": [{"kind": "model", "model": "item-knn"}],
              "rerank": [{"kind": "epsilonGreedy", "count": 1, "among": 3, "share": 0.5}]
            } }
            """);
        Assert.NotNull((await server.Get("/v1/users/u1/recommendations?scenario=drawn"))["items"]![0]!["propensity"]);
        await Start(server, """
            {
              "experiment": {"name": "order", "metrics": [{"name": "clicks", "source": "click", "margin": 0.1}]},
              "treatments": {"treatment": {"scenario": "drawn"}}, "interleaved": true
            }
            """);
        var answer = await server.Get("/v1/users/u1/recommendations");
        Assert.Equal("interleaved", ArmOf(answer, "order"));
        Assert.All(answer["items"]!.AsArray(), item => Assert.Null(item!["propensity"]));
        await server.Post("/v1/events", $$"""
            {"type":"click","userId":"u1","itemId":"{{answer["items"]![0]!["itemId"]}}","requestId":"{{answer["requestId"]}}"}
            """);
        var page = await server.Get("/v1/attribution?type=click");
        var clicked = Assert.Single(page["events"]!.AsArray())!;
        Assert.Equal(("direct", null), ((string)clicked["rule"]!, clicked["propensity"]));
    }

    [Fact]
    public async Task An_interleaved_list_has_items_of_both_and_clicks_are_credited()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        foreach (string user in Users(12)) await AnswerTests.View(server, user, "tea");
        await Start(server, """
            {
              "experiment": {
                "name": "order", "metrics": [{"name": "clicks", "source": "click", "margin": 0.1}], "design": {"plannedUnits": 20}
              },
              "treatments": {"treatment": {"scenario": "again"}}, "interleaved": true
            }
            """);
        foreach (string user in Users(12))
        {
            var answer = await server.Get($"/v1/users/{user}/recommendations");
            Assert.Equal("interleaved", ArmOf(answer, "order"));
            string[] items = [.. answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!)];
            Assert.Distinct(items);
            Assert.Equal("tea", items.Single(item => item == "tea")); // which only the treatment proposes
            await server.Post("/v1/events", $$"""
                {"type":"click","userId":"{{user}}","itemId":"tea","requestId":"{{(string)answer["requestId"]!}}"}
                """);
        }
        var report = await server.Get("/v1/experiments/order/report");
        Assert.Equal((12, 12, 12, 0), ((int)report["answers"]!, (int)report["users"]!, (int)report["wins"]!, (int)report["losses"]!));
        Assert.Equal(1, (double)report["preference"]!);
        Assert.Equal("Users prefer treatment: 12 to 0 of 12 users.", (string)report["summary"]!);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/experiments/order/report");
        request.Headers.Accept.ParseAdd("text/html");
        using var response = await server.Client.SendAsync(request, LivingServer.Cancellation);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        string page = await response.Content.ReadAsStringAsync(LivingServer.Cancellation), file = folder.File("order.html");
        Assert.Contains("Users prefer treatment: 12 to 0 of 12 users.", XDocument.Parse(page).Root!.Value, StringComparison.Ordinal);
        await LivingServer.Succeed("experiment", "report", "order", "--html", file, "--data", server.Folder);
        Assert.Equal(page, await File.ReadAllTextAsync(file, LivingServer.Cancellation));
    }
}
