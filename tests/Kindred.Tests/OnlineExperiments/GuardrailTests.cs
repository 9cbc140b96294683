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
