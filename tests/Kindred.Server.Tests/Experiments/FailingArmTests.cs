using System.Text.Json.Nodes;
using Kindred.Tests.Support;
using static Kindred.ServerTests.Experiments.ExperimentShop;

namespace Kindred.ServerTests.Experiments;

/// <summary>An arm whose snapshot a server lacks: nobody takes part there, whatever arm they are in.</summary>
public sealed class FailingArmTests
{
    private const int Users = 30;

    [Fact]
    public async Task Users_of_an_arm_that_a_server_lacks_take_no_part_and_keep_the_arms_of_other_experiments()
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

        for (int n = 0; n < Users; n++)
        {
            var answer = await server.Get($"/v1/users/u{n}/recommendations");
            Assert.Null(ArmOf(answer, "older"));
            Assert.Equal(served, (string)answer["snapshot"]!);
            Assert.Equal(ArmOf(answer, "short") == "treatment" ? 1 : 5, answer["items"]!.AsArray().Count);
        }
        Assert.Equal(0, Units(await server.Get("/v1/experiments/older/report")).Values.Sum());
        Assert.Equal(Users, Units(await server.Get("/v1/experiments/short/report")).Values.Sum());
    }

    private static Dictionary<string, long> Units(JsonObject report) =>
        report["arms"]!.AsArray().ToDictionary(arm => (string)arm!["arm"]!, arm => (long)arm!["units"]!);
}
