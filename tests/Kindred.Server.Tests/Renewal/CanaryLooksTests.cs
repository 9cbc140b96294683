using Kindred.Numerics;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal.Gate;

namespace Kindred.ServerTests.Renewal;

/// <summary>
/// Canaries of simulated users, looked at again and again as users come in: how often harmless ones are rejected, and harmful ones
/// promoted.
/// </summary>
public sealed class CanaryLooksTests
{
    private const int Runs = 100, Looks = 30, UsersALook = 140; // of both arms
    private const double Nominal = .05;

    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private static readonly LiveExperiment Canary = new(new CanarySettings().SetupOf("000007", "click"), ExperimentState.Running, Start)
    {
        StartedAt = Start,
        Canary = new("000007", 1, 7, 1_000),
    };

    /// <summary>An A/A canary: about 2,100 users an arm in the end, whose clicks vary by 1.5 times their mean.</summary>
    [Fact]
    public void Harmless_ones_are_hardly_ever_rejected_and_most_pass()
    {
        var (rejected, passed) = Simulate(lift: 0);
        Assert.InRange(rejected, 0, Nominal * Runs);
        Assert.InRange(passed, .6 * Runs, Runs);
    }

    /// <summary>Nobody can tell those from acceptable ones: neither verdict is more frequent than its error allows.</summary>
    [Fact]
    public void Those_at_the_margin_hardly_ever_get_a_verdict()
    {
        var (rejected, passed) = Simulate(lift: -.2);
        Assert.InRange(rejected, 0, Nominal * Runs);
        Assert.InRange(passed, 0, Nominal * Runs);
    }

    [Fact]
    public void Harmful_ones_are_rejected()
    {
        var (rejected, passed) = Simulate(lift: -.6);
        Assert.InRange(rejected, .9 * Runs, Runs);
        Assert.InRange(passed, 0, Nominal * Runs);
    }

    /// <param name="lift">Of the clicks of the canary's users.</param>
    private static (int Rejected, int Passed) Simulate(double lift)
    {
        int rejected = 0, passed = 0;
        for (int run = 0; run < Runs; run++)
        {
            var outcome = Run(new Rng(7).Fork("canary", run), lift);
            if (outcome == Outcome.Failed) rejected++;
            if (outcome == Outcome.Passed) passed++;
        }
        return (rejected, passed);
    }

    private static Outcome? Run(Rng rng, double lift)
    {
        var experiment = Canary.Setup.Experiment;
        var sums = new EvaluatedSums(experiment);
        var units = new List<EvaluatedUnit>();
        for (int look = 1; look <= Looks; look++)
        {
            var now = Start.AddDays(7.0 * look / Looks);
            int day = Math.Min(6, Canary.DayOf(now));
            for (int n = 0; n < UsersALook; n++) units.Add(Visit(sums, rng, rng.NextInt(2), day, lift));
            var data = sums.ToData(day + 1, units);
            data.Start = Start;
            if (CanaryStep.Decide(Canary, ExperimentAnalysis.Read(experiment, data, now), now) is { } decided) return decided.Outcome;
        }
        return null;
    }

    private static EvaluatedUnit Visit(EvaluatedSums sums, Rng rng, int arm, int day, double lift)
    {
        var unit = new EvaluatedUnit(arm, 4);
        unit.Begin(new("canary", "", "", day, Start.AddDays(day)));
        unit.Enter();
        sums.Enter(unit);
        // log-normal appetite: clicks have a mean of 2 and a deviation of about 3
        double clicks = Poisson(rng, 2 * (arm == 1 ? 1 + lift : 1) * Math.Exp((1.02 * rng.NextNormal()) - .52));
        if (clicks > 0) sums.Change(unit, 0, day, isDenominator: false, isBefore: false, clicks);
        int answers = 1 + rng.NextInt(5);
        bool isEmpty = rng.NextDouble() < .005; // who gets nothing, gets nothing each time
        double slow = 20 * Math.Exp(.8 * rng.NextNormal());
        double[] values = [isEmpty ? 0 : answers, answers, slow * answers];
        for (int metric = 1; metric < 4; metric++)
        {
            sums.Change(unit, metric, day, isDenominator: true, isBefore: false, answers);
            if (values[metric - 1] > 0) sums.Change(unit, metric, day, isDenominator: false, isBefore: false, values[metric - 1]);
        }
        return unit;
    }

    private static int Poisson(Rng rng, double mean)
    {
        int count = 0;
        for (double left = Math.Exp(-Math.Min(mean, 500)), product = rng.NextDouble(); product > left; product *= rng.NextDouble()) count++;
        return count;
    }

    /// <summary>Of two users of each arm, 5 and 6 clicks and none look certain: such intervals hold for many units.</summary>
    [Fact]
    public void A_handful_of_users_shows_no_harm()
    {
        Assert.Null(ExperimentService.Breach(Canary, With(29)));
        Assert.Contains("Guardrail click", ExperimentService.Breach(Canary, With(30)), StringComparison.Ordinal);

        static OnlineExperimentReport With(long users) => new()
        {
            Experiment = Canary.Setup.Experiment,
            Created = Start,
            Days = 1,
            Verdict = ExperimentVerdict.Running,
            Summary = "",
            Verdicts = [],
            Health = [],
            Arms = [new("control", 500, .5), new("canary", users, .5)],
            Results = [new("canary", Canary.Setup.Experiment.Metrics[0], MetricOutcome.Worse) { Says = "worse." }],
        };
    }

    [Fact]
    public void Guardrails_share_the_chance_of_a_false_alarm() =>
        Assert.Equal(Nominal / 4, Canary.Setup.Experiment.Design.Alpha);
}
