using Kindred.Simulation;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Experiments;

/// <summary>The same as <c>Kindred.Benchmarks guardrails</c>, whose weeks are longer.</summary>
public sealed class SimulatedWeeksTests
{
    [Fact]
    public async Task An_arm_that_loses_clicks_is_rolled_back_within_days_and_no_request_fails()
    {
        using var folder = new TemporaryFolder();
        await using var weeks = await SimulatedWeeks.StartAsync(folder.File("shop"), kept: 5, seed: 1);
        var outcome = await weeks.RunAsync(usersADay: 480, days: 14);
        Assert.Empty(outcome.Failed);
        Assert.StartsWith("Guardrail clicks of treatment: −", outcome.Reason, StringComparison.Ordinal);
        Assert.InRange(outcome.Hours, 2, 24 * 7);
        Assert.Contains($"Day {(outcome.Hours / 24) + 1}, ", outcome.Reason, StringComparison.Ordinal);
        Assert.Equal("rollBack", outcome.Verdict);
        Assert.True(outcome.LostClicks > 0);
        Assert.False(outcome.IsServedAfterwards);
    }
}
