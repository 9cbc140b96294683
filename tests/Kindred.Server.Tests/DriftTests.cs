using Kindred.Server.Telemetry;

namespace Kindred.ServerTests;

/// <summary>The population stability index over tenths of the training events.</summary>
public sealed class DriftTests
{
    // ten items of one event each: each is a tenth
    private static Drift.TenthsOf Even => Drift.TenthsOf.From([.. Enumerable.Repeat(1, 10)]);

    [Fact]
    public void The_same_shares_are_no_drift_and_newcomers_count_apart()
    {
        var part = Even.Compare([.. Enumerable.Range(0, 10), -1, -1]);
        Assert.Equal(0, part.Index!.Value, 12);
        Assert.Equal(2 / 12.0, part.Unknown, 12);
        Assert.Null(Even.Compare([-1]).Index);
    }

    [Fact]
    public void The_index_is_the_sum_of_differences_times_log_ratios()
    {
        // one tenth has twice its share, another one none: (.2 − .1) ln 2 + (.0001 − .1) ln .001
        var part = Even.Compare([0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Equal((.1 * Math.Log(2)) + ((1e-4 - .1) * Math.Log(1e-3)), part.Index!.Value, 12);
    }

    [Fact]
    public void The_most_popular_ones_fill_the_first_tenths()
    {
        var tenths = Drift.TenthsOf.From([1, 16, 1, 1, 1]); // 16 of 20 events: eight tenths in one
        Assert.Equal([8, 0, 8, 9, 9], tenths.Of);
        Assert.Equal([.8, 0, 0, 0, 0, 0, 0, 0, .1, .1], tenths.Shares.Select(share => Math.Round(share, 12)));
    }
}
