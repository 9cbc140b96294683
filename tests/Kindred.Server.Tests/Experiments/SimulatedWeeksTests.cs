using Kindred.Simulation;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Experiments;

/// <summary>Days of simulated time, in seconds.</summary>
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
        var (before, after, rows) = await weeks.MonthLaterAsync();
        Assert.True(rows > 0);
        before["created"] = after["created"]!.DeepClone();
        Assert.Equal(before.ToJsonString(), after.ToJsonString());
    }

    [Theory]
    [InlineData("fixedHorizon"), InlineData("groupSequential")]
    public async Task An_experiment_is_stopped_at_the_end_of_its_design(string kind)
    {
        using var folder = new TemporaryFolder();
        await using var weeks = await SimulatedWeeks.StartAsync(
            folder.File("shop"), kept: 10, seed: 2, design: $$"""{ "kind": "{{kind}}", "days": 2 }""");
        var outcome = await weeks.RunAsync(usersADay: 96, days: 4);
        Assert.Empty(outcome.Failed);
        Assert.Equal("The design's 2 days are over; all traffic is control's.", outcome.Reason);
        Assert.InRange(outcome.Hours, 48, 49); // the hour's status may be read before it is stopped
        Assert.False(outcome.IsServedAfterwards);
    }
}
