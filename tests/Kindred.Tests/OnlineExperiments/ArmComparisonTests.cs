using CsCheck;
using Kindred.Numerics;
using Kindred.OnlineExperiments.Estimation;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.Tests.OnlineExperiments;

public sealed class ArmComparisonTests
{
    [Fact]
    public void Sums_merge_in_any_parts()
    {
        Gen.Select(Gen.Double[-10, 10].Array[4].Array[1, 60], Gen.Int[0, 60]).Sample((units, cut) =>
        {
            UnitSums whole = new(), first = new(), second = new();
            for (int n = 0; n < units.Length; n++)
            {
                whole.Add(units[n].AsSpan());
                (n < cut ? first : second).Add(units[n].AsSpan());
            }
            second.Merge(first);
            Assert.Equal(whole.Count, second.Count);
            for (int a = 0; a < 4; a++)
            {
                Assert.Equal(whole.Sum(a), second.Sum(a), 1e-9);
                for (int b = 0; b < 4; b++)
                    if (units.Length > 1) Assert.Equal(whole.Covariance(a, b, true), second.Covariance(a, b, true), 1e-9);
            }
        });
    }

    [Fact]
    public void Replacing_a_unit_is_as_if_it_had_been_added_so()
    {
        UnitSums changed = new(), direct = new();
        changed.Add([1, 2, 3, 4]);
        changed.Add([5, 1, 0, 1]);
        changed.Replace([1, 2, 3, 4], [7, 3, 3, 4]);
        direct.Add([7, 3, 3, 4]);
        direct.Add([5, 1, 0, 1]);
        Assert.Equal(direct.Covariance(0, 1, true), changed.Covariance(0, 1, true), 1e-12);
        Assert.Equal((direct.Count, direct.Sum(0)), (changed.Count, changed.Sum(0)));
    }

    [Fact]
    public void CUPED_removes_the_square_of_the_correlation()
    {
        var rng = new Rng(7);
        UnitSums[] arms = [new(), new()];
        for (int n = 0; n < 40_000; n++)
        {
            double before = rng.NextNormal(), value = 3 + (.8 * before) + (.6 * rng.NextNormal()); // ρ = .8
            arms[n % 2].Add(value, before);
        }
        var effect = ArmComparison.Compare(arms[0], arms[1], OnlineMetricKind.Mean, usesBefore: true);
        Assert.Equal(.64, effect.VarianceReduction, .01);
        Assert.Equal(.8, effect.Theta, .02);
        Assert.True(Math.Abs(effect.Difference) < 4 * effect.DifferenceError);
        Assert.Equal(3, effect.Control, .05); // shown as measured
    }

    /// <summary>Strata that differ much, drawn in different shares by chance: the weighed estimate is nearer, and says so.</summary>
    [Fact]
    public void Strata_remove_what_they_explain()
    {
        var rng = new Rng(9);
        double plainSquares = 0, stratifiedSquares = 0, claimed = 0;
        const int Runs = 300;
        for (int run = 0; run < Runs; run++)
        {
            var strata = new (UnitSums, UnitSums)[3];
            for (int s = 0; s < 3; s++) strata[s] = (new(), new());
            UnitSums control = new(), treatment = new();
            for (int n = 0; n < 600; n++)
            {
                int s = rng.NextInt(3);
                double value = (5 * s) + rng.NextNormal() + 1;
                if (rng.NextInt(2) == 0) { strata[s].Item1.Add(value); control.Add(value); }
                else { strata[s].Item2.Add(value); treatment.Add(value); }
            }
            var plain = ArmComparison.Compare(control, treatment, OnlineMetricKind.Mean, usesBefore: false);
            var stratified = ArmComparison.Compare(strata, OnlineMetricKind.Mean, usesBefore: false);
            plainSquares += plain.Difference * plain.Difference;
            stratifiedSquares += stratified.Difference * stratified.Difference;
            claimed += stratified.DifferenceError * stratified.DifferenceError;
        }
        Assert.True(stratifiedSquares < .1 * plainSquares, $"{stratifiedSquares} against {plainSquares}");
        Assert.InRange(stratifiedSquares / claimed, .75, 1.3);
    }

    [Fact]
    public void Small_strata_are_merged_and_one_is_none()
    {
        UnitSums Sums(params double[] values) { var sums = new UnitSums(); foreach (double v in values) sums.Add(v); return sums; }
        var one = (Sums(1, 2, 3), Sums(2, 3, 4));
        var effect = ArmComparison.Compare([one, (Sums(9), Sums())], OnlineMetricKind.Mean, usesBefore: false);
        var whole = ArmComparison.Compare(Sums(1, 2, 3, 9), Sums(2, 3, 4), OnlineMetricKind.Mean, usesBefore: false);
        Assert.Equal(whole, effect);
    }

    [Fact]
    public void An_arm_without_units_or_without_spread_is_not_known()
    {
        var some = new UnitSums();
        foreach (double value in (double[])[1, 2]) some.Add(value);
        Assert.False(ArmComparison.Compare(new(), some, OnlineMetricKind.Mean, true).IsKnown);
        UnitSums zeros = new(), others = new();
        for (int n = 0; n < 50; n++) { zeros.Add(0); others.Add(0); }
        Assert.False(ArmComparison.Compare(zeros, others, OnlineMetricKind.Proportion, true).IsKnown);
    }

    /// <summary>p.adjust of R.</summary>
    [Fact]
    public void Several_goals_are_corrected()
    {
        double[] p = [.02, .03, .04, .005, double.NaN];
        double[] holm = MultipleTests.Adjusted(p, TestCorrection.Holm), rates = MultipleTests.Adjusted(p, TestCorrection.BenjaminiHochberg);
        double[] expectedHolm = [.06, .06, .06, .02], expectedRates = [.04, .04, .04, .02];
        for (int n = 0; n < 4; n++)
        {
            Assert.Equal(expectedHolm[n], holm[n], 1e-12);
            Assert.Equal(expectedRates[n], rates[n], 1e-12);
        }
        Assert.Equal((double.NaN, double.NaN), (holm[4], rates[4]));
    }

    [Fact]
    public void Arms_that_lose_units_are_found_at_once_or_later()
    {
        Assert.True(SampleRatio.Test([50_000, 48_500], [.5, .5]).PValue < .001); // 3 % lost
        Assert.Equal(double.NaN, SampleRatio.Test([5, 6], [.5, .5]).PValue);
        Assert.Equal(1, SampleRatio.Test([100, 300, 7], [.25, .75, 0]).PValue);
        double[] balanced = SampleRatio.SequentialPValues([[500, 500], [500, 500]], [.5, .5]);
        double[] lost = SampleRatio.SequentialPValues([[100, 900], [500, 500]], [.5, .5]);
        Assert.All(balanced, p => Assert.True(p > .05));
        Assert.All(lost, p => Assert.True(p < .001));
        Assert.Equal(1, SampleRatio.SequentialPValues([[0, 0]], [.5, .5])[0]);
    }

    /// <summary>The Bayes factor of two days is that of their sum: the order in which units came does not count.</summary>
    [Fact]
    public void A_sequential_ratio_depends_on_totals()
    {
        double twoDays = SampleRatio.SequentialPValues([[5_000, 4_000], [5_000, 5_000]], [.5, .5])[^1];
        double one = SampleRatio.SequentialPValues([[10_000, 9_000]], [.5, .5])[0];
        Assert.True(twoDays <= one + 1e-15);
    }

    /// <summary>10 units of 0 against 10 of 1: each mean's variance is 1/7 · 6/7 / 10.</summary>
    [Fact]
    public void Arms_without_variance_that_differ_have_the_variance_of_four_more_units()
    {
        UnitSums control = new(), treatment = new();
        for (int n = 0; n < 10; n++)
        {
            control.Add(0);
            treatment.Add(1);
        }
        var effect = ArmComparison.Compare(control, treatment, OnlineMetricKind.Proportion, usesBefore: false);
        Assert.True(effect.IsKnown);
        Assert.Equal(Math.Sqrt(2 * (6 / 49.0) / 10), effect.DifferenceError, 1e-12);
        Assert.Equal(18, effect.Degrees, 1e-9);
        Assert.False(ArmComparison.Compare(control, control, OnlineMetricKind.Proportion, usesBefore: false).IsKnown);
    }
}
