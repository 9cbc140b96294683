using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

public sealed class RngTests
{
    [Fact]
    public void The_stream_is_part_of_the_contract()
    {
        // computed independently in Python from the published algorithms: SplitMix64 seeding of xoshiro256**, seed 42
        var rng = new Rng(42);
        Assert.Equal<ulong>([1546998764402558742, 6990951692964543102, 12544586762248559009],
            (ulong[])[rng.NextUInt64(), rng.NextUInt64(), rng.NextUInt64()]);
    }

    [Fact]
    public void Forks_depend_on_seed_name_and_numbers_but_not_on_what_was_drawn()
    {
        var rng = new Rng(1);
        ulong fork = rng.Fork("negatives", 3, 4).NextUInt64();
        rng.NextUInt64();
        Assert.Equal(fork, rng.Fork("negatives", 3, 4).NextUInt64());
        Assert.NotEqual(fork, rng.Fork("negatives", 4, 3).NextUInt64());
        Assert.NotEqual(fork, rng.Fork("negative", 3, 4).NextUInt64());
        Assert.NotEqual(fork, new Rng(2).Fork("negatives", 3, 4).NextUInt64());
    }

    [Fact]
    public void Integers_are_uniform()
    {
        var rng = new Rng(5);
        var counts = new int[7];
        for (int n = 0; n < 70_000; n++) counts[rng.NextInt(7)]++;
        // chi-squared with 6 degrees of freedom: above 22.5 once in a thousand, and the stream is fixed
        Assert.True(counts.Sum(c => Math.Pow(c - 10_000, 2) / 10_000) < 22.5);
    }

    [Fact]
    public void Normal_numbers_have_mean_0_and_variance_1()
    {
        var rng = new Rng(6);
        double[] draws = [.. Enumerable.Range(0, 100_000).Select(_ => rng.NextNormal())];
        Assert.Equal(0, draws.Average(), 0.01);
        Assert.Equal(1, draws.Average(d => d * d), 0.02);
    }

    [Theory]
    [InlineData(.3)]
    [InlineData(1)]
    [InlineData(7.5)]
    public void Gamma_numbers_have_their_shape_as_mean_and_as_variance(double shape)
    {
        var rng = new Rng(7);
        double[] draws = [.. Enumerable.Range(0, 100_000).Select(_ => rng.NextGamma(shape))];
        // standard errors: √(shape / n) and shape·√((2 + 6 / shape) / n); four of them
        Assert.Equal(shape, draws.Average(), 4 * Math.Sqrt(shape / 1e5));
        Assert.Equal(shape, draws.Average(d => (d - shape) * (d - shape)), 4 * shape * Math.Sqrt((2 + (6 / shape)) / 1e5));
    }

    [Fact]
    public void Unit_interval_and_shuffle()
    {
        var rng = new Rng(8);
        for (int n = 0; n < 1000; n++)
        {
            Assert.InRange(rng.NextFloat(), 0, 0.99999997f);
            Assert.InRange(rng.NextDouble(), 0, 0.9999999999999999);
        }
        int[] values = [.. Enumerable.Range(0, 100)];
        rng.Shuffle<int>(values);
        Assert.NotEqual(Enumerable.Range(0, 100), values);
        Assert.Equal(Enumerable.Range(0, 100), values.Order());
    }

    [Fact]
    public void An_empty_interval_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new Rng(1).NextInt(0));
}
