using Kindred.Data;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class GroupingsTests
{
    [Fact]
    public void Measured_users_are_divided_by_what_is_known_of_them()
    {
        // known events: ann 1, bob 2, cid 2, dan 3, eva 0; flo is not asked about
        var events = EventList.Parse(
            "ann: a@1 z@9", "bob: a@1 b@1 z@9", "cid: a@1 b@1 z@9", "dan: a@1 b@1 c@1 z@9", "eva: z@9", "flo: a@1 b@1");
        var grouping = Groupings.UserActivity(CutAt(9, events));
        Assert.Equal("user activity", grouping.Name);
        // thirds of 1 2 2 3: up to the second, up to the third, the rest; equal counts stay together, so nobody is in the middle
        Assert.Equal(["none (0 events)", "few (1 to 2 events)", "many (3 events)"], grouping.Groups);
        Assert.Equal([1, 1, 1, 2, 0, -1], grouping.Of.ToArray());
    }

    [Fact]
    public void Thirds_are_equal_where_nobody_is_alike()
    {
        var events =
            EventList.Parse([.. Enumerable.Range(1, 6)
                .Select(n => $"u{n}: {string.Concat(Enumerable.Range(0, n).Select(i => $"i{i}@1 "))}z@9")]);
        var grouping = Groupings.UserActivity(CutAt(9, events));
        Assert.Equal(["few (1 to 2 events)", "some (3 to 4 events)", "many (5 to 6 events)"], grouping.Groups);
        Assert.Equal([0, 0, 1, 1, 2, 2], grouping.Of.ToArray());
    }

    [Fact]
    public void Taste_is_the_popularity_of_what_a_user_knows()
    {
        // training events: hit 4, song 2, deep 1. Means: ann (4 + 2)/2 = 3, bob 4 (each item once), cid (4 + 2 + 1)/3, dan has none.
        var events = EventList.Parse("ann: hit@1 song@1 z@9", "bob: hit@1 hit@2 z@9", "cid: hit@1 song@1 deep@1 z@9", "dan: z@9");
        var grouping = Groupings.UserTaste(CutAt(9, events));
        Assert.Equal(["diverse", "blockbuster", "niche", "-"], Groups(4, grouping));
    }

    [Fact]
    public void Labels_make_groups_and_rare_ones_are_others()
    {
        var column = new LabelColumn(new[] { 0, 2, 3, 3, 4 }, new[] { 1, 0, 0, 1 }, new Vocabulary(["f", "m"]));
        Assert.Equal(["m", "f", "-", "m"], Groups(4, Groupings.Of("gender", column)));
        Assert.Equal(["m", "f"], Groupings.Of("gender", column).Groups);

        // job0 and job1 … job13: the first occurs twice, of the others the first eleven by name stay
        string[] jobs = ["job0", .. Enumerable.Range(0, 14).Select(n => $"job{n}"), ""];
        var grouping = Groupings.Of("job", new TextColumn(StringTable.From(jobs)));
        Assert.Equal(13, grouping.Groups.Count);
        Assert.Equal("job0", grouping.Groups[0]);
        Assert.Equal(2, Groups(16, grouping).Count(group => group == "other"));
        Assert.Equal(-1, grouping.Of.Span[15]);
    }

    [Fact]
    public void Pairs_are_divided_by_the_popularity_of_their_item()
    {
        // training events: a 4, b 3, c 3, d 2: 12. Above a: 0, head; above b and c: 4 of 12, mid; above d: 10, tail. e has none.
        var events = EventList.Parse("t: a@1 a@1 a@1 a@1 b@1 b@1 b@1 c@1 c@1 c@1 d@1 d@1", "ann: e@9 a@9 d@9", "bob: c@9 b@9");
        var holdout = CutAt(9, events);
        var grouping = Groupings.ItemPopularity(holdout);
        Assert.Equal(["head", "mid", "tail", "cold"], grouping.Groups);
        // rows in ascending order of items: ann a d e, bob b c
        Assert.Equal(["head", "tail", "cold", "mid", "mid"], Groups(5, grouping));
        Assert.Equal(holdout.Test.ByUser.Count, grouping.Of.Length);
    }

    [Fact]
    public void New_items_are_first_seen_in_the_last_tenth_of_training()
    {
        // training is from 0 to 100: new is what is first seen after 90
        var events = EventList.Parse("t: old@0 edge@90 new@91 old@95 last@100", "ann: old@200 edge@200 new@200 never@200");
        Assert.Equal(["established", "established", "new", "never seen"], Groups(4, Groupings.NewItems(CutAt(200, events))));
    }

    [Fact]
    public void Time_slices_have_equally_many_pairs_and_carry_their_dates()
    {
        const long Day = 86_400;
        var events = EventList.Parse("t: z@0", $"ann: a@{Day} b@{2 * Day} c@{3 * Day} a@{9 * Day}", $"bob: a@{4 * Day}");
        var grouping = Groupings.TimeSlices(CutAt(Day, events), slices: 2);
        Assert.Equal(["1970-01-02 to 1970-01-03", "1970-01-04 to 1970-01-05"], grouping.Groups);
        Assert.Equal([0, 0, 1, 1], grouping.Of.ToArray());

        var oneDay = Groupings.TimeSlices(CutAt(1, EventList.Parse("t: z@0", "ann: a@1 b@2 c@2 d@2")));
        Assert.Equal(["1970-01-01 00:00:01 to 1970-01-01 00:00:01", "1970-01-01 00:00:02 to 1970-01-01 00:00:02"], oneDay.Groups);
        Assert.Equal([0, 1, 1, 1], oneDay.Of.ToArray());
    }

    [Fact]
    public void Groups_of_items_divide_pairs()
    {
        var events = EventList.Parse("t: a@1", "ann: c@9 b@9", "bob: a@9");
        var items = new Grouping("genre", ["pop", "rock"], new[] { 0, 1, -1 }); // a, c, b
        Assert.Equal(["rock", "-", "pop"], Groups(3, Groupings.ByItem(CutAt(9, events), items)));
        Assert.Throws<ArgumentException>(() => Groupings.ByItem(CutAt(9, events), items with { Of = new[] { 0 } }));
    }

    [Fact]
    public void Data_without_times_and_empty_parts_are_clear()
    {
        var untimed = EventList.Of([("ann", "a", 0, 1f), ("ann", "b", 0, 1f)], timed: false);
        var holdout = Holdout.Of(untimed.Where([true, false]), untimed.Where([false, true]), "By hand.");
        Assert.Equal("New items need times, and this data has none; name the time column when importing.",
            Refusal(() => Groupings.NewItems(holdout)));
        Assert.StartsWith("Time slices need times", Refusal(() => Groupings.TimeSlices(holdout)));
        Assert.Equal("Slices must be >= 1, was 0.", Refusal(() => Groupings.TimeSlices(holdout, 0)));

        var empty = Holdout.Of(untimed, untimed, "By hand.");
        foreach (var grouping in new[] { Groupings.TimeSlices(empty), Groupings.ItemPopularity(empty), Groupings.UserActivity(empty),
            Groupings.UserTaste(empty) })
            Assert.Empty(grouping.Groups);
        Assert.Equal(["cold"], Groupings.ItemPopularity(Holdout.Of(untimed.Where([false, false]), untimed, "By hand.")).Groups);
    }

    /// <summary>What is earlier is training, the rest test.</summary>
    private static Holdout CutAt(long time, Interactions events) =>
        new GlobalTimeSplit { ValidationFraction = 0, TestFrom = DateTimeOffset.FromUnixTimeSeconds(time) }.Split(events).Final;

    private static string[] Groups(int count, Grouping grouping)
    {
        Assert.Equal(count, grouping.Of.Length);
        return [.. grouping.Of.ToArray().Select(group => group < 0 ? "-" : grouping.Groups[group])];
    }

    private static string Refusal(Func<Grouping> grouping) => Assert.Throws<InputException>(grouping).Message;
}
