using CsCheck;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class TimeLeaksTests
{
    [Fact]
    public void The_future_in_training_is_counted()
    {
        // Training: tea@1 jam@4 salt@6 oil@9. Asked: ann from 2, bob from 5, cid from 8; the middle one is bob.
        // Later than 2: three of four events; later than 5: two.
        // Items whose first event is later: 3, 2 and 1 of 4, on average a half.
        var events = EventList.Parse("ann: rye@2", "bob: rye@5", "cid: rye@8", "dan: tea@1 jam@4 salt@6 oil@9");
        var holdout = Holdout.Of(
            events.Where([false, false, false, true, true, true, true]), events.Where([true, true, true, false, false, false, false]),
            "By hand.");
        Assert.Equal(
            [
                "Training data leaks from the future: 75 % of the training events are later than the first test event, 50 % later than " +
                "that " +
                "of the median test user. Expect lower numbers in production; use a global time split.",
                "Items leak from the future: at the time of a test user's first event, 50 % of the training items (on average) have no " +
                "event " +
                "yet, so the model recommends items that did not exist.",
            ],
            holdout.Warnings.Take(2));
    }

    [Fact]
    public void An_item_that_somebody_had_before_is_not_of_the_future()
    {
        // The only training event after the question is on tea, which was there at 1.
        var events = EventList.Parse("ann: rye@2", "dan: tea@1 tea@3");
        var holdout = Holdout.Of(events.Where([false, true, true]), events.Where([true, false, false]), "By hand.");
        Assert.Contains(holdout.Warnings, w => w.Contains("leaks from the future: 50 %"));
        Assert.DoesNotContain(holdout.Warnings, w => w.Contains("Items leak"));
    }

    [Fact]
    public void Equal_times_one_late_event_in_a_hundred_and_missing_times_are_no_leak()
    {
        Holdout Of(Interactions events) => Holdout.Of(
            events.Where([.. Enumerable.Range(0, events.Histories.Count).Select(e => e > 0)]),
            events.Where([.. Enumerable.Range(0, events.Histories.Count).Select(e => e == 0)]), "By hand.");
        bool Leaks(Interactions events) => Of(events).Warnings.Any(w => w.Contains("future") || w.Contains("Items leak"));
        Interactions Training(long late, int count, bool timed = true) =>
            EventList.Of([("ann", "rye", 5, 1f), ("bob", "late", late, 1f), .. Enumerable.Range(1, count - 1)
                .Select(n => ("bob", $"i{n}", 1L, 1f))], timed);
        Assert.False(Leaks(Training(late: 5, count: 10)));
        Assert.True(Leaks(Training(late: 6, count: 10)));
        Assert.True(Leaks(Training(late: 6, count: 99)));
        Assert.False(Leaks(Training(late: 6, count: 100)));
        Assert.False(Leaks(Training(late: 6, count: 10, timed: false)));
    }

    [Fact]
    public void A_global_time_cut_never_leaks() => SplitTests.SomeEvents.Sample(events =>
    {
        try
        {
            var split = new GlobalTimeSplit { TestFraction = .3, Gap = TimeSpan.FromSeconds(1) }.Split(events);
            Assert.DoesNotContain(split.Warnings, w => w.Contains("future") || w.Contains("Items leak"));
        }
        catch (InputException)
        {
        }
    });
}
