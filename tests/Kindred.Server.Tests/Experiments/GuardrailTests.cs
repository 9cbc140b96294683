using System.Net;
using Kindred.Native.Tests.Import;
using Kindred.Tests.Support;
using static Kindred.ServerTests.Experiments.ExperimentShop;

namespace Kindred.ServerTests.Experiments;

/// <summary>An arm that does harm, in a server under load: it is found and ended, and nobody's request fails.</summary>
public sealed class GuardrailTests
{
    [Fact]
    public async Task A_harmful_arm_is_rolled_back_under_load_and_no_request_fails()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Serving(folder);
        await Start(server, Setup("short"));
        var failed = await Load(server, "short", async () => (string)(await server.Get("/v1/experiments/short"))["state"]! == "stopped");
        Assert.Empty(failed);
        var stopped = await server.Get("/v1/experiments/short");
        string reason = (string)stopped["stopReason"]!;
        Assert.StartsWith("Guardrail clicks of treatment: −", reason, StringComparison.Ordinal);
        Assert.Contains("worse by more than the margin of 10.0 %. Day 1, ", reason, StringComparison.Ordinal);
        var entry = (await server.Get("/v1/audit"))["entries"]![0]!;
        Assert.Equal(("guardrails", "stop-experiment", reason),
            ((string)entry["actor"]!, (string)entry["action"]!, (string)entry["detail"]!["reason"]!));
        for (int n = 0; n < 20; n++)
        {
            var answer = await server.Get($"/v1/users/late{n}/recommendations");
            Assert.Equal((null, 5), (ArmOf(answer, "short"), answer["items"]!.AsArray().Count));
        }
        Assert.Equal("rollBack", (string)(await server.Get("/v1/experiments/short/report"))["verdict"]!);
        await LivingServer.Until(async () => (await (await server.Send(HttpMethod.Get, "/metrics")).Content.ReadAsStringAsync(
            LivingServer.Cancellation)).Contains("kindred_experiments_stopped", StringComparison.Ordinal), "the meter counts it");
    }

    [Fact]
    public async Task Servers_of_one_database_have_the_same_arms_and_sums_and_stop_together()
    {
        await using var postgres = await PostgresServer.Start(LivingServer.Cancellation);
        using TemporaryFolder one = new(), two = new();
        await using var first = await Serving(one, postgres.Address);
        await using var second = await AnswerTests.Serving(two, postgres.Address);
        await Start(first, Setup("short"));
        await LivingServer.Until(async () => await Ask(second, "u0", "short") is not null, "the other server knows the experiment");
        for (int n = 0; n < 20; n++)
        {
            string? arm = await Ask(first, $"u{n}", "short");
            Assert.NotNull(arm);
            Assert.Equal(arm, await Ask(second, $"u{n}", "short"));
            await Click(n % 2 == 0 ? first : second, $"u{n}", 1 + (n % 3));
        }
        for (int n = 20; n < 30; n++) await Ask(second, $"u{n}", "short");
        await LivingServer.Until(async () =>
        {
            string sums = Sums(await first.Get("/v1/experiments/short/report"));
            return sums == Sums(await second.Get("/v1/experiments/short/report")) && sums.Contains("\"units\"", StringComparison.Ordinal);
        }, "both servers have the same sums");
        var report = await first.Get("/v1/experiments/short/report");
        Assert.Equal(30, report["arms"]!.AsArray().Sum(arm => (long)arm!["units"]!));

        Assert.Empty(await Load(first, "short", async () => (string)(await second.Get("/v1/experiments/short"))["state"]! == "stopped"));
        await LivingServer.Until(async () => await Ask(first, "u0", "short") is null && await Ask(second, "u0", "short") is null,
            "both servers answer by control");
        var stops = (await first.Get("/v1/audit"))["entries"]!.AsArray().Where(e => (string)e!["action"]! == "stop-experiment");
        Assert.Single(stops); // whoever saw it first
    }

    /// <summary>Users of control click twice or more, those of the treatment hardly ever, until it is so.</summary>
    /// <returns>What was not answered as it should be.</returns>
    private static async Task<IReadOnlyCollection<string>> Load(LivingServer server, string name, Func<Task<bool>> isEnough)
    {
        var failed = new System.Collections.Concurrent.ConcurrentBag<string>();
        int user = 1_000;
        using var enough = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                string id = $"c{Interlocked.Increment(ref user)}";
                using var response = await server.Send(HttpMethod.Get, $"/v1/users/{id}/recommendations");
                if (response.StatusCode != HttpStatusCode.OK) failed.Add($"{id}: {response.StatusCode}");
                else
                {
                    string? arm = ArmOf(await LivingServer.Read(response, 200), name);
                    await Click(server, id, arm == "treatment" ? (id[^1] == '0' ? 1 : 0) : 1 + (id[^1] % 3));
                }
            }
        }))];
        await LivingServer.Until(isEnough, "the experiment is stopped");
        await enough.CancelAsync();
        await Task.WhenAll(clients);
        return failed;
    }
}
