using Kindred.OnlineExperiments.Design;
using Kindred.Server.Experiments;
using Kindred.ServerTests.Live;
using Kindred.Store;
using Kindred.Store.Exposures;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Experiments;

/// <summary>Interleaved lists without a server: who is credited, and what is shown when.</summary>
public sealed class InterleavingTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static LiveExperiment Running(DesignKind kind = DesignKind.AlwaysValid) => new(
        new()
        {
            Experiment = new()
            {
                Name = "order",
                Metrics = [new("clicks") { Source = "click" }],
                Design = new() { Kind = kind, Days = 14 },
            },
            Interleaved = true,
        }, ExperimentState.Running, Start)
    {
        StartedAt = Start,
    };

    /// <summary>A list of tea, which control proposed, and ham, which the treatment did.</summary>
    private static Exposure List(string request, string user, double hour) =>
        new(request, Start.AddHours(hour), [new("tea", 0, "a", 1, 1, "control"), new("ham", 1, "b", 1, 1, "treatment")])
        {
            UserId = user,
            SessionId = user,
            Arms = [new("order", "interleaved", true)],
        };

    private static NewEvent Click(string? user, string item, double hour, string? request = null, string? session = null) =>
        new("click", item)
        {
            UserId = user,
            SessionId = session,
            Time = Start.AddHours(hour),
            RequestId = request,
            Id = Guid.NewGuid().ToString(),
        };

    [Fact]
    public async Task The_report_is_of_all_servers_and_each_event_counts_once()
    {
        using var folder = new TemporaryFolder();
        await using var store = await Stores.OpenAsync(
            folder.File("kindred.db"), new() { Durability = Durability.Os, Clock = new StandingClock { Now = Start.AddDays(1) } }, Token);
        var experiment = Running();
        string[] logs = [folder.File("one"), folder.File("two")];
        await using (ExposureLog one = ExposureLog.Open(logs[0]), two = ExposureLog.Open(logs[1]))
        {
            one.TryAppend(List("r1", "ann", 1));
            two.TryAppend(List("r2", "ann", 2));
            two.TryAppend(List("r3", "bob", 1));
            one.TryAppend(List("r4", "s1", 1));
        }
        await store.Events.AppendAsync(
        [
            Click("ann", "tea", 1.1, "r1"), Click("ann", "ham", 3), // which both servers showed
            Click("bob", "ham", 2, "r3"), Click("bob", "ham", 2.1, "r3"), Click("bob", "jam", 2), Click("cid", "ham", 2),
            Click(null, "ham", 1.2, session: "s1"), Click("bob", "ham", 30), // a day later it is no answer to the list
        ], Token);
        ExposedUnit Row(string unit, int answers) => new("order", unit, "interleaved", 0, Start) { Answers = answers };
        await store.Experiments.AddAsync("one", 1, [Row("ann", 1), Row("s1", 1), Row("eve", 1)], Token);
        await store.Experiments.AddAsync("two", 1, [Row("ann", 1), Row("bob", 1)], Token);
        for (int round = 0; round < 2; round++)
        {
            foreach (string log in logs) await new InterleavedEvents(store, new(log)).UpdateAsync(experiment, Token);
            Assert.Equal(
                [new("ann", "control", 1), new("ann", "treatment", 1), new("bob", "treatment", 2), new("s1", "treatment", 1)],
                await store.Experiments.CreditsAsync("order", Token));
        }
        await store.Events.MergeAsync("s1", "bob", Token); // one vote
        foreach (string log in logs) await new InterleavedEvents(store, new(log)).UpdateAsync(experiment, Token);
        var report = await InterleavingReport.ReadAsync(experiment, store, Start.AddDays(1), Token);
        Assert.Equal((5, 2, (long?)1, (long?)0, (double?).5),
            (report.Answers, report.Users, report.Wins, report.Losses, report.Preference));
        await ExperimentReports.KeepAsync(experiment, store, Start.AddDays(1), Token);
        Assert.Empty(await store.Experiments.CreditsAsync("order", Token));
        Assert.Equal(report, await ExperimentReports.ReadInterleavedAsync(experiment, store, Start.AddDays(99), Token));
    }

    [Theory]
    [InlineData(DesignKind.AlwaysValid, .1, true)]
    [InlineData(DesignKind.FixedHorizon, 13.9, false)]
    [InlineData(DesignKind.FixedHorizon, 14, true)]
    public void A_preference_is_shown_when_the_design_allows_it(DesignKind kind, double days, bool isShown)
    {
        (long, long)[] votes = [.. Enumerable.Repeat((0L, 1L), 20)];
        var report = InterleavingReport.Of(Running(kind), 20, votes, Start.AddDays(days));
        Assert.Equal(isShown, report.PValue is not null);
        Assert.Equal(isShown, report.Wins is not null);
        if (isShown) Assert.Equal("Users prefer treatment: 20 to 0 of 20 users.", report.Summary);
        else Assert.Equal("The design shows nothing before its 14 days are over; this is day 14.", report.Summary);
    }
}
