using System.Text.Json.Nodes;
using Kindred.ServerTests.Experiments;

namespace Kindred.ServerTests.Renewal;

/// <summary>The gate's last step over HTTP, against the built program: two trainings, a thousand visitors.</summary>
public sealed class CanaryServerTests
{
    private int _visitors;

    [Fact]
    public async Task A_harmful_snapshot_is_rejected_though_the_server_was_killed_and_a_good_one_is_promoted()
    {
        await using var server = await LivingServer.Start();
        await RenewalTests.Set(server, Renewal(shortestDays: 1));
        await RenewalTests.Send(server, 0, 1_000);
        var first = await RenewalTests.Renew(server);
        Assert.True((bool)first["served"]!, first.ToJsonString()); // nothing is served that it could be compared with
        string served = (string)first["snapshot"]!;
        await RenewalTests.Answers(server, served);

        // too few visitors by now: nobody waits for what cannot be told
        await RenewalTests.Send(server, 1_000, 1_400);
        var second = await RenewalTests.Renew(server);
        Assert.True((bool)second["served"]!, second.ToJsonString());
        served = (string)second["snapshot"]!;
        await RenewalTests.Answers(server, served);
        Assert.Equal("notAnswered", await Canary(server, served));
        Assert.Contains("not answered", await Models(server), StringComparison.Ordinal);

        await Visits(server, 130, _ => 1);
        await ExperimentShop.Click(server, "early", 1); // of a type that nobody has sent no canary starts
        await RenewalTests.Send(server, 1_400, 1_800);
        var third = await RenewalTests.Renew(server);
        Assert.Equal("It passed, and its canary runs: 5 % of the users get it.", (string)third["reason"]!);
        string harmful = (string)third["snapshot"]!, name = "canary-000003";
        var list = await server.Get("/v1/snapshots");
        Assert.Equal((served, name), ((string)list["served"]!, (string)list["snapshots"]![0]!["canary"]!));
        Assert.Contains("canary", await LivingServer.Succeed("snapshots", "--data", server.Folder), StringComparison.Ordinal);
        var arms = await Visits(server, 100, _ => 1);
        Assert.Contains(arms.Values, arm => arm == "canary");
        Assert.Contains(arms.Values, arm => arm is null);

        await server.Kill();
        await server.Restart();
        foreach (var (visitor, arm) in arms) Assert.Equal(arm, await ExperimentShop.Ask(server, visitor, name));
        for (int n = 0; (string)(await server.Get($"/v1/experiments/{name}"))["state"]! == "running"; n++)
        {
            Assert.True(n < 40, "The canary is not stopped.");
            await Visits(server, 100, arm => arm == "canary" ? 0 : 2);
        }
        await LivingServer.Until(async () => await Canary(server, harmful) == "failed", "the record says it");
        var rejected = (await server.Get("/v1/snapshots"))["snapshots"]![0]!;
        Assert.Equal(("failed", false, null), ((string)rejected["verdict"]!, (bool)rejected["isServed"]!, rejected["canary"]));
        Assert.StartsWith("Canary: Guardrail click of canary: −", (string)rejected["reason"]!, StringComparison.Ordinal);
        Assert.Equal(served, (string)(await server.Get("/v1/snapshots"))["served"]!);
        foreach (string visitor in arms.Keys)
            Assert.Equal(served, (string)(await server.Get($"/v1/users/{visitor}/recommendations"))["snapshot"]!);
        Assert.Single(await Audit(server), entry => entry == $"guardrails reject-snapshot {harmful}");
        Assert.Contains("Canary: Guardrail", await Models(server), StringComparison.Ordinal);

        await RenewalTests.Set(server, Renewal(shortestDays: .00001));
        await RenewalTests.Send(server, 1_800, 2_200);
        var fourth = await RenewalTests.Renew(server);
        string good = (string)fourth["snapshot"]!;
        for (int n = 0; (string)(await server.Get("/v1/snapshots"))["served"]! != good; n++)
        {
            Assert.True(n < 40, "It is not promoted.");
            await Visits(server, 100, _ => 1);
        }
        await RenewalTests.Answers(server, good);
        await LivingServer.Until(async () => await Canary(server, good) == "passed", "the record says it");
        Assert.Equal(["canary started", "promoted"], (await server.Get($"/v1/snapshots/{good}/promotion"))["steps"]!.AsArray()
            .Select(step => (string)step!["action"]!));
        Assert.Single(await Audit(server), entry => entry == $"gate promote-snapshot {good}");
    }

    /// <summary>Clicks are the guardrail, looked at ten times a second.</summary>
    private static string Renewal(double shortestDays) => FormattableString.Invariant($$"""
        {
          "enabled": false, "model": "popularity",
          "canary": {
            "fewestUsers": 5, "shortestDays": {{shortestDays:R}}, "longestDays": 7, "evaluateMinutes": 0.0016,
            "guardrails": [{ "name": "click", "margin": 0.4 }]
          }
        }
        """);

    /// <summary>Of visitors who never came before, each gets a list and clicks so often.</summary>
    /// <returns>Their arms; null: in no canary.</returns>
    private async Task<Dictionary<string, string?>> Visits(LivingServer server, int count, Func<string?, int> clicks)
    {
        var arms = new Dictionary<string, string?>();
        for (int n = 0; n < count; n++)
        {
            string visitor = $"v{_visitors++}";
            var answer = await server.Get($"/v1/users/{visitor}/recommendations");
            string? arm = (string?)answer["experiments"]?.AsArray().SingleOrDefault()?["arm"];
            arms[visitor] = arm;
            if (arm is not null && clicks(arm) is > 0 and var some) await ExperimentShop.Click(server, visitor, some + (n % 2));
        }
        return arms;
    }

    private static async Task<string?> Canary(LivingServer server, string snapshot) =>
        (string?)(await server.Get($"/v1/snapshots/{snapshot}/promotion"))["checks"]!.AsArray()
            .SingleOrDefault(check => (string)check!["name"]! == "canary")?["outcome"];

    private static Task<string> Models(LivingServer server) => server.Client.GetStringAsync("/models", LivingServer.Cancellation);

    private static async Task<string[]> Audit(LivingServer server) =>
        [.. (await server.Get("/v1/audit"))["entries"]!.AsArray().Select(e => $"{e!["actor"]} {e["action"]} {e["subject"]}")];
}
