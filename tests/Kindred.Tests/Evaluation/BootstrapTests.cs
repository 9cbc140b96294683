using Kindred.Evaluation;
using Kindred.Numerics;

namespace Kindred.Tests.Evaluation;

public sealed class BootstrapTests
{
    [Fact]
    public void The_interval_of_a_fair_coin_is_that_of_the_binomial_distribution()
    {
        // 400 users, half of them 1: standard error sqrt(.25/400) = .025, so 95 % is .5 ± .049
        double[] coin = [.. Enumerable.Range(0, 400).Select(n => n % 2 == 0 ? 1.0 : 0)];
        var (low, high) = Bootstrap.Interval(Bootstrap.SortedMeans([coin], 4000, 1, 2, Cancellation)[0]);
        Assert.InRange(low, .451 - .006, .451 + .006);
        Assert.InRange(high, .549 - .006, .549 + .006);
    }

    [Fact]
    public void Intervals_cover_the_true_mean_about_as_often_as_they_say()
    {
        // 300 samples of 50 uniform values, true mean .5: 95 % ± 4 standard errors of 1.3 %, and percentile intervals are a little narrow
        int covered = 0;
        for (int sample = 0; sample < 300; sample++)
        {
            var rng = new Rng(9).Fork("sample", sample);
            double[] values = [.. Enumerable.Range(0, 50).Select(_ => rng.NextDouble())];
            var (low, high) = Bootstrap.Interval(Bootstrap.SortedMeans([values], 300, sample, 1, Cancellation)[0]);
            if (low <= .5 && .5 <= high) covered++;
        }
        Assert.InRange(covered / 300.0, .89, .99);
    }

    [Fact]
    public void Rows_share_their_draws()
    {
        double[] row = [.. Enumerable.Range(0, 77).Select(n => (double)n)];
        var means = Bootstrap.SortedMeans([row, [.. row.Select(value => 2 * value)]], 100, 3, 2, Cancellation);
        Assert.Equal(means[0].Select(mean => 2 * mean), means[1]);
    }

    [Fact]
    public void Equal_values_have_an_interval_without_width()
    {
        var (low, high) = Bootstrap.Interval(Bootstrap.SortedMeans([[.25, .25, .25]], 50, 0, 1, Cancellation)[0]);
        Assert.Equal((.25, .25), (low, high));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_at_any_number_of_workers_and_another_seed_others()
    {
        double[] values = [.. Enumerable.Range(0, 1001).Select(n => Math.Sin(n))];
        double[] Means(int seed, int workers) => Bootstrap.SortedMeans([values], 200, seed, workers, Cancellation)[0];
        Assert.Equal(Means(1, 1), Means(1, 2));
        Assert.Equal(Means(1, 1), Means(1, 4));
        Assert.NotEqual(Means(1, 1), Means(2, 1));
    }

    [Fact]
    public void Quantiles_lie_between_the_neighbouring_means_in_proportion()
    {
        // 41 values 0 … 40: position .025 · 40 = 1 and .975 · 40 = 39
        Assert.Equal((1, 39), Bootstrap.Interval([.. Enumerable.Range(0, 41).Select(n => (double)n)]));
        // 0, 10: position .025 and .975 of the way
        var (low, high) = Bootstrap.Interval([0, 10]);
        Assert.Equal(.25, low, 12);
        Assert.Equal(9.75, high, 12);
    }

    [Fact]
    public void Every_value_is_drawn_as_often_as_it_should_at_every_length()
    {
        for (int n = 1; n < 70; n++)
        {
            // All draws of a resample together are n, and on average every user is drawn once.
            double[] ones = [.. Enumerable.Repeat(1.0, n)];
            double[] last = [.. Enumerable.Range(0, n).Select(user => user == n - 1 ? n : 0.0)];
            var means = Bootstrap.SortedMeans([ones, last], 400, n, 1, Cancellation);
            Assert.All(means[0], mean => Assert.Equal(1, mean, 12));
            Assert.InRange(means[1].Average(), .8, 1.2); // four standard errors of a Poisson(1) count
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
