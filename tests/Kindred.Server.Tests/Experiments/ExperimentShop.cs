using System.Text.Json.Nodes;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Experiments;

/// <summary>A server with a snapshot, two scenarios, and clients who click.</summary>
internal static class ExperimentShop
{
    private const string Scenarios = """
        {
          "short": {"sources": [{"kind": "model", "model": "item-knn"}], "rerank": [{"kind": "keep", "count": 1}]},
          "again": {"sources": [{"kind": "lastViewed"}], "seen": {"policy": "keep"}}
        }
        """;

    public static async Task<LivingServer> Serving(TemporaryFolder folder, string? store = null)
    {
        var server = await AnswerTests.Serving(folder, store);
        await AnswerTests.Put(server, "scenarios", Scenarios);
        await AnswerTests.Put(server, "events", """{"weights":{"click":1}}"""); // which nobody has sent yet
        return server;
    }

    /// <summary>Clicks are a guardrail of 10 %, looked at every 0.6 s.</summary>
    /// <param name="more">Members of the setup, each with a comma behind it.</param>
    public static string Setup(
        string name, string treatment = """{"scenario":"short"}""", string more = "", string experiment = "", string margin = "0.1") =>
        $$"""
        {
          {{more}}
          "experiment": {
            {{experiment}}
            "name": "{{name}}",
            "metrics": [
              { "name": "clicks", "source": "click", "role": "guardrail", "margin": {{margin}} },
              { "name": "latency", "kind": "ratio", "source": "latency", "denominator": "count:latency", "role": "secondary",
                "better": "lower" },
              { "name": "empty", "kind": "ratio", "source": "empty", "denominator": "count:empty", "role": "secondary", "better": "lower" }
            ],
            "design": { "plannedUnits": 400 }
          },
          "treatments": { "treatment": {{treatment}} },
          "evaluateMinutes": 0.01
        }
        """;

    public static async Task Start(LivingServer server, string setup)
    {
        var created = await server.Post("/v1/experiments", setup);
        Assert.Equal("created", (string)created["state"]!);
        Assert.Equal("running", (string)(await server.Post($"/v1/experiments/{(string)created["name"]!}/start"))["state"]!);
    }

    /// <returns>The user's arm; null: they are in no experiment of this name.</returns>
    public static string? ArmOf(JsonObject answer, string name) => (string?)answer["experiments"]?.AsArray()
        .SingleOrDefault(arm => (string)arm!["experiment"]! == name)?["arm"];

    public static async Task<string?> Ask(LivingServer server, string user, string name) =>
        ArmOf(await server.Get($"/v1/users/{user}/recommendations"), name);

    public static Task Click(LivingServer server, string user, int count) => server.Post("/v1/events",
        $"[{string.Join(',', Enumerable.Range(0, count).Select(n =>
            $$"""{"id":"{{user}}-{{n}}","type":"click","userId":"{{user}}","itemId":"tea"}"""))}]");

    /// <summary>Everything of a report that does not depend on the moment at which it was made.</summary>
    public static string Sums(JsonObject report)
    {
        var results = report["results"]!.AsArray().Select(result => result!["effect"]?.ToJsonString());
        return $"{report["arms"]!.ToJsonString()} {report["health"]!.ToJsonString()} {string.Join(' ', results)}";
    }
}
