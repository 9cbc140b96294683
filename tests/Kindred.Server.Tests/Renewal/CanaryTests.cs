using System.Reflection;
using Kindred.Configuration;
using Kindred.Models;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.ServerTests.Renewal;

/// <summary>The last step of the gate without a server: what it decides, what is written, and who may end it.</summary>
public sealed class CanaryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(.5, 9_000, MetricOutcome.WithinMargin, null)] // too early
    [InlineData(1, 1_000, MetricOutcome.WithinMargin, Outcome.Passed)]
    [InlineData(1, 1_000, MetricOutcome.Undecided, null)] // it is not shown that there is no harm
    [InlineData(6.9, 9_000, MetricOutcome.Undecided, null)]
    [InlineData(7, 9_000, MetricOutcome.Undecided, Outcome.NotAnswered)] // it does not run for ever
    [InlineData(7, 9_000, MetricOutcome.Unknown, Outcome.NotAnswered)] // nothing was measured
    [InlineData(1, 999, MetricOutcome.WithinMargin, null)] // too few
    [InlineData(6.9, 999, MetricOutcome.WithinMargin, null)]
    [InlineData(7, 999, MetricOutcome.WithinMargin, Outcome.NeedsPerson)]
    [InlineData(7, 0, MetricOutcome.Unknown, Outcome.NeedsPerson)]
    [InlineData(.1, 30, MetricOutcome.Worse, Outcome.Failed)] // harm does not wait
    [InlineData(9, 9_000, MetricOutcome.Worse, Outcome.Failed)]
    public async Task It_ends_with_harm_or_when_it_ran_long_enough(double days, long users, MetricOutcome found, object? expected)
    {
        await using var shop = await CanaryShop.Open();
        var canary = await shop.StartCanary(1);
        var decided = CanaryStep.Decide(canary, Report(canary, users, found), shop.Clock.Now.AddDays(days));
        Assert.Equal((Outcome?)expected, decided?.Outcome);
        if (expected is Outcome.Passed or Outcome.NotAnswered && found != MetricOutcome.Unknown) // it says what may still be lost
            Assert.EndsWith("view: a loss of up to 7 % is possible.", decided!.Value.Reason, StringComparison.Ordinal);
        if (expected is Outcome.Failed) Assert.Contains("Guardrail view of canary", decided!.Value.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_an_experiment_with_a_small_share_and_guardrails_alone()
    {
        await using var shop = await CanaryShop.Open();
        var canary = await shop.StartCanary(1, new() { Share = .02 });
        Assert.Equal((.04, shop.Snapshots[0], shop.Snapshots[1]),
            (canary.Setup.Experiment.Traffic, canary.ControlSnapshot, canary.TreatmentOf("canary").Snapshot));
        Assert.Equal(shop.Snapshots[0], canary.TreatmentOf("control").Snapshot);
        Assert.Equal(
            ["view", "answers with items", "answers of its own", "latency"], canary.Setup.Experiment.Metrics.Select(metric => metric.Name));
        Assert.All(canary.Setup.Experiment.Metrics, metric => Assert.Equal(OnlineMetricRole.Guardrail, metric.Role));
        var check = shop.Record(1).Checks.Single(check => check.Name == "canary");
        Assert.Equal(Outcome.NotAnswered, check.Outcome);
        Assert.Contains("2 % of the users get the snapshot; canary-000002 among", check.Reason, StringComparison.Ordinal);
        Assert.Equal(["canary started"], shop.Record(1).Steps.Select(step => step.Action));
        Assert.Equal(shop.Snapshots[0], (await shop.Shelf.ServedAsync(Cancellation)).Snapshot);
        var answer = SnapshotAnswer.From(shop.Shelf.Find(shop.Snapshots[1]), await shop.Shelf.TrafficAsync(Cancellation));
        Assert.Equal(("canary-000002", "passed"), (answer.Canary, answer.Verdict));
    }

    [Fact]
    public async Task Without_harm_its_snapshot_answers_everyone()
    {
        await using var shop = await CanaryShop.Open();
        var canary = await shop.StartCanary(1);
        await shop.Shelf.PromoteCanaryAsync(canary, Outcome.Passed, "No guardrail was worse.", Cancellation);
        var traffic = await shop.Shelf.TrafficAsync(Cancellation);
        Assert.Equal((shop.Snapshots[1], null), (traffic.Served.Snapshot, traffic.Canary));
        Assert.Equal(shop.Snapshots[0], traffic.Served.Previous[0]);
        var record = shop.Record(1);
        Assert.Equal((Outcome.Passed, "All 2 checks passed."), (record.Verdict, record.Reason));
        Assert.Equal(["canary started", "promoted"], record.Steps.Select(step => step.Action));
        Assert.Equal(
            [$"gate stop-experiment {canary.Name}", $"gate promote-snapshot {shop.Snapshots[1]}"], (await shop.Audit())[^2..]);
        // a second server that decided so too changes nothing
        Assert.False(await shop.Shelf.PromoteCanaryAsync(canary, Outcome.Passed, "No guardrail was worse.", Cancellation));
        Assert.Equal(2, shop.Record(1).Steps.Count);
    }

    [Fact]
    public async Task With_harm_it_is_rejected_everywhere()
    {
        await using var shop = await CanaryShop.Open();
        var canary = await shop.StartCanary(1);
        await shop.Registry.StopAsync(canary.Name, CanaryStep.Guardrails, "Clicks are gone.", Outcome.Failed, Cancellation);
        var record = shop.Record(1);
        Assert.Equal((Outcome.Failed, "Canary: Clicks are gone."), (record.Verdict, record.Reason));
        Assert.Equal(["canary started", "rejected"], record.Steps.Select(step => step.Action));
        Assert.Equal(
            [$"guardrails stop-experiment {canary.Name}", $"guardrails reject-snapshot {shop.Snapshots[1]}"], (await shop.Audit())[^2..]);
        var answer = SnapshotAnswer.From(shop.Shelf.Find(shop.Snapshots[1]), await shop.Shelf.TrafficAsync(Cancellation));
        Assert.Equal((null, "failed", "Canary: Clicks are gone."), (answer.Canary, answer.Verdict, answer.Reason));
        Assert.Contains("--anyway", (await Assert.ThrowsAsync<InputException>(
            () => shop.Shelf.PromoteAsync(shop.Snapshots[1], "a person", cancellation: Cancellation))).Message, StringComparison.Ordinal);
    }

    /// <summary>Decided, and killed before the file was written: the next start, or another server, writes it.</summary>
    [Fact]
    public async Task What_a_killed_server_could_not_keep_is_kept_at_the_next_start()
    {
        await using var shop = await CanaryShop.Open();
        var before = shop.Record(1);
        var canary = await shop.StartCanary(1);
        await shop.Registry.StopAsync(canary.Name, CanaryStep.Guardrails, "Clicks are gone.", Outcome.Failed, Cancellation);
        string after = File.ReadAllText(Kept(shop));
        before.Write(shop.Shelf.PathOf(shop.Snapshots[1]));
        shop.Shelf.RecordCanaries((await shop.Shelf.TrafficAsync(Cancellation)).Experiments);
        Assert.Equal(after, File.ReadAllText(Kept(shop)));
        shop.Shelf.RecordCanaries((await shop.Shelf.TrafficAsync(Cancellation)).Experiments);
        Assert.Equal(after, File.ReadAllText(Kept(shop)));

        static string Kept(CanaryShop shop) => Path.Combine(shop.Shelf.PathOf(shop.Snapshots[1]), Promotion.FileName);
    }

    /// <summary>
    /// The audit log is written in the transaction of the change: a store whose log cannot be written beside it loses no entry.
    /// </summary>
    [Fact]
    public async Task No_change_is_without_its_entry_in_the_audit_log()
    {
        await using var shop = await CanaryShop.Open();
        var canary = await shop.StartCanary(1);
        var store = DispatchProxy.Create<IStore, WithoutAudit>();
        ((WithoutAudit)(object)store).Store = shop.Store;
        Assert.Throws<InvalidOperationException>(() => store.Audit);
        var shelf = new SnapshotShelf(shop.Folder, store, TrainerCatalog.Default, shop.Clock);
        var registry = new ExperimentRegistry(store, shelf, TrainerCatalog.Default, shop.Clock);
        await registry.StopAsync(canary.Name, CanaryStep.Guardrails, "Harm.", Outcome.Failed, Cancellation);
        await shelf.PromoteAsync(shop.Snapshots[2], "kim", cancellation: Cancellation);
        await shelf.RollBackAsync("kim", "To see.", Cancellation);
        Assert.Equal(
            [
                $"guardrails stop-experiment {canary.Name}", $"guardrails reject-snapshot {shop.Snapshots[1]}",
                $"kim promote-snapshot {shop.Snapshots[2]}", $"kim roll-back-snapshot {shop.Snapshots[2]}",
                $"kim restore-snapshot {shop.Snapshots[0]}",
            ],
            (await shop.Audit())[^5..]);
        var last = Assert.Single(await shop.Store.Audit.ListAsync(1, cancellationToken: Cancellation));
        Assert.Contains("To see.", last.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_servers_make_one_decision()
    {
        await using var shop = await CanaryShop.Open();
        var canary = await shop.StartCanary(1);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(n => Task.Run(async () =>
        {
            var (shelf, registry) = shop.Server();
            if (n % 2 == 0) await shelf.PromoteCanaryAsync(canary, Outcome.Passed, "Fine.", Cancellation);
            else await registry.StopAsync(canary.Name, CanaryStep.Guardrails, "Harm.", Outcome.Failed, Cancellation);
        }, Cancellation)));
        string[] audit = await shop.Audit();
        Assert.Single(audit, entry => entry.EndsWith($"stop-experiment {canary.Name}", StringComparison.Ordinal));
        bool isPromoted = (await shop.Shelf.ServedAsync(Cancellation)).Snapshot == shop.Snapshots[1];
        Assert.Equal(isPromoted, audit.Contains($"gate promote-snapshot {shop.Snapshots[1]}"));
        Assert.Equal(!isPromoted, audit.Contains($"guardrails reject-snapshot {shop.Snapshots[1]}"));
        Assert.Equal(isPromoted ? Outcome.Passed : Outcome.Failed, shop.Record(1).Verdict);
    }

    [Fact]
    public async Task A_person_may_promote_its_snapshot_or_another_one_or_stop_it_or_roll_back()
    {
        await using var shop = await CanaryShop.Open();
        await shop.StartCanary(1);
        await shop.Shelf.PromoteAsync(shop.Snapshots[1], "kim", cancellation: Cancellation);
        Assert.Null((await shop.Shelf.TrafficAsync(Cancellation)).Canary);
        Assert.Equal(["canary started", "canary ended", "promoted"], shop.Record(1).Steps.Select(step => step.Action));
        Assert.Equal("It was promoted by kim.", (await shop.Registry.GetAsync("canary-000002", Cancellation)).StopReason);

        await shop.StartCanary(2); // beside 2, which is served
        Assert.Equal("the canary of " + shop.Snapshots[2] + " runs.", await shop.Registry.StartCanaryAsync(
            shop.Snapshots[0], await shop.Shelf.ServedAsync(Cancellation), new(), "view", Cancellation));
        await shop.Shelf.RollBackAsync("kim", cancellation: Cancellation);
        var traffic = await shop.Shelf.TrafficAsync(Cancellation);
        Assert.Equal((shop.Snapshots[0], null), (traffic.Served.Snapshot, traffic.Canary));
        Assert.Equal(Outcome.NeedsPerson, shop.Record(2).Verdict);
        Assert.Contains("was rolled back by kim", shop.Record(2).Reason, StringComparison.Ordinal);
        Assert.Contains("meanwhile", await shop.Registry.StartCanaryAsync( // after a rollback nothing is tried by itself
            shop.Snapshots[2], traffic.Served, new(), "view", Cancellation), StringComparison.Ordinal);

        await shop.Shelf.PromoteAsync(shop.Snapshots[0], "kim", cancellation: Cancellation);
        var stopped = await shop.StartCanary(1);
        await shop.Registry.StopAsync(stopped.Name, "kim", "Not before Christmas.", Outcome.NeedsPerson, Cancellation);
        Assert.Equal((Outcome.NeedsPerson, "Canary: Not before Christmas."), (shop.Record(1).Verdict, shop.Record(1).Reason));
    }

    [Fact]
    public async Task Peoples_experiments_with_the_same_answers_go_first_and_their_names_are_others()
    {
        await using var shop = await CanaryShop.Open();
        await shop.Registry.PutAsync(Setup("mine", shop.Snapshots[2]), "kim", Cancellation);
        await shop.Registry.StartAsync("mine", "kim", Cancellation);
        string? problem = await shop.Registry.StartCanaryAsync(
            shop.Snapshots[1], await shop.Shelf.ServedAsync(Cancellation), new(), "view", Cancellation);
        Assert.StartsWith("its canary cannot start. Experiments 'canary-000002' and 'mine' change the same answers", problem,
            StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<InputException>(
            () => shop.Registry.PutAsync(Setup("canary-000009", shop.Snapshots[2]), "kim", Cancellation));
        Assert.Contains("choose another one", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_is_what_was_served_at_the_start_and_a_rollback_of_it_ends_the_experiment()
    {
        await using var shop = await CanaryShop.Open();
        await shop.Registry.PutAsync(Setup("mine", shop.Snapshots[2]), "kim", Cancellation);
        Assert.Equal(shop.Snapshots[0], (await shop.Registry.StartAsync("mine", "kim", Cancellation)).ControlSnapshot);
        await shop.Shelf.PromoteAsync(shop.Snapshots[1], "kim", cancellation: Cancellation);
        var running = await shop.Registry.GetAsync("mine", Cancellation);
        Assert.Equal((ExperimentState.Running, shop.Snapshots[0]), (running.State, running.TreatmentOf("control").Snapshot));
        await shop.Shelf.PromoteAsync(shop.Snapshots[2], "kim", cancellation: Cancellation);
        await shop.Shelf.RollBackAsync("kim", cancellation: Cancellation); // the treatment's
        var ended = await shop.Registry.GetAsync("mine", Cancellation);
        Assert.Equal((ExperimentState.Stopped, $"{shop.Snapshots[2]}, which answered for an arm, was rolled back by kim."),
            (ended.State, ended.StopReason));
    }

    [Fact]
    public async Task A_success_that_nobody_ever_sent_starts_none()
    {
        await using var shop = await CanaryShop.Open();
        await shop.Store.Events.AppendAsync([new("view", "tea") { UserId = "ann", Time = shop.Clock.Now }], Cancellation);
        string? problem = await shop.Registry.StartCanaryAsync(
            shop.Snapshots[1], await shop.Shelf.ServedAsync(Cancellation), new() { Success = "purchas" }, "view", Cancellation);
        Assert.StartsWith("its canary cannot start. Metric 'purchas'", problem, StringComparison.Ordinal);
        Assert.Null((await shop.Shelf.TrafficAsync(Cancellation)).Canary);
        await shop.StartCanary(1, new() { Success = "view" });
    }

    [Fact]
    public async Task Where_too_few_users_come_there_is_none_and_nobody_waits()
    {
        await using var shop = await CanaryShop.Open();
        var settings = new CanarySettings { FewestUsers = 10, Share = .05 };
        Exposure Answer(int n, string? scenario = null) => new($"r{n}", default, []) { UserId = $"u{n}", Scenario = scenario };
        Task<GateCheck?> Reason(IEnumerable<Exposure> answers) =>
            CanaryStep.NoCanaryReasonAsync(answers, shop.Store.Events, settings, shop.Clock.Now, Cancellation);
        Assert.Null(await Reason(Enumerable.Range(0, 200).Select(n => Answer(n))));
        var few = (await Reason(Enumerable.Range(0, 400).Select(n => Answer(n % 199)).Append(Answer(500, "home"))))!;
        Assert.Equal((Outcome.NotAnswered, true), (few.Outcome, few.Reason.StartsWith("199 users and sessions", StringComparison.Ordinal)));
        Assert.Contains("needs 200 to tell", few.Reason, StringComparison.Ordinal);
        Assert.Equal(Outcome.Passed, PromotionGate.VerdictOf([new("a", Outcome.Passed, "Fine."), few]).Verdict);

        // whom other servers answered is not in this one's log, but in the store; who came long ago does not count
        NewEvent Event(int n, double days) => new("view", "tea") { UserId = $"u{n}", Time = shop.Clock.Now.AddDays(-days) };
        await shop.Store.Events.AppendAsync([.. Enumerable.Range(200, 300).Select(n => Event(n, 8))], Cancellation);
        Assert.StartsWith("100 users", (await Reason(Enumerable.Range(0, 100).Select(n => Answer(n))))!.Reason, StringComparison.Ordinal);
        await shop.Store.Events.AppendAsync([.. Enumerable.Range(100, 100).Select(n => Event(n, 6))], Cancellation);
        Assert.Null(await Reason(Enumerable.Range(0, 100).Select(n => Answer(n))));
    }

    [Theory]
    [InlineData("""{"share": 0.06}""", "canary.share in the setting 'renewal' must be .01 to .05")]
    [InlineData("""{"share": 0.001}""", "canary.share")]
    [InlineData("""{"shortestDays": 3, "longestDays": 2}""", "canary.longestDays")]
    [InlineData("""{"shortestDays": 0}""", "canary.shortestDays")]
    [InlineData("""{"fewestUsers": 0}""", "canary.fewestUsers")]
    [InlineData("""{"guardrails": []}""", "watches nothing")]
    [InlineData("""{"guardrails": [{"name": "clicks", "role": "secondary"}]}""", "'clicks' of the canary is secondary")]
    [InlineData("""{"guardrails": [{"name": "clicks", "margin": 0}]}""", "argin")]
    [InlineData("""{"evaluateMinutes": 0}""", "evaluateMinutes must be above 0")]
    [InlineData("""{"shares": 0.05}""", "cannot be read")]
    public void What_cannot_be_used_is_refused_with_a_sentence(string canary, string sentence)
    {
        RenewalSettings.Parse("""{"canary": {}}""", TrainerCatalog.Default);
        var refused = Assert.Throws<InputException>(() => RenewalSettings.Parse($$"""{"canary": {{canary}}}""", TrainerCatalog.Default));
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
        Assert.Contains("needs the policy automatic", Assert.Throws<InputException>(
            () => RenewalSettings.Parse("""{"policy": "ask", "canary": {}}""", TrainerCatalog.Default)).Message, StringComparison.Ordinal);
    }

#pragma warning disable CA1852 // a proxy derives from it
    /// <summary>A store, but for its audit log.</summary>
    private class WithoutAudit : DispatchProxy
    {
        public IStore? Store { get; set; }

        protected override object? Invoke(MethodInfo? method, object?[]? arguments) => method!.Name == "get_Audit"
            ? throw new InvalidOperationException("It is away.") : method.Invoke(Store, arguments);
    }
#pragma warning restore CA1852

    private static ExperimentSetup Setup(string name, string snapshot) => ExperimentSetup.Parse($$"""
        {"experiment": {"name": "{{name}}", "metrics": [{"name": "view"}]}, "treatments": {"treatment": {"snapshot": "{{snapshot}}"} } }
        """);

    private static OnlineExperimentReport Report(LiveExperiment canary, long users, MetricOutcome found) => new()
    {
        Experiment = canary.Setup.Experiment,
        Created = default,
        Days = 1,
        Verdict = ExperimentVerdict.Running,
        Summary = "",
        Verdicts = [],
        Health = [],
        Arms = [new("control", users, .5), new("canary", users, .5)],
        Results =
        [
            new("canary", canary.Setup.Experiment.Metrics[0], found)
            {
                Effect = found == MetricOutcome.Unknown ? null
                    : new(1, 1, 2 * users) { Difference = 0, DifferenceError = .01, Lift = 0, LiftError = .01, Degrees = 9 },
                Says = "a loss of up to 7 % is possible.",
            },
            new("canary", canary.Setup.Experiment.Metrics[1], MetricOutcome.Unknown) { Says = "all alike." }, // no effect, no harm
        ],
    };
}
