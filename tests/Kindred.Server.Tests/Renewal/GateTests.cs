using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;
using Kindred.Retrieval.Indexes;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Snapshots;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Renewal;

public sealed class GateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Of .2, the current configuration's mean: −.001 is −.5 %, −.004 is −2 %.
    [Theory]
    [InlineData(-.001, -.0019, true)]
    [InlineData(-.001, -.0021, false)] // the mean alone is within the margin, but nobody can be sure
    [InlineData(-.004, -.0061, false)]
    [InlineData(.01, .004, true)]
    public void A_configuration_may_be_worse_by_the_margin_and_no_more(double difference, double low, bool passes)
    {
        var check = OfflineChecks.NotInferior(Difference(difference, low), current: .2, margin: .01);
        Assert.Equal(passes ? Outcome.Passed : Outcome.Failed, check.Outcome);
        Assert.Equal((difference / .2, low / .2, -.01), (check.Value, check.Low, check.Limit));
    }

    [Fact]
    public void The_reason_has_the_numbers()
    {
        Assert.Equal(
            "NDCG@10 is −0.5 % of that of the current configuration, retrained on the same events, and with 95 % confidence above −0.9 %; "
                + "within the margin of −1.0 % (1,200 users).",
            OfflineChecks.NotInferior(Difference(-.001, -.0018), .2, .01).Reason);
        Assert.Equal(
            "NDCG@10 is +0.40 points from popularity, and with 95 % confidence above −0.10: not worth its complexity (1,200 users).",
            OfflineChecks.AbovePopularity(Difference(.004, -.001)).Reason);
    }

    [Theory]
    [InlineData(.004, .0001, true)]
    [InlineData(.004, -.0001, false)]
    [InlineData(-.004, -.006, false)]
    public void A_personal_model_must_be_above_popularity(double difference, double low, bool passes) =>
        Assert.Equal(passes ? Outcome.Passed : Outcome.Failed, OfflineChecks.AbovePopularity(Difference(difference, low)).Outcome);

    [Fact]
    public void Popularity_need_not_be_above_itself() => Assert.Equal(Outcome.Passed, OfflineChecks.AbovePopularity(null).Outcome);

    [Fact]
    public void With_few_users_nobody_can_tell_and_a_person_must_look()
    {
        Assert.Equal(Outcome.NeedsPerson, OfflineChecks.NotInferior(Difference(.1, .09, users: 29), .2, .01).Outcome);
        Assert.Equal(Outcome.NeedsPerson, OfflineChecks.AbovePopularity(Difference(.1, .09, users: 29)).Outcome);
        Assert.Equal(Outcome.Passed, OfflineChecks.AbovePopularity(Difference(.1, .09, users: 30)).Outcome);
    }

    [Fact]
    public void The_low_end_is_what_nineteen_of_twenty_resamples_exceed()
    {
        // 0, 1, …, 100: the 5 % quantile is 5, the 2.5 % quantile 2.5
        double[] means = [.. Enumerable.Range(0, 101).Select(n => (double)n)];
        Assert.Equal(5, Bootstrap.OneSidedLow(means));
        Assert.Equal(2.5, Bootstrap.Interval(means).Low);
    }

    [Fact]
    public void Integrity_has_limits()
    {
        Assert.Equal(Outcome.Passed, IntegrityChecks.Cut(candidate: 7, current: 7).Outcome);
        Assert.Equal(Outcome.Failed, IntegrityChecks.Cut(candidate: 6, current: 7).Outcome);
        Vocabulary ten = new([.. Enumerable.Range(0, 10).Select(n => $"i{n}")]), nine = new([.. Enumerable.Range(1, 9).Select(n =>
            $"i{n}")]),
            eight = new([.. Enumerable.Range(2, 8).Select(n => $"i{n}")]);
        Assert.Equal((Outcome.Passed, .9), Of(IntegrityChecks.Overlap("items", nine, ten)));
        Assert.Equal((Outcome.NeedsPerson, .8), Of(IntegrityChecks.Overlap("items", eight, ten)));
        Assert.Equal((Outcome.Passed, 2.5), Of(IntegrityChecks.Size(2_500_000, most: 2.5)));
        Assert.Equal((Outcome.Failed, 2.5), Of(IntegrityChecks.Size(2_500_000, most: 2.4)));
        Assert.Equal((Outcome.Passed, 2.5), Of(IntegrityChecks.Size(2_500_000, most: null)));
        Assert.Equal((Outcome.Failed, 101d), Of(IntegrityChecks.Latency(101, 100, 1_000)));
        Assert.Equal((Outcome.Passed, .01), Of(IntegrityChecks.Empty(10, 1_000)));
        Assert.Equal((Outcome.Failed, .011), Of(IntegrityChecks.Empty(11, 1_000)));
        static IndexManifest Index(double recall) =>
            new("hnsw", IndexMetric.InnerProduct, 8, 100, 40, 1, "bpr", "", Recall: new(10, recall, recall - .01, recall + .01, 500));
        Assert.Equal((Outcome.Passed, .9), Of(IntegrityChecks.Recall(Index(.9), .9)));
        Assert.Equal((Outcome.Failed, .89), Of(IntegrityChecks.Recall(Index(.89), .9)));

        static (Outcome, double?) Of(GateCheck check) => (check.Outcome, check.Value);
    }

    [Fact]
    public void Lists_are_compared_item_by_item()
    {
        (string[], string[])[] lists =
        [
            (["a", "b"], ["a", "b"]), // the same
            (["b", "a"], ["a", "b"]), // another first item
            (["c", "d"], ["a", "b"]), // nothing in common
            (["a"], ["a", "b"]), // half in common
        ];
        var difference = ListDifference.Of(lists, new HashSet<string> { "a" });
        // overlap (1 + 1 + 0 + ½) / 4; first items of two of four; a stands in 3 of 7 places, and in 4 of 8
        Assert.Equal(new ListDifference(4, .625, .5, 4, 2, 3.0 / 7, .5), difference);
        Assert.All(difference.Checks(sameConfiguration: true, .5), check => Assert.Equal(Outcome.Passed, check.Outcome));
        Assert.Contains(difference.Checks(sameConfiguration: true, .49), check => check is
        {
            Name: "first items",
            Outcome: Outcome.NeedsPerson
        });
        Assert.All(difference.Checks(sameConfiguration: false, .49), check => Assert.Equal(Outcome.Passed, check.Outcome));
    }

    [Fact]
    public void The_worst_check_decides()
    {
        GateCheck passed = new("a", Outcome.Passed, "Fine."), person = new("b", Outcome.NeedsPerson, "Odd."), failed = new("c",
            Outcome.Failed, "Bad.");
        Assert.Equal((Outcome.Passed, "All 2 checks passed."), PromotionGate.VerdictOf([passed, passed]));
        Assert.Equal((Outcome.NeedsPerson, "B: Odd."), PromotionGate.VerdictOf([passed, person]));
        Assert.Equal((Outcome.Failed, "C: Bad. C: Bad."), PromotionGate.VerdictOf([failed, passed, person, failed]));
    }

    [Fact]
    public void The_window_grows_until_there_are_enough_users_or_a_fifth_of_the_events_is_in_it()
    {
        // 300 users a day for 30 days: two days have more than enough.
        var busy = EventList.Of(
            from day in Enumerable.Range(0, 30)
            from user in Enumerable.Range(0, 300)
            select ($"u{user}", $"i{day}",
                day * 86_400L + user, 1f));
        Assert.Equal(300, GateWindow.Split(busy, days: 1).Final.TestUsers);
        // 5 users a day: a fifth of 30 days is 6 days.
        var quiet = EventList.Of(
            from day in Enumerable.Range(0, 30)
            from user in Enumerable.Range(0, 5)
            select ($"u{user}", $"i{day}",
                day * 86_400L + user, 1f));
        var split = GateWindow.Split(quiet, days: 1);
        Assert.Equal((30, 30), (split.Final.Test.Histories.Count, split.Tuning.Test.Histories.Count));
        Assert.Throws<InputException>(() => GateWindow.Split(EventList.Parse("ann: tea@1 jam@1"), 7));
    }

    [Fact]
    public void On_real_data_a_good_model_passes_and_a_bad_one_fails()
    {
        var data = MovieLensSmall.OfFilmsWith(20);
        Split split = new GlobalTimeSplit { TestFraction = .2, ValidationFraction = .2 }.Split(data);
        var popularity = Spec("popularity");
        var good = Judge(Spec("popularity:halfLifeDays=400"), popularity);
        Assert.Equal(Outcome.Passed, Of(good, "above popularity").Outcome);
        Assert.Equal(Outcome.Passed, Of(good, "not worse than the current configuration").Outcome);
        Assert.True(Of(good, "not worse than the current configuration").Low > 0);
        Assert.Equal(Outcome.Passed, Of(good, "finite scores").Outcome);

        var bad = Judge(Spec("implicit-als:dimensions=2,epochs=1,regularization=1000"), popularity);
        Assert.Equal(Outcome.Failed, Of(bad, "above popularity").Outcome);
        Assert.Equal(Outcome.Failed, PromotionGate.VerdictOf(bad).Verdict);

        var same = Judge(popularity, popularity);
        Assert.Equal(Outcome.Passed, PromotionGate.VerdictOf(same).Verdict);
        Assert.Equal(1, Of(same, "overlap of the lists").Value);

        RenewalPlan Spec(string model) => new(ModelSpec.Parse(model), ModelSpec.Popularity);
        IReadOnlyList<GateCheck> Judge(RenewalPlan plan, RenewalPlan present)
        {
            var context = new TrainingContext { Workers = 2 };
            Snapshot Open(RenewalPlan which) =>
                Snapshot.Open(which.Train(data, new(), context).Publish(_folder.File("snapshots")));
            using Snapshot candidate = Open(plan), current = Open(present);
            return new PromotionGate(new() { MostMilliseconds = 60_000 }, new(), context, TrainerCatalog.Default)
                .Judge(candidate, plan, split, current, null, _ => { });
        }
        static GateCheck Of(IReadOnlyList<GateCheck> checks, string name) => checks.Single(check => check.Name == name);
    }

    [Fact]
    public void The_sample_is_spread_evenly()
    {
        Assert.Equal([0, 2, 5, 7], IntegrityChecks.Sample(count: 10, most: 4));
        Assert.Equal([0, 1, 2], IntegrityChecks.Sample(count: 3, most: 4));
        Assert.Empty(IntegrityChecks.Sample(count: 0, most: 4));
    }

    [Fact]
    public void A_promotion_is_read_as_it_was_written()
    {
        string path = Directory.CreateDirectory(_folder.File("snapshot")).FullName;
        Assert.Null(Promotion.Read(path));
        var promotion = new Promotion
        {
            Snapshot = "000001-x",
            Sequence = 12,
            Model = "popularity",
            Configuration = new() { ["model"] = "popularity" },
            Why = "So.",
            Stage = 1,
            Verdict = Outcome.NeedsPerson,
            Reason = "Odd.",
            Policy = PromotionPolicy.Ask,
            JudgedAt = DateTimeOffset.UnixEpoch,
            Checks = [new("a", Outcome.NeedsPerson, "Odd.", 1, .5, 2, .9)],
            Steps = [new(DateTimeOffset.UnixEpoch, "me", "promoted")],
        };
        promotion.Write(path);
        promotion.Write(path);
        var read = Promotion.Read(path)!;
        Assert.Equal(promotion.Checks, read.Checks);
        Assert.Equal(promotion.Steps, read.Steps);
        Assert.Equal((promotion.Verdict, promotion.Policy, "popularity"), (read.Verdict, read.Policy,
            (string)read.Configuration["model"]!));
        Assert.Equal([Promotion.FileName], Directory.GetFiles(path).Select(Path.GetFileName));
    }

    private static PairedComparison Difference(double difference, double low, int users = 1_200) =>
        new("the candidate", "popularity", "NDCG@10", users, difference, low - .001, 2 * difference - low)
        {
            Better = MetricDirection.Higher,
            RelativeDifference = 0,
            EffectSize = 0,
            DetectableDifference = 0,
            PValue = 1,
            AdjustedPValue = 1,
            OneSidedLow = low,
        };
}
