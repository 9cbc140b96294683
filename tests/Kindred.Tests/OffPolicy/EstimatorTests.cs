using CsCheck;
using Kindred.OffPolicy;
using Kindred.OffPolicy.Estimators;

namespace Kindred.Tests.OffPolicy;

public sealed class EstimatorTests
{
    /// <summary>w = 2, .5, 4, 0; r = 1, 0, 1, 1; q̂ = .5, .25, .5, .5; Σ πe·q̂ = .5, .5, .75, .25.</summary>
    private static readonly WeightedSample Tiny = new(
        [2, .5, 4, 0], [1, 0, 1, 1], 1, new(null, 4), new([.5, .25, .5, .5], [.5, .5, .75, .25]));

    [Fact]
    public void Four_decisions_by_hand()
    {
        var model = Tiny.Predictions!;
        Assert.Equal(6.0 / 4, ImportanceSampling.InversePropensity(Tiny).Value, 1e-12);
        Assert.Equal(5.0 / 4, ImportanceSampling.InversePropensity(Tiny, clip: 3).Value, 1e-12);
        Assert.Equal(6 / 6.5, ImportanceSampling.SelfNormalized(Tiny).Value, 1e-12);
        Assert.Equal(2.0 / 3, ImportanceSampling.Replay(Tiny).Value, 1e-12); // three would have been shown, two were clicked
        Assert.Equal(2.0 / 4, DoublyRobust.DirectMethod(model).Value, 1e-12);
        Assert.Equal((2 + 1 - .125 + 2) / 4, DoublyRobust.Plain(Tiny, model).Value, 1e-12);
        Assert.Equal((2 + 1 - .125) / 4, DoublyRobust.Switch(Tiny, model, threshold: 2).Value, 1e-12);
        // λ = 2: weights 4/6, 1/2.25, 8/18, 0
        Assert.Equal(
            (2 + (4.0 / 6 * .5) - (1 / 2.25 * .25) + (8.0 / 18 * .5)) / 4, DoublyRobust.Shrunk(Tiny, model, lambda: 2).Value, 1e-12);
    }

    [Fact]
    public void The_standard_error_is_that_of_a_mean_and_of_clusters()
    {
        var alone = ImportanceSampling.InversePropensity(Tiny); // terms 2, 0, 4, 0: mean 1.5, squares around it 11
        Assert.Equal(Math.Sqrt(11 / 3.0 / 4), Tiny.Units.StandardError(alone.Influence), 1e-12);
        // two users of two decisions: sums around the mean −1 and 1
        Assert.Equal(Math.Sqrt(2 * 2.0) / 4, new Clusters([0, 0, 1, 1], 2).StandardError(alone.Influence), 1e-12);
        Assert.Equal(double.NaN, new Clusters([0, 0, 0, 0], 1).StandardError(alone.Influence));
    }

    private static readonly Gen<WeightedSample> Samples =
        from rows in Gen.Select(Gen.Double[0, 20], Gen.Double[-1, 1], Gen.Double[-1, 1], Gen.Double[-1, 1]).Array[2, 30]
        select new WeightedSample(
            [.. rows.Select(row => row.Item1)], [.. rows.Select(row => row.Item2)], 1, new(null, rows.Length),
            new([.. rows.Select(row => row.Item3)], [.. rows.Select(row => row.Item4)]));

    [Fact]
    public void Shrinkage_reaches_from_the_direct_method_to_the_doubly_robust_one() => Samples.Sample(sample =>
    {
        var model = sample.Predictions!;
        double direct = DoublyRobust.DirectMethod(model).Value, robust = DoublyRobust.Plain(sample, model).Value;
        Assert.Equal(direct, DoublyRobust.Shrunk(sample, model, 0).Value, 1e-12);
        Assert.Equal(robust, DoublyRobust.Shrunk(sample, model, double.PositiveInfinity).Value, 1e-12);
        Assert.Equal(robust, DoublyRobust.Shrunk(sample, model, 1e15).Value, 1e-9);
        Assert.Equal(robust, DoublyRobust.Switch(sample, model, double.PositiveInfinity).Value, 1e-12);
        if (sample.Weights.All(weight => weight > 0)) Assert.Equal(direct, DoublyRobust.Switch(sample, model, 0).Value, 1e-12);
        Assert.Equal(
            ImportanceSampling.InversePropensity(sample).Value,
            ImportanceSampling.InversePropensity(sample, sample.Weights.Max()).Value, 1e-12);
    });

    [Fact]
    public void A_self_normalized_value_is_never_beyond_the_rewards() => Samples.Sample(sample =>
    {
        double value = ImportanceSampling.SelfNormalized(sample).Value;
        if (sample.Weights.Sum() == 0) Assert.Equal(double.NaN, value);
        else Assert.InRange(value, sample.Rewards.Min() - 1e-12, sample.Rewards.Max() + 1e-12);
    });

    [Fact]
    public void Influences_have_the_mean_zero() => Samples.Sample(sample =>
    {
        foreach (var estimate in (Estimate[])
            [ImportanceSampling.InversePropensity(sample, 3), ImportanceSampling.SelfNormalized(sample), DoublyRobust.Plain(sample,
                sample.Predictions!)])
            Assert.Equal(0, estimate.Influence.Sum(), 1e-6);
    });

    [Fact]
    public void Slope_takes_the_last_estimate_that_agrees_with_all_before_it()
    {
        // widths 4, 2, 1: the second is within 2 + 1.449·4 of the first, the third not within 1 + 1.449·2 of the second
        Assert.Equal(1, Slope.Choose([(0, 4), (5, 2), (9, 1)]));
        Assert.Equal(2, Slope.Choose([(0, 4), (5, 2), (6, 1)]));
        Assert.Equal(0, Slope.Choose([(0, 1), (5, 1)]));
        Assert.Equal(0, Slope.Choose([(0, 1)]));
        Assert.Equal(0, Slope.Choose([(0, double.NaN), (0, double.NaN)]));
    }

    /// <summary>
    /// Lists of two positions, all that can be, each as often as the logging policy shows it in 16: its probabilities are ½, ¼ and ¼
    /// at both.
    /// The target's are ¼, ¼ and ½. So a mean over the lists is an expectation.
    /// </summary>
    [Fact]
    public void Values_of_lists_are_unbiased_where_their_assumption_holds()
    {
        double[] logging = [.5, .25, .25], target = [.25, .25, .5];
        double[] first = [.3, .1, .6];
        double Independent(int top, int below) => below == 2 ? .5 : .2;
        double Cascade(int top, int below) => Independent(top, below) * (top == 0 ? .5 : 1);
        var independent = Values((top, below) => first[top], Independent);
        Assert.Equal(independent.Truth, independent.Single, 1e-12);
        Assert.Equal(independent.Truth, independent.Prefix, 1e-12);
        Assert.Equal(independent.Truth, independent.Whole, 1e-12);
        var cascade = Values((top, below) => first[top], Cascade);
        Assert.NotEqual(cascade.Truth, cascade.Single, 3);
        Assert.Equal(cascade.Truth, cascade.Prefix, 1e-12);
        Assert.Equal(cascade.Truth, cascade.Whole, 1e-12);
        // what is below matters for the first position
        var any = Values((top, below) => first[top] * (below == 0 ? 2 : 1), Cascade);
        Assert.NotEqual(any.Truth, any.Single, 3);
        Assert.NotEqual(any.Truth, any.Prefix, 3);
        Assert.Equal(any.Truth, any.Whole, 1e-12);

        (double Truth, double Single, double Prefix, double Whole) Values(Func<int, int, double> top, Func<int, int, double> below)
        {
            List<double> weights = [], rewards = [];
            List<int> list = [], position = [];
            double truth = 0;
            int lists = 0;
            for (int a = 0; a < 3; a++)
            {
                for (int b = 0; b < 3; b++)
                {
                    truth += target[a] * target[b] * (top(a, b) + below(a, b));
                    for (int times = 0; times < (int)(16 * logging[a] * logging[b]); times++, lists++)
                    {
                        weights.AddRange([target[a] / logging[a], target[b] / logging[b]]);
                        rewards.AddRange([top(a, b), below(a, b)]);
                        list.AddRange([lists, lists]);
                        position.AddRange([1, 2]);
                    }
                }
            }
            Assert.Equal(16, lists);
            var index = ListIndex.Of([.. list], lists, [.. position], [.. Enumerable.Range(0, lists).Select(n => $"{n}")]);
            var sample = new WeightedSample([.. weights], [.. rewards], 2, new([.. list], lists), null);
            double Of(double[] by) => ImportanceSampling.InversePropensity(sample with { Weights = by }).Value;
            return (truth, Of(sample.Weights), Of(ListWeights.Prefixes(index, sample.Weights)), Of(ListWeights.Whole(index,
                sample.Weights)));
        }
    }
}
