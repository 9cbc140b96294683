using Kindred.Models;
using Kindred.OffPolicy;
using Kindred.Retrieval;
using Kindred.Server;
using Kindred.Server.Experiments;
using Kindred.Server.Renewal.Gate;
using Kindred.Store;
using Kindred.Store.Exposures;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Renewal;

/// <summary>
/// Four items of which a is clicked in 40 % of the answers that show it, the others in 10 %. What answered preferred b; popularity,
/// which is judged, prefers a.
/// </summary>
public sealed class LoggedAnswersTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Learned = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _own = new();
    private readonly LivingFolder _folder;
    private IStore? _store;

    public LoggedAnswersTests() => _folder = LivingFolder.Create(_own.File("shop"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        _own.Dispose();
    }

    /// <param name="explored">ε: the chance that any item is shown instead of b.</param>
    /// <param name="users">Answers, each to somebody else.</param>
    /// <param name="arms">Of the answer to each user; null: none takes part in an experiment.</param>
    private async Task<LoggedAnswers> Log(double explored, int users, string? type = null, Func<int, ExposedArm[]>? arms = null)
    {
        _store = await _folder.OpenStoreAsync(Cancellation);
        var random = new Random(4);
        var clicks = new List<NewEvent>();
        await using (var log = ExposureLog.Open(_folder.Exposures))
        {
            for (int n = 0; n < users; n++)
            {
                int shown = random.NextDouble() < explored ? random.Next(4) : 1;
                string item = "abcd"[shown..(shown + 1)];
                double propensity = (explored / 4) + (shown == 1 ? 1 - explored : 0);
                var (request, time) = (Guid.CreateVersion7(Learned.AddMinutes(n)).ToString(), Learned.AddMinutes(n));
                Assert.True(log.TryAppend(new(request, time, [new(item, 0, "model", 1, propensity)])
                {
                    UserId = $"u{n}",
                    SessionId = $"u{n}",
                    Arms = arms?.Invoke(n) ?? [],
                }));
                if (random.NextDouble() < (shown == 0 ? .4 : .1))
                    clicks.Add(new("click", item) { UserId = $"u{n}", Time = time.AddSeconds(9), RequestId = request });
                if (n % 2_000 == 0) await log.FlushAsync(Cancellation);
            }
        }
        await _store.Events.AppendAsync(clicks, Cancellation);
        return await LoggedAnswers.ReadAsync(_folder, _store, Learned, Learned, new(Event: type), Cancellation);
    }

    /// <summary>Popularity, which learned that a is the most popular.</summary>
    private static OtherPolicy Popularity()
    {
        var data = Interactions.FromEvents(
            Enumerable.Range(0, 10), n => ($"old{n}", n < 7 ? "a" : $"{"bcd"[n - 7]}", Learned.AddDays(-1)));
        return OtherPolicy.Of("popularity", data, new Popularity().Train(data, new()).AsPipeline());
    }

    [Fact]
    public async Task A_policy_that_was_never_shown_to_anyone_is_judged_by_what_was_drawn()
    {
        var log = await Log(explored: .5, users: 4_000);
        Assert.Equal(4_000, log.Count);
        var report = log.Judge(Popularity(), Cancellation);
        Assert.True(report.IsAnswerable, report.Verdict);
        Assert.Equal(.4, report.Best.Value, .05);
        Assert.Equal((.125 * .4) + (.875 * .1), report.Logged.Value, .02);
        Assert.True(report.Best.DifferenceOneSidedLow > .15);
        Assert.Equal(Outcome.Passed, OffPolicyCheck.Of(report, .01).Outcome);
    }

    /// <summary>What other arms answered is not what is served: their users count for neither.</summary>
    [Fact]
    public async Task Answers_of_other_arms_than_control_are_left_out()
    {
        var experiments = new ExperimentList(
        [
            .. ((string[])["a", "b"]).Select(name => new LiveExperiment(
                ExperimentSetup.Parse($$"""{"experiment": {"name": "{{name}}", "metrics": [{"name": "click"}]}, "trigger": "always"}"""),
                ExperimentState.Stopped, Learned)),
        ]);
        await using (var store = await _folder.OpenStoreAsync(Cancellation))
            await store.Settings.SetAsync(ExperimentList.Name, experiments.ToJson(), cancellationToken: Cancellation);
        ExposedArm Of(string experiment, string arm) => new(experiment, arm, true);
        var log = await Log(explored: .5, users: 600, arms: n => (n % 6) switch
        {
            0 => [],
            1 => [Of("a", "control"), Of("b", "control")],
            2 => [Of("a", "control"), Of("b", "treatment")],
            3 => [Of("a", "treatment")],
            4 => [Of("a", "interleaved")],
            _ => [Of("gone", "control")], // nobody knows what it was
        });
        Assert.Equal(200, log.Count);
    }

    [Fact]
    public async Task Events_of_a_type_are_the_successes()
    {
        var log = await Log(explored: .5, users: 400, type: "purchase");
        Assert.Equal(0, log.Judge(Popularity(), Cancellation).Logged.Value);
    }

    /// <summary>Without chance the log is silent, and says which share of chance would change that.</summary>
    [Fact]
    public async Task Where_nothing_was_drawn_nothing_can_be_said()
    {
        var log = await Log(explored: 0, users: 4_000);
        Assert.Equal(0, log.Random);
        Assert.False(LoggedAnswers.HasRandom(_folder, Learned));
        var report = log.Judge(Popularity(), Cancellation);
        Assert.False(report.IsAnswerable);
        Assert.Contains("decisions chosen uniformly at random", report.Verdict, StringComparison.Ordinal);
        Assert.InRange(report.Diagnostics.NeededExploration!.Value, .01, .5);
        Assert.Equal(Outcome.NotAnswered, OffPolicyCheck.Of(report, .01).Outcome);
    }

    [Fact]
    public async Task What_learned_the_answers_cannot_be_judged_by_them()
    {
        var log = await Log(explored: .5, users: 100);
        var late = Popularity() with { Learned = Learned.AddDays(1) };
        Assert.Contains("it knows what came of them",
            Assert.Throws<InputException>(() => log.Judge(late, Cancellation)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(.02, -.0005, .04, Outcome.Passed)] // −.5 % of .1
    [InlineData(.001, -.02, .02, Outcome.NotAnswered)]
    [InlineData(-.05, -.08, -.03, Outcome.Failed)]
    public void The_lower_bound_must_be_within_the_margin(double difference, double low, double high, object outcome)
    {
        OffPolicyEstimate logged = new("logged", .1, .01, .08, .12), estimate = new("SNIPS", .1 + difference, .01, .08, .12)
        {
            Difference = difference,
            DifferenceLow = low,
            DifferenceHigh = high,
            DifferenceOneSidedLow = low,
        };
        var seen = new OffPolicyDiagnostics(500, 1, .9, 1.1, 8, .02, null, null, [], [], [], null);
        var check = OffPolicyCheck.Of(new("candidate", "decision", 9_000, 900, logged, [estimate], [], seen) { Verdict = "" }, .01);
        Assert.Equal((Outcome)outcome, check.Outcome);
        Assert.Equal((difference / .1, low / .1, -.01), (check.Value!.Value, check.Low!.Value, check.Limit!.Value));
    }

    [Fact]
    public void What_cannot_be_answered_neither_blocks_nor_passes()
    {
        GateCheck passed = new("a", Outcome.Passed, "Fine."), open = OffPolicyCheck.NotAnswered("Nobody knows.");
        Assert.Equal((Outcome.Passed, "1 checks passed, and 1 cannot be answered."), PromotionGate.VerdictOf([passed, open]));
        Assert.Equal(Outcome.Failed, PromotionGate.VerdictOf([open, new("c", Outcome.Failed, "Bad.")]).Verdict);
    }
}
