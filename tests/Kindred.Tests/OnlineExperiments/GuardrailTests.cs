using Kindred.Evaluation.Metrics;
using Kindred.Numerics;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.Tests.OnlineExperiments;

/// <summary>Guardrails of rare events: few of them are noise, and many are not.</summary>
public sealed class GuardrailTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static OnlineExperiment Of(MetricDirection better, OnlineMetricRole role = OnlineMetricRole.Guardrail) => new()
    {
        Name = "ranker",
        Metrics = [new("purchases") { Kind = OnlineMetricKind.Proportion, Role = role, Better = better, Margin = .05 }],
    };

    private static ExperimentData Empty(OnlineExperiment experiment) => new(experiment, 1) { Start = Now };

    private static void Add(ExperimentData data, int arm, bool has)
    {
        data.Begin(arm, 0);
        data.Add(0, [has ? 1 : 0, 0]);
        data.End();
    }

    [Fact]
    public void A_guardrail_that_is_worse_shows_the_p_value_of_that()
    {
        var result = Result(Of(MetricDirection.Higher), 3_000, 90, 10);
        Assert.InRange(result.ShownPValue, 0, .05);
        Assert.True(result.Lift!.PValue > .4); // of being safe
        Assert.DoesNotContain("−1", Outcomes.Lift(result, -1.07).Replace("−100.0 %", "", StringComparison.Ordinal));
    }

    private static MetricResult Result(OnlineExperiment experiment, ExperimentData data) =>
        ExperimentAnalysis.Read(experiment, data, Now).Results[0];

    /// <param name="units">An arm.</param>
    private static MetricResult Result(OnlineExperiment experiment, int units, int control, int treatment)
    {
        var data = Empty(experiment);
        for (int n = 0; n < units; n++)
        {
            Add(data, 0, n < control);
            Add(data, 1, n < treatment);
        }
        return Result(experiment, data);
    }

    [Theory]
    [InlineData(20, 1, 0, MetricOutcome.Undecided)]
    [InlineData(200, 8, 1, MetricOutcome.Undecided)] // the delta method alone is 6.3 standard errors away from the margin
    [InlineData(3_000, 60, 0, MetricOutcome.Worse)]
    [InlineData(3_000, 90, 10, MetricOutcome.Worse)]
    public void Few_events_are_no_harm_and_many_lost_ones_are(int units, int control, int treatment, MetricOutcome expected)
    {
        var result = Result(Of(MetricDirection.Higher), units, control, treatment);
        Assert.Equal(expected, result.Outcome);
        Assert.Equal(expected == MetricOutcome.Worse, result.Lift!.High < -.05);
        Assert.True(result.Lift.Low < result.Effect!.Lift && result.Effect.Lift < result.Lift.High);
    }

    [Theory]
    [InlineData(MetricDirection.Higher), InlineData(MetricDirection.Lower)]
    public void A_goal_is_not_decided_by_one_event(MetricDirection better)
    {
        var result = Result(Of(better, OnlineMetricRole.Goal), 20, 1, 0);
        Assert.Equal(MetricOutcome.Undecided, result.Outcome);
        Assert.True(result.Lift!.High > .5);
    }

    [Fact]
    public void A_guardrail_is_not_safe_because_of_one_event() =>
        Assert.Equal(MetricOutcome.Undecided, Result(Of(MetricDirection.Lower), 20, 1, 0).Outcome);

    [Theory]
    [InlineData(1, MetricOutcome.Undecided), InlineData(30, MetricOutcome.Worse)]
    public void What_control_never_has_is_harm_once_it_is_sure(int treatment, MetricOutcome expected)
    {
        var result = Result(Of(MetricDirection.Lower), 500, 0, treatment);
        Assert.Equal((expected, null), (result.Outcome, result.Lift));
        Assert.StartsWith("Control's value is 0, so there is no lift", result.Says, StringComparison.Ordinal);
        Assert.Equal(expected == MetricOutcome.Worse, result.Says.Contains("; 0.06 is worse, by 0.0", StringComparison.Ordinal));
    }

    /// <summary>Every unit's ratio is the same within its arm, so that neither arm has any variance.</summary>
    [Theory]
    [InlineData(3, 0, 1, null)] // too few: 2 · 3 units differ by chance once in 20
    [InlineData(100, 0, 1, MetricOutcome.Worse)]
    [InlineData(100, .001, 1, MetricOutcome.Worse)]
    [InlineData(100, 1, 0, MetricOutcome.WithinMargin)]
    [InlineData(100, .3, .3, MetricOutcome.Unknown)]
    public void An_arm_that_fails_without_exception_is_stopped(int units, double control, double treatment, MetricOutcome? expected)
    {
        var experiment = new OnlineExperiment
        {
            Name = "ranker",
            Metrics =
            [
                new("failed") { Kind = OnlineMetricKind.Ratio, Denominator = "count:failed", Role = OnlineMetricRole.Guardrail,
                    Better = MetricDirection.Lower },
            ],
        };
        var data = Empty(experiment);
        for (int n = 0; n < units; n++)
            for (int arm = 0; arm < 2; arm++)
            {
                int answers = 1 + (n % 7); // the ratio is the same, the numbers are not
                data.Begin(arm, 0);
                data.Add(0, [answers * (arm == 0 ? control : treatment), answers]);
                data.End();
            }
        var result = Result(experiment, data);
        Assert.Equal(expected ?? MetricOutcome.Undecided, result.Outcome);
        if (expected is not MetricOutcome.Worse) return;
        Assert.True(result.HarmPValue < .01);
        Assert.Equal(ExperimentVerdict.RollBack, ExperimentAnalysis.Read(experiment, data, Now).Verdict);
    }

    /// <summary>Control's one event makes the lift as uncertain as it is large; that it is beyond the margin is certain.</summary>
    [Fact]
    public void What_control_has_once_is_harm_where_the_treatment_has_it_always()
    {
        var result = Result(Of(MetricDirection.Lower), 1_000, 1, 1_000);
        Assert.Equal(MetricOutcome.Worse, result.Outcome);
        Assert.InRange(result.Lift!.Low, .05, result.Effect!.Lift);
        Assert.Equal(MetricOutcome.WithinMargin, Result(Of(MetricDirection.Higher), 1_000, 1, 1_000).Outcome);
    }

    /// <summary>Two users who fail are no proof, however many there are in control.</summary>
    [Theory]
    [InlineData(2, MetricOutcome.Undecided), InlineData(20, MetricOutcome.Worse)]
    public void A_few_units_that_fail_do_not_stop(int treatment, MetricOutcome expected)
    {
        var experiment = Of(MetricDirection.Lower) with { Arms = [new("control") { Weight = 1_000 }, new("new") { Weight = treatment }] };
        var data = Empty(experiment);
        for (int n = 0; n < 1_000; n++) Add(data, 0, n == 0);
        for (int n = 0; n < treatment; n++) Add(data, 1, true);
        Assert.Equal(expected, Result(experiment, data).Outcome);
    }

    [Theory]
    [InlineData(MetricDirection.Higher), InlineData(MetricDirection.Lower)]
    public void Equal_arms_looked_at_every_20_units_are_hardly_ever_stopped(MetricDirection better)
    {
        const int Runs = 100, Units = 1_000;
        var root = new Rng(31);
        var experiment = Of(better);
        int stopped = 0;
        for (int run = 0; run < Runs; run++)
        {
            var rng = root.Fork("run", run);
            var data = Empty(experiment);
            bool isWorse = false;
            for (int n = 1; n <= Units && !isWorse; n++)
            {
                Add(data, rng.NextInt(2), rng.NextDouble() < .02);
                isWorse = n % 20 == 0 && Result(experiment, data).Outcome == MetricOutcome.Worse;
            }
            if (isWorse) stopped++;
        }
        Assert.True(stopped <= .05 * Runs, $"{stopped} of {Runs}");
    }
}
