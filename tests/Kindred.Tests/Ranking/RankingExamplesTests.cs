using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Splitting;

namespace Kindred.Tests.Ranking;

public sealed class RankingExamplesTests
{
    private const long Hour = 3_600;

    // user 0: items 0, 1 at hours 0 and 10; user 1: item 1 at hour 39, item 2 at hour 40
    private static readonly Interactions Data = new(
        new Vocabulary(["u", "v"]), new Vocabulary(["0", "1", "2", "3"]),
        new Histories(
            new[] { 0, 2, 4 }, new[] { 0, 1, 1, 2 }, new long[] { 0, 10 * Hour, 39 * Hour, 40 * Hour }, new float[] { 1, 1, 1, 1 }));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Interactions Part(params bool[] keep) => new(Data.Users, Data.Items, Data.Histories.Where(keep));

    private static Pipeline Proposing(params int[] items) => new([new Source("x", new Fixed(items), 5)], [new ExcludeSeen()]);

    [Fact]
    public void Examples_are_the_candidates_and_what_became_of_them()
    {
        // everybody's last event is held out: user 0 took item 1, user 1 item 2
        var holdout = Split.Given(
            Part(true, false, true, false), Part(false, false, false, false), Part(false, true, false, true), "by hand").Final;
        var pipeline = Proposing(1, 3);
        var features = new FeatureSet(["item.events", "user.events"], holdout.Train, pipeline.Sources);
        var examples = RankingExamples.From(pipeline, features, holdout, 5, Token);
        Assert.Equal([2], examples.Groups); // user 1 had item 1, and item 2 was not proposed
        Assert.Equal([1, 0], examples.Labels);
        Assert.Equal([1, 1, 0, 1], examples.Rows.Values.ToArray()); // item 1 has one event left, user 0 too
        Assert.Equal(1, examples.Missed);
        Assert.StartsWith("No user took an item that the sources proposed", Assert.Throws<InputException>(
            () => RankingExamples.From(Proposing(3), features, holdout, 5, Token)).Message);
    }

    /// <summary>
    /// Everything from hour 10 on is held out. User 0 is asked at hour 10, with item 0; user 1 at hours 39, with nothing, and 40, with item
    /// 1, which is not proposed again. Items 1, 2, 3 have before that 0, 0, 0; then 1, 0, 0; then 2 (not a candidate), 0, 0 events.
    /// </summary>
    [Fact]
    public void At_each_moment_is_known_what_was_before_it()
    {
        var holdout = Split.Given(
            Part(true, false, false, false), Part(false, false, false, false), Part(false, true, true, true), "by hand").Final;
        var pipeline = Proposing(1, 2, 3);
        var features = new FeatureSet(["item.events", "user.events", "user.idle"], Data, pipeline.Sources);
        var examples = RankingExamples.AtMoments(pipeline, features, holdout, new(), Token);
        Assert.Equal([3, 3, 2], examples.Groups);
        Assert.Equal([0, 1, 1], examples.Users);
        Assert.Equal([1, 0, 0, 1, 0, 0, 1, 0], examples.Labels);
        const float NaN = float.NaN, Day = 24;
        Assert.Equal(
            [0, 1, 10 / Day, 0, 1, 10 / Day, 0, 1, 10 / Day, 1, 0, NaN, 0, 0, NaN, 0, 0, NaN, 0, 1, 1 / Day, 0, 1, 1 / Day],
            examples.Rows.Values.ToArray());

        // a visit of an hour and more takes both of user 1's items
        var long_ = RankingExamples.AtMoments(pipeline, features, holdout, new() { Session = TimeSpan.FromHours(1) }, Token);
        Assert.Equal([1, 0, 0, 1, 1, 0], long_.Labels);
        Assert.Equal([3, 3], RankingExamples.AtMoments(pipeline, features, holdout, new() { MostOfUser = 1 }, Token).Groups);
        Assert.Equal([2, 2, 2], RankingExamples.AtMoments(pipeline, features, holdout, new() { MostCandidates = 2 }, Token).Groups);
    }

    /// <summary>Group g has g % 3 + 1 rows, all of the value g, and is of user g % 10.</summary>
    [Fact]
    public void Of_examples_some_users_are_kept_apart()
    {
        int[] all = [.. Enumerable.Range(0, 40)], groups = [.. all.Select(g => (g % 3) + 1)];
        float[] RowsOf(IEnumerable<int> some) => [.. some.SelectMany(g => Enumerable.Repeat((float)g, groups[g]))];
        float[] values = RowsOf(all);
        var examples = new RankingExamples(
            ["x"], new(values.Length, 1, values), values, groups, 3) { Categorical = [0], Users = [.. all.Select(g => g % 10)] };
        var (training, validation) = examples.SplitByUser(.3, 1);
        Assert.Empty(training.Users.Intersect(validation.Users));
        foreach (var part in (RankingExamples[])[training, validation])
        {
            int[] own = [.. all.Where(g => part.Users.Contains(g % 10))];
            Assert.Equal(own.Select(g => groups[g]), part.Groups);
            Assert.Equal(RowsOf(own), part.Rows.Values.ToArray());
            Assert.Equal(RowsOf(own), part.Labels);
            Assert.Equal([0], part.Categorical);
        }
        Assert.Equal(40, training.Groups.Length + validation.Groups.Length);
        Assert.Equal(validation.Labels, examples.SplitByUser(.3, 1).Validation.Labels);
        Assert.StartsWith(
            "A share of 0 of 10 users leaves a part without any", Assert.Throws<InputException>(() => examples.SplitByUser(0, 1)).Message);
    }

    [Fact]
    public void What_cannot_be_asked_at_a_moment_is_refused()
    {
        var untimed = new Interactions(
            Data.Users, Data.Items, new Histories(Data.Histories.Starts, Data.Histories.Items, default, Data.Histories.Weights));
        Interactions Half(bool first) => untimed.Where([first, !first, first, !first]);
        var holdout = Split.Given(Half(true), untimed.Where(new bool[4]), Half(false), "by hand").Final;
        var pipeline = Proposing(1);
        Assert.StartsWith("The events have no times", Assert.Throws<InputException>(
            () => RankingExamples.AtMoments(pipeline, new(["item.events"], untimed, pipeline.Sources), holdout, new(), Token)).Message);
        Assert.StartsWith("The events have no times", Assert.Throws<InputException>(
            () => RankingExamples.FromImpressions(pipeline, new(["item.events"], untimed, pipeline.Sources), [], 5, Token)).Message);
        Assert.Equal("mostOfUser must be at least 1, was 0.", Assert.Throws<InputException>(
            () => RankingExamples.AtMoments(
                pipeline, new(["item.events"], Data, pipeline.Sources), holdout, new() { MostOfUser = 0 }, Token)).Message);
    }

    /// <summary>
    /// User 0 saw 3, 1, 0 at hour 11, before which item 1 and 0 had one event each; the source proposes 1 and 2, of which 2 was not shown.
    /// </summary>
    [Fact]
    public void What_was_shown_and_left_is_a_negative()
    {
        var pipeline = new Pipeline([new Source("x", new Fixed(2, 1), 5)], []);
        var features = new FeatureSet(["score:x", "item.events", "user.events"], Data, pipeline.Sources);
        Impression[] log =
        [
            new(0, 11 * Hour, [3, 1, 0], [3]),
            new(0, 12 * Hour, [1, 2], []), // nothing taken, or everything: no order
            new(1, 12 * Hour, [1], [1]),
            new(-1, 50 * Hour, [2, 3], [2]),
        ];
        var examples = RankingExamples.FromImpressions(pipeline, features, log, 5, Token);
        Assert.Equal([3, 2], examples.Groups);
        Assert.Equal([0, 1, 0, 1, 0], examples.Labels); // 1, which was proposed, comes first
        const float NaN = float.NaN;
        Assert.Equal([1, 1, 2, NaN, 0, 2, NaN, 1, 2, 2, 1, 0, NaN, 0, 0], examples.Rows.Values.ToArray());
        Assert.Equal(0, examples.Missed);
    }

    [Theory]
    [InlineData(2, 1, 1, "An impression is of user 2, but there are 2, from 0; give -1 for one who is unknown.")]
    [InlineData(0, 4, 4, "An impression shows item 4, but there are 4, from 0; leave it out.")]
    [InlineData(0, 1, 2, "Item 2 was taken, but not shown, at 7; add it to what was shown, or leave it out.")]
    public void An_impression_that_does_not_fit_is_refused(int user, int shown, int taken, string message)
    {
        var pipeline = Proposing(1);
        Assert.Equal(message, Assert.Throws<InputException>(() => RankingExamples.FromImpressions(
            pipeline, new(["item.events"], Data, pipeline.Sources), [new(user, 7, [shown], [taken])], 5, Token)).Message);
    }

    private sealed class Fixed(params int[] list) : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            for (int n = 0; n < list.Length; n++) (items[n], scores[n]) = (list[n], list.Length - n);
            return list.Length;
        }
    }
}
