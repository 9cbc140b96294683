using Kindred.Comparison;
using Kindred.Evaluation;
using static Kindred.Tests.Evaluation.SignificanceTests;

namespace Kindred.Tests.Comparison;

public sealed class BacktestTests
{
    private static Leaderboard Board(int better) => Leaderboard.Of(
        [Report("popularity", 100, _ => 1), Report("model", 100, user => user < better ? 0 : 1)], "MRR@10", "popularity", 1,
        TestContext.Current.CancellationToken);

    [Fact]
    public void Means_and_spreads_have_the_values_computed_by_hand()
    {
        // MRR of the model: 1/2 + better / 200: .5, .6, .7. Mean .6, deviation .1.
        var backtest = Backtest.For([Board(0), Board(20), Board(40)]);
        Assert.Equal(["model", "popularity"], backtest.Rows.Select(row => row.Name));
        Assert.Equal([.5, .6, .7], backtest.Rows[0].Values.Select(v => Math.Round(v, 12)));
        Assert.Equal((.6, .1), (Math.Round(backtest.Rows[0].Mean, 12), Math.Round(backtest.Rows[0].Spread, 12)));
        Assert.Equal((.5, 0), (backtest.Rows[1].Mean, backtest.Rows[1].Spread));
        Assert.Equal((2, 0), (backtest.Rows[0].TimesBetter, backtest.Rows[0].TimesWorse));
        Assert.Equal(3, backtest.Cuts.Count);
    }

    [Fact]
    public void A_single_cut_has_no_spread() => Assert.Equal(0, Backtest.For([Board(20)]).Rows[0].Spread);
}
