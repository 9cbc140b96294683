using Kindred.Models;
using Kindred.Numerics;
using Kindred.Tuning;

namespace Kindred.Tests.Tuning;

public sealed class ParzenDensityTests
{
    private static readonly OptionRange Unit = OptionRange.Parse("x", "0..1", typeof(double)),
    Three = OptionRange.Parse("c", "a|b|c", typeof(string));

    /// <summary>
    /// One point, .5, width 1 / (1 + 1) = .5. The bounds leave Φ(1) − Φ(−1) = .682689 of the kernel.
    /// p(.5) = (1 + φ(0) / .5 / .682689) / 2 = (1 + .797885 / .682689) / 2 = 1.084369
    /// p(0) = (1 + φ(1) / .5 / .682689) / 2 = (1 + .483941 / .682689) / 2 = .854438
    /// </summary>
    [Theory, InlineData(.5, 1.084369), InlineData(0, .854438), InlineData(1, .854438)]
    public void One_point_by_hand(double x, double density) =>
        Assert.Equal(density, Math.Exp(new ParzenDensity([Unit], [[.5]]).LogAt([x])), 1e-5);

    /// <summary>
    /// .2, .4, .6, .8: standard deviation √(.2 / 3) = .258199, quartiles .35 and .65, their distance / 1.34 = .223881;
    /// 1.059 · .223881 · 4^(−1/5) = .179680, less than the least width, 1 / 5 = .2. Kernels at .5: z = 1.5, .5, .5, 1.5.
    /// Shares within: Φ(4) − Φ(−1) = .841313 for .2 and .8, Φ(3) − Φ(−2) = .975900 for .4 and .6.
    /// p(.5) = (1 + 2·(φ(1.5) / .841313 + φ(.5) / .975900) / .2) / 5 = (1 + 10·(.129518 / .841313 + .352065 / .975900)) / 5 = 1.229413
    /// </summary>
    [Fact]
    public void Four_points_by_hand() =>
        Assert.Equal(1.229413, Math.Exp(new ParzenDensity([Unit], [[.2], [.4], [.6], [.8]]).LogAt([.5])), 1e-5);

    /// <summary>
    /// Points a, a, c with b = .2: p(a) = (1/3 + .8 + .8 + .1) / 4, p(b) = (1/3 + .1 + .1 + .1) / 4, p(c) = (1/3 + .1 + .1 + .8) / 4.
    /// </summary>
    [Theory, InlineData(0, .508333), InlineData(1, .158333), InlineData(2, .333333)]
    public void Choices_by_hand(double x, double probability) =>
        Assert.Equal(probability, Math.Exp(new ParzenDensity([Three], [[0], [0], [2]]).LogAt([x])), 1e-6);

    [Fact]
    public void It_sums_to_one_and_draws_what_it_says()
    {
        var density = new ParzenDensity([Unit, Three], [[.1, 0], [.15, 0], [.7, 2], [.9, 1], [.12, 0]]);
        var rng = new Rng(3);
        var drawn = Enumerable.Range(0, 20_000).Select(_ => density.Draw(rng)).CountBy(p => ((int)(p[0] * 10), (int)p[1])).ToDictionary();
        double sum = 0;
        for (int cell = 0; cell < 10; cell++)
        {
            for (int choice = 0; choice < 3; choice++)
            {
                double share = Enumerable.Range(0, 100).Sum(n => Math.Exp(density.LogAt([(cell + ((n + .5) / 100)) / 10, choice])) / 1000);
                sum += share;
                double tolerance = 5 * Math.Sqrt(share * (1 - share) / 20_000);
                Assert.Equal(share, drawn.GetValueOrDefault((cell, choice)) / 20_000.0, tolerance);
            }
        }
        Assert.Equal(1, sum, 1e-4);
    }

    [Theory, InlineData(0, .5), InlineData(1, .8413447), InlineData(-1.96, .0249979), InlineData(8, 1)]
    public void The_normal_distribution_is_that_of_the_tables(double z, double share) =>
        Assert.Equal(share, ParzenDensity.NormalShareBelow(z), 2e-7);
}
