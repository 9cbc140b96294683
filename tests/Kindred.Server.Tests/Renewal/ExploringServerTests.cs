using System.Text.Json.Nodes;

namespace Kindred.ServerTests.Renewal;

/// <summary>Over HTTP, against the built program.</summary>
public sealed class ExploringServerTests
{
    /// <summary>A pipeline that explores logs how probable each place was; the log then judges what answered, and what comes.</summary>
    [Fact]
    public async Task What_a_server_draws_at_random_judges_snapshots_later()
    {
        await using var server = await LivingServer.Start();
        await RenewalTests.Set(server, """
            {
              "enabled": false,
              "pipeline": {
                "sources": [{ "kind": "model", "model": "popularity" }],
                "rerank": [{ "kind": "epsilonGreedy", "count": 1, "among": 4, "share": 0.4 }]
              }
            }
            """);
        await RenewalTests.Send(server, 0, 1_000);
        var first = await RenewalTests.Renew(server);
        await server.Post("/v1/snapshots/1/promote"); // few can be measured: a person decides
        await RenewalTests.Answers(server, (string)first["snapshot"]!);
        var firsts = new Dictionary<string, int>();
        var clicks = new JsonArray();
        for (int n = 0; n < 400; n++) // whom the snapshot does not know
        {
            var answer = await server.Get($"/v1/users/new{n}/recommendations?count=3");
            var item = answer["items"]![0]!;
            string id = (string)item["itemId"]!;
            firsts[id] = firsts.GetValueOrDefault(id) + 1;
            Assert.InRange((double)item["propensity"]!, .0999, .7001);
            if (n % 5 == 0)
            {
                clicks.Add(new JsonObject
                {
                    ["type"] = "click",
                    ["userId"] = $"new{n}",
                    ["itemId"] = id,
                    ["requestId"] = (string)answer["requestId"]!,
                });
            }
        }
        Assert.Equal(4, firsts.Count); // not the same draw for all of them
        Assert.InRange(firsts.Values.Max(), 230, 330); // 70 % of 400
        await server.Post("/v1/events", clicks.ToJsonString());
        await server.Get("/v1/attribution"); // the log is written
        var said = JsonNode.Parse(await LivingServer.Succeed("ope", "--data", server.Folder, "--json"))!;
        var report = said["reports"]![0]!;
        Assert.Equal((string)first["snapshot"]!, (string)report["policy"]!);
        int decisions = (int)report["decisions"]!;
        Assert.InRange(decisions, 400, 500); // those that waited for the snapshot too
        Assert.InRange((double)report["diagnostics"]!["meanWeight"]!, .85, 1.15);
        Assert.Equal(80.0 / decisions, (double)report["logged"]!["value"]!, 1e-9);
        Assert.StartsWith($"{first["snapshot"]} would have earned", (string)report["verdict"]!, StringComparison.Ordinal);
        string refusal = (await LivingServer.Command("ope", "--data", server.Folder, "--policy", "999")).Error;
        Assert.Contains("There is no snapshot 999", refusal, StringComparison.Ordinal);
        Assert.Contains("one of both", (await LivingServer.Command("ope", "log.csv", "--data", server.Folder)).Error,
            StringComparison.Ordinal);

        // the gate asks the log about another configuration
        await RenewalTests.Set(server, """{"enabled": false, "model": "popularity:halfLifeDays=30"}""");
        await RenewalTests.Send(server, 1_000, 1_500);
        var second = await RenewalTests.Renew(server);
        var checks = (await server.Get($"/v1/snapshots/{second["snapshot"]}/promotion"))["checks"]!.AsArray();
        Assert.Contains(checks, check => (string)check!["name"]! == "estimate from the log of answers");
    }
}
