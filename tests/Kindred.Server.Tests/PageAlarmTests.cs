using Kindred.OnlineExperiments.Analysis;
using Kindred.Server.Dashboard;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Store;

namespace Kindred.ServerTests;

/// <summary>What the first page says that people must know: pure, no server.</summary>
public sealed class PageAlarmTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private static readonly LiveExperiment Running = new(
        new() { Experiment = new() { Name = "short", Metrics = [new("click")] } }, ExperimentState.Running, Now.AddDays(-3))
    { StartedAt = Now.AddDays(-3) };

    private static readonly LiveExperiment RunningCanary = Running with
    {
        Setup = new() { Experiment = new() { Name = "canary-000007", Metrics = [new("click")] } },
        Canary = new("000007-als", 1, 7, 100),
    };

    private static readonly OnlineExperimentReport Report = new()
    {
        Experiment = Running.Setup.Experiment,
        Created = Now,
        Days = 3,
        Verdict = ExperimentVerdict.Running,
        Summary = "Wait.",
        Verdicts = [],
        Health = [new("sample ratio", true, .4, "As planned.")],
        Arms = [new("control", 600, .5), new("treatment", 634, .5)],
        Results = [],
    };

    [Fact]
    public void When_all_is_quiet_there_is_nothing()
    {
        LiveExperiment created = Running with { State = ExperimentState.Created, StartedAt = null };
        Assert.Empty(Of([created, Ended(Running, daysAgo: 8, "kim", "Enough.")]));
        Assert.Empty(Alarms.OfTrainings([Job(JobState.Running), Job(JobState.Succeeded), Job(JobState.Failed, "broke")]));
        Assert.Empty(Alarms.OfSnapshots(new("000007-als", []), [Shelved(Outcome.Failed)], isCanary: false)); // promoted anyway
        Assert.Empty(Alarms.OfSnapshots(new("000008-als", ["000007-als"]), [Shelved(Outcome.Failed)], isCanary: false));
        Assert.Empty(Alarms.OfSnapshots(new(null, []), [], isCanary: false));
    }

    [Fact]
    public void Running_experiments_say_how_far_they_are()
    {
        var alarm = Assert.Single(Of([Running], Report));
        Assert.Equal(("Experiment short runs: day 3 of 14, 1,234 users until now.", "/experiment?name=short", false),
            (alarm.Sentence, alarm.Path, alarm.NeedsPerson));
        Assert.Equal("Experiment short has run for 3 days.", Assert.Single(Of([Running])).Sentence);
        Assert.StartsWith("The canary of 000007-als runs: day 3", Assert.Single(Of([RunningCanary], Report)).Sentence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_sample_ratio_mismatch_and_an_answer_need_a_person()
    {
        var broken = Report with { Health = [new("sample ratio, looked at daily", false, 1e-9, "600 and 900.")] };
        Assert.Equal((true, "Experiment short has a sample ratio mismatch, so no number of it can be believed. 600 and 900."),
            Only(Of([Running], broken)));
        var mixed = Report with { Health = [new("units in several arms", false, double.NaN, "9 users.")] };
        Assert.Equal((true, "Experiment short is unhealthy, so no number of it can be believed. 9 users."), Only(Of([Running], mixed)));
        Assert.Equal((true, "Experiment short waits for you. Ship treatment."),
            Only(Of([Running], Report with { Verdict = ExperimentVerdict.Ship, Summary = "Ship treatment." })));
        Assert.Equal((true, "Experiment short runs, but nobody takes part: No attribute 'plan'."),
            Only(Of([Running], Report, problem: "No attribute 'plan'.")));
    }

    [Fact]
    public void Stops_of_the_last_week_say_who_stopped_and_why()
    {
        Assert.Equal((true, "A guardrail stopped experiment short 2 days ago: Guardrail buys: worse."),
            Only(Of([Ended(Running, 2, CanaryStep.Guardrails, "Guardrail buys: worse.")])));
        Assert.Equal((false, "Experiment short was stopped 7 days ago: Shipped treatment."),
            Only(Of([Ended(Running, 7, "kim", "Shipped treatment.")])));
        Assert.Equal((false, "Experiment short was stopped 2 days ago."), Only(Of([Ended(Running, 2, "kim", null)])));
    }

    [Fact]
    public void Canaries_say_what_they_came_to()
    {
        Assert.Equal((true, "The canary of 000007-als failed 2 days ago: Clicks are gone."),
            Only(Of([Ended(RunningCanary, 2, CanaryStep.Guardrails, "Clicks are gone.", Outcome.Failed)])));
        Assert.Equal((true, "The canary of 000007-als ended 2 days ago and waits for you: Too few users."),
            Only(Of([Ended(RunningCanary, 2, CanaryStep.Gate, "Too few users.", Outcome.NeedsPerson)])));
        Assert.Equal((false, "The canary of 000007-als was ended 2 days ago: 000008-als was promoted by kim."),
            Only(Of([Ended(RunningCanary, 2, "kim", "000008-als was promoted by kim.", Outcome.NeedsPerson)])));
        Assert.Equal((false, "The canary of 000007-als ended well 2 days ago: Fine."),
            Only(Of([Ended(RunningCanary, 2, CanaryStep.Gate, "Fine.", Outcome.Passed, isPromoted: true)])));
        // a person has promoted it meanwhile: nothing is left to do
        Assert.Empty(Of([Ended(RunningCanary, 2, CanaryStep.Gate, "Too few users.", Outcome.NeedsPerson)], served: "000007-als"));
    }

    [Fact]
    public void A_failed_training_and_a_snapshot_that_waits_need_a_person()
    {
        var failed = Assert.Single(Alarms.OfTrainings([Job(JobState.Running), Job(JobState.Failed, "The disk is full.")]));
        Assert.Equal(("The last training failed: The disk is full.", "/models"), (failed.Sentence, failed.Path));
        ServedSnapshot older = new("000006-als", []);
        string Says(Outcome verdict, PromotionPolicy policy = PromotionPolicy.Automatic) =>
            Assert.Single(Alarms.OfSnapshots(older, [Shelved(verdict, policy)], isCanary: false)).Sentence;
        Assert.Equal("000007-als is not served: Because.", Says(Outcome.Failed));
        Assert.Equal("000007-als waits for you: Because.", Says(Outcome.NeedsPerson));
        Assert.Equal("000007-als passed the gate and waits for you: Because.", Says(Outcome.Passed, PromotionPolicy.Ask));
        Assert.Empty(Alarms.OfSnapshots(older, [Shelved(Outcome.Failed)], isCanary: true)); // its canary says so
        Assert.Contains("until you promote one", Assert.Single(Alarms.OfSnapshots(older with { IsHeld = true }, [], false)).Sentence,
            StringComparison.Ordinal);
    }

    private static Alarm[] Of(
        LiveExperiment[] all, OnlineExperimentReport? report = null, string? problem = null, string served = "000006-als") =>
        [.. new ExperimentAlarms(served, _ => report, _ => problem, Now).Of(all)];

    private static (bool NeedsPerson, string Sentence) Only(Alarm[] alarms)
    {
        var alarm = Assert.Single(alarms);
        return (alarm.NeedsPerson, alarm.Sentence);
    }

    private static LiveExperiment Ended(
        LiveExperiment one, int daysAgo, string by, string? reason, Outcome outcome = Outcome.NotAnswered, bool isPromoted = false) =>
        one.Stopped(Now.AddDays(-daysAgo), by, reason, outcome, isPromoted);

    private static Job Job(JobState state, string? reason = null) => new(
        "job", RenewalJob.Kind, state, SettingJson.Write(new RenewalDetail("shop", "host:1", "By request.", Reason: reason)));

    private static ShelvedSnapshot Shelved(Outcome verdict, PromotionPolicy policy = PromotionPolicy.Automatic) =>
        new("000007-als", "snapshots/000007-als", new()
        {
            Snapshot = "000007-als",
            Sequence = 7,
            Model = "als",
            Configuration = [],
            Why = "",
            Verdict = verdict,
            Reason = "Because.",
            Policy = policy,
            JudgedAt = Now,
            Checks = [],
        });
}
