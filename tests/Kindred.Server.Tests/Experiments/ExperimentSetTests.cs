using Kindred.Server.Experiments;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Experiments;

/// <summary>Who takes part where several experiments run.</summary>
public sealed class ExperimentSetTests
{
    private const string Gold = """
        {"experiment":{"name":"gold","eligibility":"user.plan = 'gold'","metrics":[{"name":"clicks"}]},"trigger":"always"}
        """;

    private const string All = """{"experiment":{"name":"all","metrics":[{"name":"clicks"}]},"trigger":"always"}""";

    private static LiveExperiment Running(string name, string? eligibility) => new(
        new() { Experiment = new() { Name = name, Eligibility = eligibility } }, ExperimentState.Running, DateTimeOffset.UnixEpoch)
    {
        StartedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void A_condition_that_does_not_fit_ends_its_own_experiment_alone_and_is_told_once_for_each_data()
    {
        (string, string)[] events = [("ann", "tea")];
        var data = Interactions.FromEvents(events, e => e);
        var told = new List<(string Name, string? Problem)>();
        var set = new ExperimentSet(
            new([Running("gold", "user.plan = 'gold'"), Running("all", null), Running("hours", "context.hour >= 0")]), null,
            (name, problem) => told.Add((name, problem)));
        for (int n = 0; n < 2; n++)
            Assert.Equal(["all", "hours"], set.For("ann", null, data, new() { Time = 7_200 }).Select(part => part.Experiment.Name));
        Assert.Contains("plan", set.ProblemOf("gold", data)!, StringComparison.Ordinal);
        Assert.Equal((null, null), (set.ProblemOf("all", data), set.ProblemOf("hours", data)));
        Assert.Equal<(string, string?)>([("gold", set.ProblemOf("gold", data)), ("hours", null)], told);
    }

    [Fact]
    public async Task A_condition_that_does_not_fit_is_logged_once_and_in_the_status()
    {
        await using var server = await LivingServer.Start(); // without a snapshot, the command has nothing to check a condition against
        using var folder = new TemporaryFolder();
        foreach (var (name, setup) in new[] { ("gold", Gold), ("all", All) })
        {
            string file = folder.File($"{name}.json");
            await File.WriteAllTextAsync(file, setup, LivingServer.Cancellation);
            await LivingServer.Succeed("experiment", "create", file, "--data", server.Folder);
            await LivingServer.Succeed("experiment", "start", name, "--data", server.Folder);
        }
        await LivingServer.Until(
            async () => await ExperimentShop.Ask(server, "ann", "all") is not null, "the other experiment continues");
        for (int n = 0; n < 5; n++) Assert.Null(await ExperimentShop.Ask(server, $"u{n}", "gold"));
        Assert.Contains("plan", (string)(await server.Get("/v1/experiments/gold"))["conditionProblem"]!, StringComparison.Ordinal);
        Assert.Null((await server.Get("/v1/experiments/all"))["conditionProblem"]);
        await LivingServer.Until(() => Task.FromResult(Told() > 0), "it is logged");
        Assert.Equal(1, Told());
        int Told() => server.Said.Split("Nobody takes part in experiment gold").Length - 1;
    }

    [Fact]
    public async Task A_condition_that_does_not_fit_the_served_snapshot_is_not_started_by_the_command()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ExperimentShop.Serving(folder);
        string file = folder.File("gold.json");
        await File.WriteAllTextAsync(file, Gold, LivingServer.Cancellation);
        await LivingServer.Succeed("experiment", "create", file, "--data", server.Folder);
        var (exitCode, _, error) = await LivingServer.Command("experiment", "start", "gold", "--data", server.Folder);
        Assert.Equal(2, exitCode);
        Assert.Contains("plan", error, StringComparison.Ordinal);
        Assert.Equal("created", (string)(await server.Get("/v1/experiments/gold"))["state"]!);
    }
}
