using System.Text.Json.Nodes;
using Kindred.Tests.Support;
using static Kindred.ServerTests.Experiments.ExperimentShop;

namespace Kindred.ServerTests.Experiments;

/// <summary>An arm whose snapshot is gone: its users are answered by control, and counted as the others are.</summary>
public sealed class FailingArmTests
{
    private const int Users = 30;

    [Fact]
    public async Task Users_of_an_arm_that_cannot_answer_are_analyzed_and_keep_the_arms_of_other_experiments()
    {
        using var folder = new TemporaryFolder();
        await using (await Serving(folder)) { } // a first snapshot
        await using var server = await Serving(folder);
        string[] ids = [.. (await server.Get("/v1/snapshots"))["snapshots"]!.AsArray().Select(snapshot => (string)snapshot!["id"]!)];
        string served = (string)(await server.Get("/v1/users/u0/recommendations"))["snapshot"]!, other = ids.Single(id => id != served);
        await Start(server, Setup("older", $$"""{"snapshot":"{{other}}"}""").Replace("0.01", "60", StringComparison.Ordinal));
        await Start(server, Setup("short").Replace("0.01", "60", StringComparison.Ordinal));
        Assert.Equal(0, await server.Stop());
        Directory.Delete(Path.Combine(server.Folder, "snapshots", other), recursive: true);
        await server.Restart();

        var arms = new Dictionary<string, long> { ["control"] = 0, ["treatment"] = 0 };
        for (int n = 0; n < Users; n++)
        {
            var answer = await server.Get($"/v1/users/u{n}/recommendations");
            arms[ArmOf(answer, "older")!]++;
            Assert.Equal(served, (string)answer["snapshot"]!);
            Assert.Equal(ArmOf(answer, "short") == "treatment" ? 1 : 5, answer["items"]!.AsArray().Count);
        }
        Assert.All(arms.Values, units => Assert.True(units > 0));
        Assert.Equal(arms, Units(await server.Get("/v1/experiments/older/report")));
        Assert.Equal(Users, Units(await server.Get("/v1/experiments/short/report")).Values.Sum());
    }

    private static Dictionary<string, long> Units(JsonObject report) =>
        report["arms"]!.AsArray().ToDictionary(arm => (string)arm!["arm"]!, arm => (long)arm!["units"]!);
}
