using CsCheck;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class RollingTimeSplitTests
{
    private static readonly Interactions Days = EventList.Of(Enumerable.Range(1, 10).Select(day => ("ann", $"{day}", day * 86_400L, 1f)));

    [Fact]
    public void Windows_follow_each_other_up_to_the_last_event()
    {
        var holdouts = new RollingTimeSplit { Cuts = 3, TestDays = 2 }.Holdouts(Days);
        Assert.Equal(["5 6", "7 8", "9 10"], holdouts.Select(h => string.Join(' ', SplitTests.ItemsOf(h.Test))));
        Assert.Equal([4, 6, 8], holdouts.Select(h => h.Train.Histories.Count));
        Assert.Equal(
            "Rolling time split 1 of 3: trained on events from 1970-01-02 00:00:00 UTC to before 1970-01-05 00:00:01 UTC, tested on those "
                +
            "from 1970-01-05 00:00:01 UTC to 1970-01-07 00:00:00 UTC. Repeated items are excluded.",
            holdouts[0].Protocol);
    }

    [Fact]
    public void A_sliding_window_forgets_and_a_gap_is_nobodys()
    {
        var holdouts = new RollingTimeSplit { Cuts = 2, TestFraction = .2, TrainDays = 3, Gap = TimeSpan.FromDays(1) }.Holdouts(Days);
        Assert.Equal(["7 8", "9 10"], holdouts.Select(h => string.Join(' ', SplitTests.ItemsOf(h.Test))));
        Assert.Equal(["3 4 5", "5 6 7"], holdouts.Select(h => string.Join(' ', SplitTests.ItemsOf(h.Train))));
        Assert.EndsWith("(a gap of 1 day). Items that the user has in training are excluded.", holdouts[0].Protocol);
    }

    [Fact]
    public void No_event_is_measured_twice_and_none_learned_from_too_early() => SplitTests.SomeEvents.Sample(events =>
    {
        IReadOnlyList<Holdout> holdouts;
        try { holdouts = new RollingTimeSplit { Cuts = 3, TestFraction = .2, Gap = TimeSpan.FromSeconds(1) }.Holdouts(events); }
        catch (InputException) { return; }
        long after = long.MinValue;
        foreach (var holdout in holdouts)
        {
            long[] test = holdout.Test.Histories.Times.ToArray();
            if (test.Length == 0) continue; // all of them repeats
            Assert.True(holdout.Train.Histories.Times.ToArray().Max() < test.Min() - 1);
            Assert.True(test.Min() > after);
            after = test.Max();
            Assert.DoesNotContain(holdout.Warnings, w => w.Contains("future") || w.Contains("had no event yet"));
        }
    });

    [Fact]
    public void Cuts_without_anything_to_learn_from_or_to_measure_are_refused()
    {
        string Refusal(RollingTimeSplit cuts, Interactions? events = null) =>
            Assert.Throws<InputException>(() => cuts.Holdouts(events ?? Days)).Message;
        Assert.Contains(
            "Cut 1 of 5, 1970-01-01 00:00:01 UTC to 1970-01-03 00:00:00 UTC, leaves no training part", Refusal(new() { TestDays = 2 }));
        Assert.Contains("Cut 1 of 1", Refusal(new() { Cuts = 1, TrainDays = 1, Gap = TimeSpan.FromDays(20) }));
        Assert.Contains("has no test event", Refusal(new() { TestDays = .5 }));
        Assert.Contains("Cut 1 of 1000, 0001-01-01 00:00:00 UTC", Refusal(new() { Cuts = 1000, TestDays = 100_000 }));
        Assert.Equal("Cuts must be from 1 to 1000, was 0.", Refusal(new() { Cuts = 0 }));
        Assert.Equal("Cuts · TestFraction must be < 1, was 1; use fewer cuts or a smaller share.", Refusal(new() { TestFraction = .2 }));
        Assert.Equal("The share of the test part must be above 0 and below 1, was 0.", Refusal(new() { TestFraction = 0 }));
        Assert.Equal("TrainDays must be > 0 and at most 1000000, was -1.", Refusal(new() { TrainDays = -1 }));
        Assert.Contains("needs times", Refusal(new(), EventList.Of([("ann", "tea", 0, 1f)], timed: false)));
        Assert.Contains(
            "no test event", Refusal(new() { TestFraction = .1 }, EventList.Parse("ann: a@1 b@2 c@9 d@9 e@9 f@9 g@9 h@9 i@9 j@9")));
    }
}
