using Kindred.OnlineExperiments.Estimation;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.Tests.OnlineExperiments;

/// <summary>Numbers that other programs publish in their own tests, to the digits they give.</summary>
public sealed class GoldenStatisticsTests
{
    private const double Digits = 5.1e-6; // half a unit of the fifth decimal

    private static readonly UnitSums B = Means(3461, 2422.7, 134698.29);

    private static EffectEstimate Effect(UnitSums a, UnitSums b, OnlineMetricKind kind = OnlineMetricKind.Mean, bool usesBefore = false) =>
        ArmComparison.Compare(a, b, kind, usesBefore);

    private static UnitSums Means(long n, double sum, double squares) => UnitSums.From(
        n, [sum, n, 0, n], new double[,] { { squares, sum, 0, sum }, { 0, n, 0, n }, { 0, 0, 0, 0 }, { 0, 0, 0, n } });

    private static UnitSums Proportion(long n, long with) => Means(n, with, with);

    /// <summary>gbstats, tests/frequentist/test_tests.py: TestTwoSidedTTest.</summary>
    [Fact]
    public void Welch_absolute_and_relative()
    {
        var effect = Effect(Means(3407, 1396.87, 52377.9767), B);
        Assert.Equal(.29, effect.Difference, 1e-9);
        Assert.Equal(.12478, effect.DifferenceError, Digits);
        Check(FixedHorizon.Interval(effect.Difference, effect.DifferenceError, effect.Degrees, .05), .04538, .53462, .02016);
        Assert.Equal((.70732, .37879), (Math.Round(effect.Lift, 5), Math.Round(effect.LiftError, 5)));
        Check(FixedHorizon.Interval(effect.Lift, effect.LiftError, effect.Degrees, .05), -.03526, 1.44989, .06191);
    }

    [Fact]
    public void Proportions_relative()
    {
        var effect = Effect(Proportion(28, 14), Proportion(30, 16), OnlineMetricKind.Proportion);
        Assert.Equal(.06667, effect.Lift, Digits);
        Check(FixedHorizon.Interval(effect.Lift, effect.LiftError, effect.Degrees, .05), -.47767, .61101, .80707);
    }

    /// <summary>TestSequentialTTest.</summary>
    [Fact]
    public void Confidence_sequences()
    {
        var effect = Effect(Means(3000, 1396.87, 52377.9767), B);
        Assert.Equal(.50336, effect.Lift, Digits);
        Check(ConfidenceSequence.Interval(effect.Lift, effect.LiftError, effect.Units, .05, 1000), -.55844, 1.56516, 1);
        var share = Effect(Proportion(3000, 1396), Proportion(3461, 2422), OnlineMetricKind.Proportion);
        Assert.Equal(.50386, share.Lift, Digits);
        Check(ConfidenceSequence.Interval(share.Lift, share.LiftError, share.Units, .05, 5000), .40098, .60675, 0);
    }

    /// <summary>The same with what units did before: post_pre_sum_of_products is 1.</summary>
    [Fact]
    public void Confidence_sequences_with_CUPED()
    {
        static UnitSums Sums(long n, double sum, double squares, double before, double beforeSquares) => UnitSums.From(
            n, [sum, n, before, n],
            new double[,] { { squares, sum, 1, sum }, { 0, n, before, n }, { 0, 0, beforeSquares, before }, { 0, 0, 0, n } });
        var effect = Effect(
            Sums(3000, 1396.87, 52377.9767, 16.87, 527.9767), Sums(3461, 2422.7, 134698.29, 22.7, 1348.29), usesBefore: true);
        // theirs counts the difference between the arms into θ, which tells in the last digit
        Assert.Equal(.50338, effect.Lift, 2e-5);
        Check(ConfidenceSequence.Interval(effect.Lift, effect.LiftError, effect.Units, .05, 5000), -.50969, 1.51646, 1, 2e-5);
    }

    [Fact]
    public void One_sided_tests()
    {
        var effect = Effect(Means(3000, 1396.87, 52377.9767), B);
        var relative = FixedHorizon.Interval(effect.Lift, effect.LiftError, effect.Degrees, .05, TestSides.Greater);
        var absolute = FixedHorizon.Interval(effect.Difference, effect.DifferenceError, effect.Degrees, .05, TestSides.Greater);
        Assert.Equal(-.0451366758503960, relative.Low, 1e-9);
        Assert.Equal(.0655826286846775, relative.PValue, 1e-9);
        Assert.Equal(.0207914800632557, absolute.Low, 1e-9);
        Assert.Equal(.0355427248987302, absolute.PValue, 1e-9);
        Assert.Equal(double.PositiveInfinity, relative.High);
        var less = FixedHorizon.Interval(-effect.Lift, effect.LiftError, effect.Degrees, .05, TestSides.Less);
        Assert.Equal(relative.Low, -less.High);
        Assert.Equal(relative.PValue, less.PValue, 1e-14);
    }

    [Fact]
    public void One_sided_confidence_sequences()
    {
        var effect = Effect(Means(3000, 1396.87, 52377.9767), B);
        var absolute = ConfidenceSequence.Interval(
            effect.Difference, effect.DifferenceError, effect.Units, .05, 5000, TestSides.Greater);
        Assert.Equal(-.1265684417, absolute.Low, 1e-9);
        // theirs is found by halving α with ρ set by each α; ours is the exact level with the ρ of .05
        Assert.Equal(.4631649, absolute.PValue, 2e-4);
        var relative = ConfidenceSequence.Interval(effect.Lift, effect.LiftError, effect.Units, .05, 5000, TestSides.Greater);
        Assert.Equal(-.4235645460, relative.Low, 1e-9);
    }

    /// <summary>test_two_sided_ttest_test_runs_ratio_ra: clicks by views with CUPED, 100 units an arm.</summary>
    [Fact]
    public void Ratios_with_CUPED()
    {
        UnitSums a = UnitSums.From(100, [485.112236689623, 679.9093275844917, 192.59138069991536, 290.1398399750233], new double[,]
        {
            { 2715.484666118136, 3602.146836776702, 1113.6215759318352, 1559.2878434944676 },
            { 0, 4939.424001640236, 1460.3181079276983, 2130.9404074446747 },
            { 0, 0, 460.076026390857, 634.239482353647 },
            { 0, 0, 0, 920.9461385038898 },
        });
        UnitSums b = UnitSums.From(100, [514.7757826608777, 705.4090874383759, 206.94157227402536, 302.54389139107326], new double[,]
        {
            { 2994.897482705013, 3918.1561431600717, 1237.0953021125997, 1701.0287270040265 },
            { 0, 5291.36604146392, 1604.0759503266522, 2292.081739775257 },
            { 0, 0, 514.2903702246757, 698.4173425817908 },
            { 0, 0, 0, 994.4506208125663 },
        });
        var effect = Effect(a, b, OnlineMetricKind.Ratio, usesBefore: true);
        Assert.Equal((-.0007, .00391), (Math.Round(effect.Lift, 5), Math.Round(effect.LiftError, 5)));
        Check(FixedHorizon.Interval(effect.Lift, effect.LiftError, effect.Degrees, .05), -.00841, .00700, .85771);
        Check(ConfidenceSequence.Interval(effect.Lift, effect.LiftError, effect.Units, .05, 5000), -.02063, .01923, 1);
    }

    /// <summary>test_gbstats.py: one dimension.</summary>
    [Fact]
    public void Welch_on_a_segment()
    {
        var effect = Effect(Means(120, 300, 869), Means(100, 270, 848.79));
        // theirs is b, the 120, against a, the 100
        var other = Effect(Means(100, 270, 848.79), Means(120, 300, 869));
        Assert.Equal(.08, effect.Lift, 1e-9);
        Assert.Equal(-.0740741, other.Lift, 5e-8);
        Assert.Equal(.0506570, other.LiftError, 5e-8);
        Assert.Equal(.1452190, FixedHorizon.Interval(other.Lift, other.LiftError, other.Degrees, .05).PValue, 5e-7);
    }

    /// <summary>Kohavi, Tang, Xu, "Trustworthy Online Controlled Experiments", 2020, ch. 3.</summary>
    [Fact]
    public void Sample_ratio()
    {
        var (chiSquared, p) = SampleRatio.Test([821_588, 815_482], [.5, .5]);
        Assert.Equal(22.774, chiSquared, 5e-4);
        Assert.Equal(1.82e-6, p, 5e-9);
    }

    /// <summary>spotify/confidence, tests/frequentist/test_bounds.py: running over the plan.</summary>
    [Fact]
    public void Group_sequential_levels_when_more_units_come_than_planned()
    {
        double[] fractions = [.. ((double[])[250, 450, 630, 810]).Select(units => units / 810)];
        double[] bounds = GroupSequential.Boundaries(fractions, .01, AlphaSpending.Quadratic);
        double[] levels = [.. bounds.Select(bound => 2 * Kindred.Numerics.Distributions.Normal.Survival(bound))];
        double[] expected = [.00095, .00241, .00410, .00636];
        for (int look = 0; look < levels.Length; look++) Assert.Equal(expected[look], levels[look], 1e-4);
    }

    private static void Check(ConfidenceInterval interval, double low, double high, double p, double tolerance = Digits)
    {
        Assert.Equal(low, interval.Low, tolerance);
        Assert.Equal(high, interval.High, tolerance);
        Assert.Equal(p, interval.PValue, tolerance);
    }
}
