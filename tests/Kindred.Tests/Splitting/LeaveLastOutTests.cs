using CsCheck;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class LeaveLastOutTests
{
    [Fact]
    public void The_last_event_is_test_and_the_last_but_one_validation()
    {
        var split = new LeaveLastOut().Split(EventList.Parse("ann: c@3 a@1 d@4 b@2", "bob: e@9 f@8 g@7"));
        Assert.Equal(["a", "b", "g"], SplitTests.ItemsOf(split.Train));
        Assert.Equal(["c", "f"], SplitTests.ItemsOf(split.Validation));
        Assert.Equal(["d", "e"], SplitTests.ItemsOf(split.Test));
    }

    [Fact]
    public void Equal_times_keep_the_order_of_the_source()
    {
        var split = new LeaveLastOut().Split(EventList.Parse("ann: c@5 a@5 d@5 b@5"));
        Assert.Equal(["c", "a"], SplitTests.ItemsOf(split.Train));
        Assert.Equal(["d"], SplitTests.ItemsOf(split.Validation));
        Assert.Equal(["b"], SplitTests.ItemsOf(split.Test));
    }

    [Fact]
    public void Users_with_fewer_than_three_events_stay_whole_in_training()
    {
        var split = new LeaveLastOut().Split(EventList.Parse("ann: a b", "bob: a", "cid: a b c"));
        Assert.Equal(["a", "b", "a", "a"], SplitTests.ItemsOf(split.Train));
        Assert.Equal(["c"], SplitTests.ItemsOf(split.Test));
        Assert.Contains("Users with fewer than 3 events (2) are used for training only.", split.Protocol);
    }

    [Fact]
    public void A_last_event_on_an_item_the_user_had_is_left_out()
    {
        var split = new LeaveLastOut().Split(EventList.Parse("ann: a b a"));
        Assert.Equal(0, split.Test.Histories.Count);
        Assert.Equal(1, split.RepeatsLeftOut);
    }

    [Fact]
    public void More_than_one_last_event_can_be_asked_for()
    {
        var split = new LeaveLastOut { Last = 2 }.Split(EventList.Parse("ann: a b c d e f", "bob: a b c d"));
        Assert.Equal(["a", "b", "a", "b", "c", "d"], SplitTests.ItemsOf(split.Train));
        Assert.Equal(["c", "d"], SplitTests.ItemsOf(split.Validation));
        Assert.Equal(["e", "f"], SplitTests.ItemsOf(split.Test));
        Assert.Equal(
            "Leave last out. Each user's last 2 events are the test events, the 2 before them the validation events. " +
            "Users with fewer than 5 events (1) are used for training only. Repeated items are excluded.",
            split.Protocol);
        Assert.Equal(0, new LeaveLastOut { Last = int.MaxValue }.Split(EventList.Parse("ann: a b c")).Test.Histories.Count);
        Assert.Equal(
            "Last must be >= 1, was 0.",
            Assert.Throws<InputException>(() => new LeaveLastOut { Last = 0 }.Split(EventList.Parse("ann: a b c"))).Message);
    }

    [Fact]
    public void It_warns_of_missing_times()
    {
        var untimed = EventList.Of([("ann", "a", 0, 1f), ("ann", "b", 0, 1f), ("ann", "c", 0, 1f)], timed: false);
        Assert.Contains(new LeaveLastOut().Split(untimed).Warnings, w => w.Contains("has no times"));
        Assert.DoesNotContain(new LeaveLastOut().Split(EventList.Parse("ann: a b c")).Warnings, w => w.Contains("has no times"));
    }

    [Fact]
    public void Every_user_has_at_most_one_event_in_each_part() => SplitTests.SomeEvents.Sample(interactions =>
    {
        var split = new LeaveLastOut().Split(interactions);
        for (int user = 0; user < interactions.Users.Count; user++)
        {
            Assert.True(split.Validation.Histories.ItemsOf(user).Length <= 1);
            Assert.True(split.Test.Histories.ItemsOf(user).Length <= 1);
            int count = interactions.Histories.ItemsOf(user).Length;
            Assert.Equal(count < 3 ? count : count - 2, split.Train.Histories.ItemsOf(user).Length);
        }
    });
}
