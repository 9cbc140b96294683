using Kindred.Numerics.Distributions;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Estimation;

namespace Kindred.Tests.OnlineExperiments;

public sealed class SampleSizeTests
{
    /// <summary>G*Power, as spotify/confidence tests against it: a mean, effect .3, variance 100, power .85.</summary>
    [Fact]
    public void Means_need_what_GPower_says() => Assert.Equal(39_906, 2 * SampleSize.ForMeans(.3, 100, .05, .85));

    /// <summary>The same source: a proportion of .34, effect .003.</summary>
    [Theory]
    [InlineData(.05, .85, 897_348), InlineData(.14, .85, 630_710), InlineData(.14, .67, 366_424)]
    public void Proportions_need_what_GPower_says(double alpha, double power, double total) =>
        Assert.Equal(total, 2 * Math.Ceiling(SampleSize.ForProportions(.34, .003, alpha, power)));

    [Fact]
    public void A_large_effect_needs_more_up_than_down()
    {
        static double Total(double effect) => 2 * Math.Ceiling(SampleSize.ForProportions(.34, effect, .05, .85));
        Assert.Equal((738, 852), (Total(-.1), Total(.1)));
    }

    [Fact]
    public void Three_arms_of_which_one_has_half()
    {
        double quarter = SampleSize.ForProportions(.34, .003, .05, .85, ratio: 2);
        Assert.Equal((336_578, 673_157), (Math.Round(quarter), Math.Round(2 * quarter)));
        Assert.Equal(448_674, Math.Ceiling(SampleSize.ForProportions(.34, .003, .05, .85))); // all against all
    }

    /// <summary>evanmiller.org: 20 %, 5 points, 80 %, 5 %.</summary>
    [Fact]
    public void The_baselines_variance_gives_Evan_Millers_number() =>
        Assert.Equal(1_030, Math.Round(SampleSize.ForProportions(.2, .05, .05, .8, nullVariance: NullVariance.Baseline)));

    /// <summary>
    /// spotify/confidence, test_freqsamplesizecalculator.py, test_sample_size_1: two metrics, two treatments, α .01 over four tests, to the
    /// .1 % that they test.
    /// </summary>
    [Fact]
    public void Several_metrics_and_three_arms()
    {
        const double Alpha = .01 / 4;
        double p2 = .7 * 1.00617;
        double share = SampleSize.Total(.7 * .00617, .21, p2 * (1 - p2), .5, .2, Alpha, .8, TestSides.Greater);
        double mean = SampleSize.Total(4.56 * .01, 2.13, 2.13, .5, .2, Alpha, .8, TestSides.Greater);
        double balanced = SampleSize.Total(.7 * .00617, .21, p2 * (1 - p2), .5, .25, Alpha, .8, TestSides.Greater);
        Assert.Equal(1, share / 1_042_868, 1e-3);
        Assert.Equal(1, mean / 95_459, 1e-3);
        Assert.Equal(1, balanced / 894_863, 1e-3);
    }

    /// <summary>
    /// gbstats, test_midexperimentpower.py: 500 units an arm, means 1 and 1.05, an effect of 5 %: how many times as many more units give
    /// 80 % power. Theirs stops when the power is right to 1e-5.
    /// </summary>
    [Theory]
    [InlineData(false, 25.4570), InlineData(true, 55.6680)]
    public void Power_to_continue(bool isSequential, double expected)
    {
        var control = new Kindred.OnlineExperiments.Metrics.UnitSums();
        var treatment = new Kindred.OnlineExperiments.Metrics.UnitSums();
        double spread = Math.Sqrt(2); // Σ 500, Σ² 1,500 and Σ 525, Σ² 1,551.25
        for (int n = 0; n < 500; n++)
        {
            control.Add(1 + (n % 2 == 0 ? spread : -spread));
            treatment.Add(1.05 + (n % 2 == 0 ? spread : -spread));
        }
        var effect = ArmComparison.Compare(control, treatment, Kindred.OnlineExperiments.Metrics.OnlineMetricKind.Mean, usesBefore: false);
        double PowerWith(double factor)
        {
            long units = (long)Math.Round(1000 * (1 + factor));
            double width = isSequential ? ConfidenceSequence.HalfWidth(units, .05, 5000) : Normal.UpperQuantile(.025);
            return SampleSize.Power(.05, effect.LiftError / Math.Sqrt(1 + factor), width);
        }
        Assert.Equal(.8, PowerWith(expected), 2e-5);
    }

    [Fact]
    public void An_effect_that_is_found_with_80_percent_power_is_the_detectable_one()
    {
        double effect = SampleSize.DetectableEffect(.02, Normal.UpperQuantile(.025), .8);
        Assert.Equal(.8, SampleSize.Power(effect, .02, Normal.UpperQuantile(.025)), 1e-5);
        Assert.Equal(1_000, SampleSize.UnitsFor(effect, .02, 1_000, .05, .8));
    }
}
