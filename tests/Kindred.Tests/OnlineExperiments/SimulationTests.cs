using Kindred.Numerics;
using Kindred.OnlineExperiments.Estimation;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.Tests.OnlineExperiments;

/// <summary>Small versions of <c>bench experiments</c>: experiments without an effect, on users who differ as real ones do.</summary>
public sealed class SimulationTests
{
    private const int Runs = 400, Users = 2_000, Days = 28;

    private static readonly (double Clicks, double Views)[] Population = MakePopulation();

    /// <summary>Heavy-tailed activity, and a click rate of each user's own.</summary>
    private static (double, double)[] MakePopulation()
    {
        var rng = new Rng(17);
        var users = new (double, double)[20_000];
        for (int n = 0; n < users.Length; n++)
        {
            double views = Math.Ceiling(3 * Math.Exp(1.2 * rng.NextNormal())), rate = 1 / (1 + Math.Exp(1.5 - (1.5 * rng.NextNormal())));
            users[n] = (Math.Floor((views * rate) + rng.NextDouble()), views);
        }
        return users;
    }

    [Fact]
    public void A_fixed_horizon_raises_as_many_false_alarms_as_it_says_and_impressions_as_units_many_more()
    {
        var root = new Rng(23);
        double truth = Population.Sum(u => u.Clicks) / Population.Sum(u => u.Views);
        int alarms = 0, byImpressions = 0, covered = 0;
        for (int run = 0; run < Runs; run++)
        {
            var rng = root.Fork("run", run);
            UnitSums[] arms = [new(), new()];
            for (int n = 0; n < Users; n++)
            {
                var (clicks, views) = Population[rng.NextInt(Population.Length)];
                arms[rng.NextInt(2)].AddRatio(clicks, views);
            }
            var effect = ArmComparison.Compare(arms[0], arms[1], OnlineMetricKind.Ratio, usesBefore: false);
            if (FixedHorizon.Interval(effect.Difference, effect.DifferenceError, effect.Degrees, .05).PValue < .05) alarms++;
            double Naive(UnitSums arm) => effect.Control * (1 - effect.Control) / arm.Sum(1);
            if (Math.Abs(effect.Difference) > 1.96 * Math.Sqrt(Naive(arms[0]) + Naive(arms[1]))) byImpressions++;
            var one = ArmMeans.Of(arms[0], isSample: true);
            if (Math.Abs(one.Value - truth) <= 1.96 * Math.Sqrt(one.Variance(one.Gradient(1, 0)))) covered++;
        }
        Assert.InRange(alarms / (double)Runs, .02, .09); // .05 ± 3 standard errors
        Assert.True(covered / (double)Runs > .91, $"the interval of a ratio covers the truth in {covered} of {Runs}");
        Assert.True(byImpressions > 2 * alarms, $"{byImpressions} against {alarms}");
    }

    [Fact]
    public void Looking_daily_needs_a_sequence()
    {
        var root = new Rng(29);
        int bySequence = 0, byTest = 0;
        for (int run = 0; run < Runs; run++)
        {
            var rng = root.Fork("run", run);
            UnitSums[] arms = [new(), new()];
            bool sequence = false, test = false;
            for (int day = 0; day < Days; day++)
            {
                for (int n = 0; n < Users / Days; n++) arms[rng.NextInt(2)].Add(Population[rng.NextInt(Population.Length)].Clicks);
                var effect = ArmComparison.Compare(arms[0], arms[1], OnlineMetricKind.Mean, usesBefore: false);
                if (!effect.IsKnown) continue;
                var (d, e) = (effect.Difference, effect.DifferenceError);
                sequence |= ConfidenceSequence.Interval(d, e, effect.Units, .05, Users) is { Low: > 0 } or { High: < 0 };
                test |= FixedHorizon.Interval(d, e, effect.Degrees, .05).PValue < .05;
            }
            if (sequence) bySequence++;
            if (test) byTest++;
        }
        Assert.True(bySequence <= .05 * Runs, $"{bySequence} of {Runs}");
        Assert.True(byTest > .15 * Runs, $"{byTest} of {Runs}");
    }
}
