using CsCheck;
using Kindred.Evaluation.Metrics;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Server.Experiments;
using Kindred.ServerTests.Live;
using Kindred.Store;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Experiments;

/// <summary>Sums that are brought up to date step by step, in whatever order things arrive.</summary>
public sealed class EvaluationTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Another one each time.</summary>
    private static string Writer => Guid.NewGuid().ToString();

    private static OnlineExperiment Definition(DesignKind kind = DesignKind.AlwaysValid) => new()
    {
        Name = "ranker",
        Metrics =
        [
            new("clicks") { Source = "click" },
            new("spent") { Source = "buy", Cap = 9, ToDay = 3 },
            new("buyers") { Source = "buy", Kind = OnlineMetricKind.Proportion, FromDay = 1 },
            new("rate") { Source = "count:buy", Denominator = "click", Kind = OnlineMetricKind.Ratio },
            new("slow")
            {
                Source = "latency", Denominator = "count:latency", Kind = OnlineMetricKind.Ratio, Better = MetricDirection.Lower,
            },
        ],
        Design = new() { Kind = kind, Days = 7, Looks = 2 },
    };

    private static LiveExperiment Running(OnlineExperiment definition) =>
        new(new() { Experiment = definition }, ExperimentState.Running, Start) { StartedAt = Start };

    private static Task<IStore> Open(TemporaryFolder folder, TimeProvider clock) =>
        Stores.OpenAsync(folder.File("kindred.db"), new() { Durability = Durability.Os, Clock = clock }, Token);

    private sealed record Step(bool IsAnswer, int Unit, double Day, int Kind, int Value);

    private static readonly Gen<Step[]> Steps = Gen.Select(
        Gen.Bool, Gen.Int[0, 11], Gen.Double[-20, 9], Gen.Int[0, 2], Gen.Int[0, 6],
        (a, u, d, k, v) => new Step(a, u, a ? Math.Max(0, d) : d, k, v)).Array[1, 60];

    /// <summary>Of the metrics of events, the library's own way: units one after the other, each with its events by day.</summary>
    private static ExperimentData Expected(OnlineExperiment definition, IReadOnlyList<Step> steps, int days)
    {
        var data = new ExperimentData(definition, days) { Start = Start };
        foreach (var unit in steps.GroupBy(step => step.Unit))
        {
            double[] answers = [.. unit.Where(step => step.IsAnswer).Select(step => step.Day)];
            if (answers.Length == 0) continue;
            double first = answers.Min();
            data.Begin(unit.Key % 2, (int)first);
            var before = new double[10];
            bool hasBefore = false;
            foreach (var step in unit.Where(step => !step.IsAnswer && step.Day < first && step.Day >= first - 14))
            {
                hasBefore = true;
                double[] values = Values(step, -1);
                for (int n = 0; n < values.Length; n++) before[n] += values[n];
            }
            if (hasBefore) data.AddBefore(before);
            foreach (var step in unit.OrderBy(step => step.Day))
                if (step.IsAnswer) data.Add((int)step.Day, [0, 0, 0, 0, 0, 0, 0, 0, step.Value, 1]);
                else if (step.Day >= first) data.Add((int)step.Day, Values(step, step.Day - first));
            data.End();
        }
        return data;
    }

    /// <param name="age">Below 0: before the first answer.</param>
    private static double[] Values(Step step, double age) => step.Kind switch
    {
        0 => [1, 0, 0, 0, 0, 0, 0, 1, 0, 0],
        1 => [0, 0, age < 3 ? step.Value : 0, 0, age is < 0 or >= 1 ? step.Value : 0, 0, 1, 0, 0, 0],
        _ => new double[10],
    };

    [Fact]
    public void Sums_are_those_of_the_library_whatever_came_when_and_however_often_one_looks()
    {
        Steps.Sample(steps =>
        {
            using var folder = new TemporaryFolder();
            Check(folder, steps).GetAwaiter().GetResult();
        }, iter: 40, threads: 1);
    }

    private static async Task Check(TemporaryFolder folder, Step[] given)
    {
        // times are kept to the millisecond, and two servers may flush the same day
        Step[] steps = [.. given.Select(step => step with { Day = Math.Round(step.Day * 86_400_000) / 86_400_000 })];
        var definition = Definition();
        var clock = new StandingClock { Now = Start.AddDays(10) };
        await using var store = await Open(folder, clock);
        var experiment = Running(definition);
        var step = new ExperimentEvaluation(experiment, store);
        foreach (var s in steps)
        {
            var time = Start.AddMilliseconds(Math.Round(s.Day * 86_400_000));
            if (!s.IsAnswer)
                await store.Events.AppendAsync(
                    [new(s.Kind switch { 0 => "click", 1 => "buy", _ => "other" }, "tea") { UserId = $"u{s.Unit}", Time = time,
                        Value = s.Kind == 0 ? null : s.Value, Id = Guid.NewGuid().ToString() }], Token);
        }
        // several servers write answers, one of them late
        foreach (var s in steps.Where(s => s.IsAnswer))
        {
            await store.Experiments.AddAsync(
                Writer, 1, [new("ranker", $"u{s.Unit}", s.Unit % 2 == 0 ? "control" : "treatment", (int)s.Day,
                    Start.AddMilliseconds(Math.Round(s.Day * 86_400_000))) { Answers = 1, Latency = s.Value }], Token);
            if (s.Value % 3 == 0 && !await step.UpdateAsync(Token)) step = new(experiment, store);
        }
        if (!await step.UpdateAsync(Token)) Assert.True(await (step = new(experiment, store)).UpdateAsync(Token));
        var whole = new ExperimentEvaluation(experiment, store);
        await whole.UpdateAsync(Token);
        var expected = ExperimentAnalysis.Read(definition, Expected(definition, steps, 11), clock.Now);
        foreach (var report in (OnlineExperimentReport[])[step.Report(clock.Now), whole.Report(clock.Now)])
        {
            Assert.Equal(expected.Arms, report.Arms);
            foreach (var (a, b) in expected.Results.Zip(report.Results))
            {
                Assert.Equal(a.Outcome, b.Outcome);
                Assert.Equal(a.Effect?.Control ?? 0, b.Effect?.Control ?? 0, 1e-9);
                Assert.Equal(a.Effect?.Treatment ?? 0, b.Effect?.Treatment ?? 0, 1e-9);
                Assert.Equal(a.Effect?.DifferenceError ?? 0, b.Effect?.DifferenceError ?? 0, 1e-7);
            }
        }
    }

    [Theory]
    [InlineData(DesignKind.FixedHorizon, 6.9, false)]
    [InlineData(DesignKind.FixedHorizon, 7, true)]
    [InlineData(DesignKind.GroupSequential, 3.9, false)] // looks at 4 and 7 days
    [InlineData(DesignKind.GroupSequential, 4, true)]
    [InlineData(DesignKind.GroupSequential, 6.9, true)] // the last day, before the last look
    [InlineData(DesignKind.AlwaysValid, .1, true)]
    public async Task The_report_shows_a_goal_only_when_the_design_allows_it(DesignKind kind, double days, bool isShown)
    {
        using var folder = new TemporaryFolder();
        var clock = new StandingClock { Now = Start };
        await using var store = await Open(folder, clock);
        for (int n = 0; n < 40; n++)
        {
            await store.Experiments.AddAsync(
                Writer, 1, [new("ranker", $"u{n}", n % 2 == 0 ? "control" : "treatment", 0, Start) { Answers = 1 }], Token);
            await store.Events.AppendAsync([.. Enumerable.Range(0, n % 3).Select(
                i => new NewEvent("click", "tea") { UserId = $"u{n}", Time = Start.AddHours(1).AddSeconds(i) })], Token);
        }
        var evaluation = new ExperimentEvaluation(Running(Definition(kind)), store);
        await evaluation.UpdateAsync(Token);
        var clicks = evaluation.Report(Start.AddDays(days)).Results[0];
        Assert.Equal(isShown, clicks.Outcome != MetricOutcome.NotShown);
    }

    [Fact]
    public async Task A_unit_of_two_arms_is_in_no_sum_and_what_comes_after_the_end_does_not_count()
    {
        using var folder = new TemporaryFolder();
        await using var store = await Stores.OpenAsync(folder.File("kindred.db"), new() { Durability = Durability.Os }, Token);
        ExposedUnit Row(string unit, string arm, double day) => new("ranker", unit, arm, (int)day, Start.AddDays(day)) { Answers = 1 };
        await store.Experiments.AddAsync(
            Writer, 1, [Row("ann", "control", 0), Row("bob", "treatment", 0), Row("cid", "control", 1)], Token);
        var evaluation = new ExperimentEvaluation(Running(Definition(DesignKind.FixedHorizon)), store);
        await evaluation.UpdateAsync(Token);
        await store.Experiments.AddAsync(Writer, 1, [Row("ann", "treatment", 2), Row("dan", "treatment", 7)], Token);
        await evaluation.UpdateAsync(Token);
        var report = evaluation.Report(Start.AddDays(30));
        Assert.Equal([1L, 1L], report.Arms.Select(arm => arm.Units));
        Assert.Contains("1 of 3 units saw several arms", report.Health.Single(check => check.Name == "units in several arms").Says,
            StringComparison.Ordinal);
    }

    private static ExposedUnit Answered(string unit, string arm, double day, double latency = 0) =>
        new("ranker", unit, arm, (int)day, Start.AddDays(day)) { Answers = 1, Latency = latency };

    /// <summary>Of the first metric.</summary>
    private static double[] Clicks(OnlineExperimentReport report) =>
        report.Results[0].Effect is { } effect ? [effect.Control, effect.Treatment] : [];

    [Fact]
    public async Task Late_answers_of_an_earlier_day_count_once()
    {
        using var folder = new TemporaryFolder();
        await using var store = await Open(folder, new StandingClock { Now = Start.AddDays(3) });
        var experiment = Running(Definition() with { Metrics = [Definition().Metrics[^1]] });
        var evaluation = new ExperimentEvaluation(experiment, store);
        foreach (string unit in (string[])["a1", "a2", "b1", "b2"])
            await store.Experiments.AddAsync(
                Writer, 1, [Answered(unit, unit[0] == 'a' ? "control" : "treatment", 0, unit[1] - '0')], Token);
        foreach (double day in (double[])[0.1, 1, 0.2, 2, 1.1, 0.3])
        {
            await store.Experiments.AddAsync(Writer, 1, [Answered("b1", "treatment", day, 10)], Token);
            Assert.True(await evaluation.UpdateAsync(Token));
        }
        Assert.Equal((1 + 60 + 2) / 8.0, evaluation.Report(Start.AddDays(3)).Results[0].Effect!.Treatment, 1e-12);
    }

    [Fact]
    public async Task An_exposure_before_the_first_one_asks_for_a_new_evaluation()
    {
        using var folder = new TemporaryFolder();
        await using var store = await Open(folder, new StandingClock { Now = Start.AddDays(3) });
        var evaluation = new ExperimentEvaluation(Running(Definition()), store);
        await store.Experiments.AddAsync(Writer, 1, [Answered("ann", "control", 1)], Token);
        Assert.True(await evaluation.UpdateAsync(Token));
        await store.Experiments.AddAsync(Writer, 1, [Answered("ann", "control", 0)], Token);
        Assert.False(await evaluation.UpdateAsync(Token));
    }

    /// <summary>On the first day there are many looks, too: χ² p is .0007, whose alarm would be false too often.</summary>
    [Theory]
    [InlineData(250, 332, false)]
    [InlineData(2_000, 3_000, true)]
    public void From_the_first_evaluation_a_mismatch_is_one_that_holds_however_often_one_looks(int control, int treatment, bool isFound)
    {
        var definition = Definition();
        var data = new ExperimentData(definition, days: 1) { Start = Start };
        for (int unit = 0; unit < control + treatment; unit++)
        {
            data.Begin(unit < control ? 0 : 1, 0);
            data.End();
        }
        var report = ExperimentAnalysis.Read(definition, data, Start);
        Assert.False(report.Health[0].IsHealthy);
        var running = Running(definition) with { Setup = new() { Experiment = definition, StopOnMismatch = true } };
        Assert.Equal(isFound, ExperimentService.Breach(running, report) is not null);
    }

    /// <summary>Of each arm 100 new ones, who click once, in the treatment twice, and 150 who had viewed before and click once.</summary>
    [Fact]
    public async Task New_and_returning_visitors_are_segments()
    {
        using var folder = new TemporaryFolder();
        await using var store = await Open(folder, new StandingClock { Now = Start.AddDays(1) });
        bool IsNew(int n) => n / 2 < 100;
        NewEvent Event(string type, int n, double day, int which) => new(type, "tea")
        {
            UserId = $"u{n}",
            Time = Start.AddDays(day),
            Id = $"{type}-{n}-{which}",
        };
        await store.Experiments.AddAsync(
            Writer, 1, [.. Enumerable.Range(0, 500).Select(n => Answered($"u{n}", n % 2 == 0 ? "control" : "treatment", 0))], Token);
        await store.Events.AppendAsync(
        [
            .. Enumerable.Range(0, 500).Where(n => !IsNew(n)).Select(n => Event("view", n, -2, 0)),
            .. Enumerable.Range(0, 500).SelectMany(n => Enumerable.Range(0, (IsNew(n) && n % 2 == 1 ? 2 : 1) + (n / 2 % 5 == 0 ? 1 : 0))
                .Select(i => Event("click", n, .5, i))),
        ], Token);
        var evaluation = new ExperimentEvaluation(Running(Definition()), store);
        await evaluation.UpdateAsync(Token);
        var report = evaluation.Report(Start.AddDays(1));
        var (young, old) = (report.Results[0].Segments[0], report.Results[0].Segments[1]);
        Assert.Equal(("visitor=new", 200), (young.Segment, young.Units));
        Assert.Equal(("visitor=returning", 300), (old.Segment, old.Units));
        Assert.Equal(1 / 1.2, young.Lift, 1e-9);
        Assert.Equal(0, old.Lift, 1e-9);
        Assert.True(young.PValue < .05 && old.PValue > .9);
        Assert.Contains(report.Health, check => check.Name == "sample ratio by segment");
    }

    /// <summary>Sessions of both arms, of which some sign in: as a user who was not exposed, or was in one of the arms.</summary>
    [Fact]
    public async Task A_visitor_who_signs_in_is_one_unit_with_what_they_did_before_and_after()
    {
        using var folder = new TemporaryFolder();
        var clock = new StandingClock { Now = Start.AddDays(3) };
        await using var store = await Open(folder, clock);
        NewEvent Click(string? user, string? session, double day) =>
            new("click", "tea") { UserId = user, SessionId = session, Time = Start.AddDays(day), Id = Guid.NewGuid().ToString() };
        await store.Experiments.AddAsync(Writer, 1,
        [
            Answered("s1", "control", .5), Answered("s2", "treatment", .5), Answered("s3", "treatment", .5), Answered("s4", "control", .5),
            Answered("c", "control", 0), Answered("d", "treatment", 0),
            Answered("u2", "treatment", 1), // saw the same arm
            Answered("u3", "control", 1), // saw another one
        ], Token);
        await store.Events.AppendAsync(
        [
            Click(null, "s1", .6), Click(null, "s2", .6), Click(null, "s3", .6), Click("u1", "s1", -1), Click("u2", null, .8),
            Click("c", null, 1),
        ], Token);
        var experiment = Running(Definition() with { Design = new() { UsesBefore = false } });
        var step = new ExperimentEvaluation(experiment, store);
        await step.UpdateAsync(Token);
        Assert.Equal([(1 + 0 + 1) / 4.0, (1 + 1 + 0 + 0) / 4.0], Clicks(step.Report(clock.Now)));
        foreach (int n in (int[])[1, 2, 3]) await store.Events.MergeAsync($"s{n}", $"u{n}", Token);
        await store.Events.AppendAsync([Click("u1", "s1", 2), Click("u2", "s2", 2), Click("u3", "s3", 2)], Token);
        var whole = new ExperimentEvaluation(experiment, store);
        Assert.True(await whole.UpdateAsync(Token));
        var report = whole.Report(clock.Now);
        Assert.Equal([3L, 2L], report.Arms.Select(arm => arm.Units)); // s1 with u1, s4, c; s2 with u2, d
        Assert.Equal([(2 + 0 + 1) / 3.0, (3 + 0) / 2.0], Clicks(report));
        Assert.Contains("1 of 6 units saw several arms", report.Health.Single(check => check.Name == "units in several arms").Says,
            StringComparison.Ordinal);
        Assert.StartsWith("3 visitors signed in after a session of theirs was exposed", report.Notes[0], StringComparison.Ordinal);
        Assert.EndsWith("1 of them saw another arm as user, and are left out: 33 %.", report.Notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_begins_where_events_of_a_time_begin()
    {
        using var folder = new TemporaryFolder();
        var clock = new StandingClock { Now = Start };
        await using var store = await Open(folder, clock);
        Assert.Equal(0, await EventsSince.FindAsync(store.Events, Start, Token));
        for (int n = 0; n < 20; n++)
        {
            clock.Now = Start.AddDays(n);
            await store.Events.AppendAsync([new("view", "tea") { UserId = "ann" }], Token);
        }
        for (int day = 0; day <= 20; day++)
            Assert.Equal(day, await EventsSince.FindAsync(store.Events, Start.AddDays(day), Token));
    }
}
