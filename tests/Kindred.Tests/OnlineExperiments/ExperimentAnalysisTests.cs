using System.Text.Json;
using System.Xml.Linq;
using Kindred.Evaluation.Metrics;
using Kindred.Numerics;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Reports;
using Kindred.Storage;

namespace Kindred.Tests.OnlineExperiments;

public sealed class ExperimentAnalysisTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly OnlineExperiment Experiment = new()
    {
        Name = "ranker",
        Metrics =
        [
            new("clicks") { Margin = .02 },
            new("latency") { Role = OnlineMetricRole.Guardrail, Better = MetricDirection.Lower, Margin = .05 },
        ],
    };

    /// <summary>Clicks vary by 1 around 2, latency by 20 around 100.</summary>
    private static ExperimentData Data(
        OnlineExperiment experiment, int units, int days, double clicks = 1, double latency = 1, double kept = 1, int seed = 1)
    {
        var rng = new Rng((ulong)seed);
        var data = new ExperimentData(experiment, days, ["platform=web", "platform=app"]) { Start = Now };
        for (int n = 0; n < units; n++)
        {
            int arm = rng.NextInt(2);
            if (arm == 1 && rng.NextDouble() > kept) continue;
            double user = rng.NextNormal();
            data.Begin(arm, n * days / units, [n % 2]);
            data.AddBefore([2 + (.8 * user), 0, 100, 0]);
            data.Add(n * days / units, [(2 + (.8 * user) + (.6 * rng.NextNormal())) * (arm == 1 ? clicks : 1), 0,
                (100 + (20 * rng.NextNormal())) * (arm == 1 ? latency : 1), 0]);
            data.End();
        }
        return data;
    }

    private static OnlineExperimentReport Read(OnlineExperiment experiment, ExperimentData data) =>
        ExperimentAnalysis.Read(experiment, data, Now);

    private static OnlineExperiment With(DesignKind kind, int days = 14) => Experiment with { Design = new() { Kind = kind, Days = days } };

    [Theory]
    [InlineData(DesignKind.AlwaysValid), InlineData(DesignKind.FixedHorizon), InlineData(DesignKind.GroupSequential)]
    public void A_clear_win_is_shipped_and_harm_is_rolled_back(DesignKind kind)
    {
        var experiment = With(kind);
        var win = Read(experiment, Data(experiment, 20_000, 14, clicks: 1.05));
        Assert.Equal(ExperimentVerdict.Ship, win.Verdict);
        Assert.Equal((MetricOutcome.Better, MetricOutcome.WithinMargin), (win.Results[0].Outcome, win.Results[1].Outcome));
        Assert.InRange(win.Results[0].Effect!.VarianceReduction, .55, .7);
        Assert.Equal("Ship treatment.", win.Summary);
        Assert.Equal(ExperimentVerdict.RollBack, Read(experiment, Data(experiment, 20_000, 14, clicks: .95)).Verdict);
        var slow = Read(experiment, Data(experiment, 20_000, 14, clicks: 1.05, latency: 1.1));
        Assert.Equal(ExperimentVerdict.RollBack, slow.Verdict);
        Assert.Contains("worse by more than the margin of 5.00 %", slow.Verdicts[0].Reasons[0]);
    }

    [Fact]
    public void Lost_units_make_everything_unbelievable()
    {
        var report = Read(Experiment, Data(Experiment, 100_000, 14, clicks: 1.05, kept: .97));
        Assert.Equal(ExperimentVerdict.Unhealthy, report.Verdict);
        Assert.False(report.Health.Single(check => check.Name == "sample ratio").IsHealthy);
        Assert.False(report.Health.Single(check => check.Name == "sample ratio, looked at daily").IsHealthy);
        Assert.Contains("do not read the results", report.Summary);
    }

    [Fact]
    public void Units_in_several_arms_and_arms_without_traffic_are_found()
    {
        var data = Data(Experiment, 2_000, 14);
        data.UnitsInSeveralArms = 30;
        Assert.Equal(ExperimentVerdict.Unhealthy, Read(Experiment, data).Verdict);
        data.UnitsInSeveralArms = 15; // fewer than 1 %
        Assert.NotEqual(ExperimentVerdict.Unhealthy, Read(Experiment, data).Verdict);
        var off = Experiment with { Arms = [new("control"), new("treatment") { Weight = 0 }] };
        Assert.Contains(Read(off, Data(off, 2_000, 14)).Health, check => check.Name == "arm without traffic" && !check.IsHealthy);
    }

    [Fact]
    public void A_fixed_horizon_shows_no_goal_before_its_end_but_stops_harm()
    {
        var experiment = With(DesignKind.FixedHorizon, 28);
        var report = Read(experiment, Data(experiment, 20_000, 14, clicks: 1.05));
        Assert.Equal((ExperimentVerdict.Running, 14), (report.Verdict, report.Verdicts[0].DaysLeft));
        Assert.Equal((MetricOutcome.NotShown, null), (report.Results[0].Outcome, report.Results[0].Effect));
        Assert.Empty(report.Results[0].Segments);
        Assert.Equal(ExperimentVerdict.RollBack, Read(experiment, Data(experiment, 20_000, 14, latency: 1.1)).Verdict);
    }

    [Fact]
    public void A_group_sequential_design_is_read_at_its_looks()
    {
        var experiment = With(DesignKind.GroupSequential, 20); // days 4, 8, 12, 16, 20
        var before = Read(experiment, Data(experiment, 3_000, 3, clicks: 1.5));
        Assert.Equal(MetricOutcome.NotShown, before.Results[0].Outcome);
        var early = Read(experiment, Data(experiment, 3_000, 4, clicks: 1.5));
        Assert.Equal(MetricOutcome.Better, early.Results[0].Outcome);
        // the same effect is not enough at the first look, and is at the last
        var (first, last) = (Read(experiment, Data(experiment, 3_000, 4, clicks: 1.04)), Read(experiment, Data(experiment, 3_000, 20,
            clicks: 1.04)));
        Assert.Equal(MetricOutcome.Undecided, first.Results[0].Outcome);
        static double Width(OnlineExperimentReport report) => report.Results[0].Lift!.High - report.Results[0].Lift!.Low;
        Assert.True(Width(first) > 2 * Width(last));
    }

    [Fact]
    public void Nothing_worth_it_is_said_as_soon_as_it_is_known()
    {
        Assert.Equal(ExperimentVerdict.NoDifference, Read(Experiment, Data(Experiment, 60_000, 10)).Verdict);
        var few = Read(Experiment, Data(Experiment, 600, 7));
        Assert.Equal(ExperimentVerdict.Running, few.Verdict);
        Assert.InRange(few.Verdicts[0].DaysLeft!.Value, 1, 300);
        var over = Read(Experiment, Data(Experiment, 600, 14));
        Assert.Equal(ExperimentVerdict.Undecided, over.Verdict);
        Assert.Equal("Undecided: the time is over, and nothing is shown. Keep control, or plan a longer experiment.", over.Summary);
        Assert.Contains("the experiment is over", over.Verdicts[0].Reasons[0]);
    }

    [Fact]
    public void What_is_not_known_of_the_end_is_said()
    {
        var data = Data(Experiment, 600, 14);
        data.IsLengthAssumed = true;
        var assumed = Read(Experiment, data);
        Assert.Contains("is over if 14 days were planned: say with --days how many were", assumed.Verdicts[0].Reasons[0]);
        Assert.Contains("14 days are assumed. Say it with --days.", Assert.Single(assumed.Notes));
        Assert.StartsWith("Undecided so far: nothing is shown, and whether the experiment is over is not known.", assumed.Summary,
            StringComparison.Ordinal);
        Assert.Equal("day 14 of 14", assumed.Progress);
        Assert.Equal("20 days, 14 were planned", Read(Experiment, Data(Experiment, 600, 20)).Progress);

        data = Data(Experiment, 600, 1);
        data.Start = null;
        var timeless = Read(Experiment, data);
        Assert.Equal(ExperimentVerdict.Running, timeless.Verdict);
        Assert.Equal("Not decided: without times it is not known whether the experiment is over.", timeless.Summary);
        Assert.Contains("name their column with --time", timeless.Verdicts[0].Reasons[0]);
        Assert.Null(timeless.Progress);
    }

    [Fact]
    public void Intervals_by_day_shrink_and_segments_are_corrected()
    {
        var report = Read(Experiment, Data(Experiment, 20_000, 14, clicks: 1.05));
        var days = report.Results[0].ByDay;
        Assert.Equal(14, days.Count);
        Assert.True(days[^1].High - days[^1].Low < (days[1].High - days[1].Low) / 2);
        Assert.Equal(["platform=web", "platform=app"], report.Results[0].Segments.Select(s => s.Segment));
        Assert.All(report.Results[0].Segments, s => Assert.True(s.Low > 0 && s.PValue < .05));
    }

    /// <summary>One look was planned: before it nothing, after it the way there, wider than the look itself.</summary>
    [Fact]
    public void A_fixed_horizon_shows_its_days_once_it_is_over()
    {
        var experiment = With(DesignKind.FixedHorizon);
        Assert.Empty(Read(experiment, Data(experiment, 20_000, 13, clicks: 1.05)).Results[0].ByDay);
        var over = Read(experiment, Data(experiment, 20_000, 14, clicks: 1.05)).Results[0];
        Assert.Equal(Enumerable.Range(1, 14), over.ByDay.Select(day => day.Day));
        Assert.Equal((over.Lift!.Low, over.Lift.High), (over.ByDay[^1].Low, over.ByDay[^1].High));
        Assert.True(over.ByDay[^2].High - over.ByDay[^2].Low > 1.3 * (over.Lift.High - over.Lift.Low));
    }

    [Fact]
    public void A_group_sequential_design_shows_its_looks_and_says_when_the_next_is()
    {
        var experiment = With(DesignKind.GroupSequential, 20); // days 4, 8, 12, 16, 20
        var report = Read(experiment, Data(experiment, 3_000, 13, clicks: 1.02));
        Assert.Equal([4, 8, 12], report.Results[0].ByDay.Select(day => day.Day));
        Assert.Equal(13, report.Results[1].ByDay.Count); // guardrails are watched every day
        var earlier = Read(experiment, Data(experiment, 3_000, 13, clicks: 1.02)).Results[0];
        Assert.Equal((earlier.Lift!.Low, earlier.Lift.High), (report.Results[0].ByDay[^1].Low, report.Results[0].ByDay[^1].High));
        Assert.Equal("The next look is after day 16, in 3 days.", report.Verdicts[0].Reasons[0]);
        Assert.Contains("The lift at each look", OnlineExperimentPage.Of(report));
    }

    /// <summary>A guardrail is safe exactly where the p-value of being worse by its margin is below α, in every design.</summary>
    [Theory]
    [InlineData(DesignKind.AlwaysValid), InlineData(DesignKind.FixedHorizon), InlineData(DesignKind.GroupSequential)]
    public void A_guardrail_has_the_p_value_of_its_bound(DesignKind kind)
    {
        var experiment = With(kind);
        for (int seed = 1; seed <= 12; seed++)
        {
            var result = Read(experiment, Data(experiment, 1_500, 5 + seed, latency: 1 + (seed * .006), seed: seed)).Results[1];
            Assert.Equal(result.Lift!.High < .05, result.Lift.PValue < .05); // lower is better, the margin is 5 %
            Assert.Equal(result.Outcome == MetricOutcome.WithinMargin, result.Lift.PValue < .05);
        }
    }

    /// <summary>Experiments that nobody can read are not without a difference for a reason of their own.</summary>
    [Fact]
    public void An_experiment_without_numbers_says_so()
    {
        var report = Read(Experiment, new(Experiment, 14) { Start = Now });
        Assert.Contains("no goal can be read", report.Verdicts[0].Reasons[0]);
    }

    [Fact]
    public void The_report_survives_JSON_and_the_page_is_complete_in_itself()
    {
        var report = Read(Experiment, Data(Experiment, 4_000, 14, clicks: 1.02)) with { Command = "kindred <experiment> & co" };
        string json = JsonSerializer.Serialize(report, SealedFolder.Json);
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<OnlineExperimentReport>(json, SealedFolder.Json),
            SealedFolder.Json));
        string page = OnlineExperimentPage.Of(report);
        Assert.Equal(page, OnlineExperimentPage.Of(report));
        var root = XDocument.Parse(page).Root!;
        string[] sections = [.. root.Descendants("section").Select(section => section.Attribute("id")!.Value)];
        Assert.Equal("health", sections[0]); // before any effect
        Assert.Equal(["health", "reasons", "metrics", "days", "segments", "again"], sections);
        Assert.StartsWith(
            "The arms get the users", root.Descendants("div").Single(div => div.Attribute("id")?.Value == "ratio").Value.Trim());
        Assert.Contains("boundary above, day 14", page);
        Assert.Contains("kindred <experiment> & co", root.Value);
        Assert.DoesNotContain("http", page);
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("NaN", page);
    }

    [Fact]
    public void A_plan_says_when_four_weeks_cannot_answer()
    {
        OnlineExperiment all = Experiment with { Arms = [new("control"), new("treatment")] };
        var histories = new Dictionary<int, ExperimentData>();
        for (int weeks = 2; weeks <= 4; weeks++)
        {
            var data = new ExperimentData(all, 7 * weeks) { Start = Now };
            var rng = new Rng(3);
            for (int n = 0; n < 5_000 * weeks; n++)
            {
                double user = rng.NextNormal();
                data.Begin(0, 0);
                data.AddBefore([2 + (.8 * user), 0, 100, 0]);
                data.Add(0, [2 + (.8 * user) + (.6 * rng.NextNormal()), 0, 100 + (20 * rng.NextNormal()), 0]);
                data.End();
            }
            histories[weeks] = data;
        }
        ExperimentPlan Plan(double margin)
        {
            OnlineMetric[] metrics = [all.Metrics[0] with { Margin = margin }, all.Metrics[1]];
            return ExperimentPlan.Of(all with { Metrics = metrics, Design = new() { Kind = DesignKind.FixedHorizon } }, histories);
        }
        var easy = Plan(.02);
        // σ .6 of 2 after CUPED, 5,000 users an arm: (1.96 + .84)·.6·√(2 / 5,000) / 2 = 1.68 %
        Assert.Equal(.0168, easy.Weeks[0].DetectableLift, .0005);
        Assert.Equal(.64, easy.Weeks[0].VarianceReduction, .03);
        Assert.Equal(2, easy.Shortest);
        Assert.Equal(4, Plan(.0125).Shortest);
        var hard = Plan(.005);
        Assert.Null(hard.Shortest);
        Assert.Contains("cannot be answered in 4 weeks", hard.Says[0]);
    }
}
