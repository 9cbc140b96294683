using Kindred.Models;
using Kindred.Numerics;
using Kindred.Tuning;

namespace Kindred.Tests.Tuning;

public sealed class TreeParzenTests
{
    /// <summary>Everything is seeded, so the numbers are always the same: random search misses the top by .069, TPE by .025.</summary>
    [Fact]
    public void It_comes_closer_than_random_search_with_as_many_trials()
    {
        double Missed(TuningSampler sampler) =>
            Enumerable.Range(0, 20).Average(seed => 1 - Tuner.Run(Landscape.Options(sampler, 40, seed), Landscape.Hill).Best.Value!.Value);
        double tpe = Missed(TuningSampler.Tpe), random = Missed(TuningSampler.Random);
        Assert.True(tpe < .6 * random, $"TPE missed the top by {tpe}, random search by {random}");
    }

    /// <summary>15 % of 10 and of 14, rounded up; of equal ones the earlier are good; failed ones are never good.</summary>
    [Fact]
    public void The_best_are_good()
    {
        static TreeParzen.Seen[] Of(params double[] values) => [.. values.Select((value, n) => new TreeParzen.Seen([n], value))];
        double[] GoodOf(TreeParzen.Seen[] seen) => [.. TreeParzen.Split(seen).Good.Select(s => s.Point[0])];
        Assert.Equal([3, 1], GoodOf(Of(0, 5, 2, 9, 5, 1, 5, 0, 0, 0)));
        Assert.Equal([0, 1, 2], GoodOf(Of(new double[14])));
        Assert.Equal(
            [2], GoodOf(Of([.. Enumerable.Repeat(double.NegativeInfinity, 2), -3, .. Enumerable.Repeat(double.NegativeInfinity, 7)])));
        Assert.Equal(10, TreeParzen.Split(Of(new double[12])).Bad.Length);
    }

    /// <summary>
    /// Small models are best with regularization .001, large ones with .1, and all large ones are worse than the worst of the small ones:
    /// what is drawn for the large ones must still be near .1.
    /// </summary>
    [Fact]
    public void What_is_good_for_small_models_is_not_taken_over_to_large_ones()
    {
        var space = SearchSpace.Of<ImplicitAls>("dimensions", ("regularization", "0.0001..1:log"), ("dimensions", "16|64"));
        var rng = new Rng(5);
        TreeParzen.Seen[] seen = [.. Enumerable.Range(0, 60).Select(n =>
        {
            double[] point = [space.Ranges[0].Draw(rng), n % 2];
            double distance = Math.Abs(point[0] - Math.Log(n % 2 == 0 ? .001 : .1));
            return new TreeParzen.Seen(point, -distance - (100 * (n % 2)));
        })];
        double MedianFor(double dimensions)
        {
            double[] drawn = [.. Enumerable.Range(0, 400).Select(n => TreeParzen.Suggest(space, seen, new Rng((ulong)n)))
                .Where(p => p[1] == dimensions).Select(p => Math.Exp(p[0])).Order()];
            Assert.True(drawn.Length >= 20, $"only {drawn.Length} draws");
            return drawn[drawn.Length / 2];
        }
        Assert.InRange(MedianFor(0), .0003, .003);
        Assert.InRange(MedianFor(1), .03, .3);
    }

    [Fact]
    public void Too_few_trials_with_the_same_value_are_not_judged_by()
    {
        var space = SearchSpace.Of<ImplicitAls>("dimensions", ("regularization", "0.0001..1:log"), ("dimensions", "16|64"));
        TreeParzen.Seen[] seen = [.. Enumerable.Range(0, 20)
            .Select(n => new TreeParzen.Seen([Math.Log(.5), n < 4 ? 1 : 0], n < 4 ? 1 : 0))];
        double[] drawn = [.. Enumerable.Range(0, 200).Select(n => TreeParzen.Suggest(space, seen, new Rng((ulong)n))).Where(p => p[1] == 1)
            .Select(p => p[0])];
        Assert.InRange(drawn.Length, 50, 200);
        // uniform: 5 standard deviations of the mean of 50 would be 1.9
        Assert.Equal((Math.Log(.0001) + Math.Log(1)) / 2, drawn.Average(), .8);
    }
}
