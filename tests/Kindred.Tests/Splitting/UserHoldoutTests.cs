using CsCheck;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class UserHoldoutTests
{
    [Fact]
    public void Held_out_users_are_known_by_their_oldest_events_and_asked_for_the_others()
    {
        // ten users with five events each, and one with a single one: one test user, one validation user; 80 % of 5 events are known
        var events = EventList.Parse([.. Enumerable.Range(0, 10).Select(user => $"u{user}: e@5 a@1 c@3 b@2 d@4"), "one: a@1"]);
        var split = new UserHoldout().Split(events);
        Assert.Equal((1, 1), (split.Tuning.TestUsers, split.Final.TestUsers));
        foreach (var holdout in new[] { split.Tuning, split.Final })
        {
            int user = Enumerable.Range(0, 11).Single(holdout.IsHeldOut);
            Assert.Equal(["a", "b", "c", "d"], holdout.Known.Histories.ItemsOf(user).ToArray().Select(events.Items.Id));
            Assert.Equal(["e"], SplitTests.ItemsOf(holdout.Test));
            Assert.Equal(0, holdout.ColdTestUsers);
        }
        Assert.Equal(8 * 5 + 1, split.Train.Histories.Count); // without the two held-out users
        Assert.Equal(9 * 5 + 1, split.Final.Train.Histories.Count);
        Assert.Equal(2 * 4, split.KnownOnly);
        Assert.Equal(
            "User holdout: 10 % of the users for validation, 10 % for test, seed 0. Held-out users are not trained on; the first 80 % of " +
            "their events are their history, the others are measured. Users with fewer than 2 events (1) are used for training only. " +
            "Repeated items are excluded.",
            split.Protocol);
    }

    [Fact]
    public void Everybody_is_learned_from_or_held_out_and_the_seed_decides_who() => SplitTests.SomeEvents.Sample(events =>
    {
        Split split;
        try { split = new UserHoldout { TestFraction = .4, KnownFraction = .5 }.Split(events); }
        catch (InputException) { return; }
        for (int user = 0; user < events.Users.Count; user++)
        {
            int all = events.Histories.ItemsOf(user).Length, train = split.Final.Train.Histories.ItemsOf(user).Length;
            int known = split.Final.Known.Histories.ItemsOf(user).Length;
            Assert.Equal(!split.Final.IsHeldOut(user), train == all);
            Assert.Equal(split.Final.IsHeldOut(user) ? Math.Clamp((int)Math.Round(.5 * all), 1, all - 1) : all, known);
            Assert.False(split.Final.IsHeldOut(user) && split.Tuning.IsHeldOut(user));
        }
    });

    [Fact]
    public void The_same_seed_holds_out_the_same_users_and_another_seed_others()
    {
        var events = EventList.Parse([.. Enumerable.Range(0, 50).Select(user => $"u{user}: a b c")]);
        int[] HeldOut(int seed) => [.. Enumerable.Range(0, 50).Where(new UserHoldout { Seed = seed }.Split(events).Final.IsHeldOut)];
        Assert.Equal(5, HeldOut(1).Length);
        Assert.Equal(HeldOut(1), HeldOut(1));
        Assert.NotEqual(HeldOut(1), HeldOut(2));
    }

    [Fact]
    public void Too_few_users_and_shares_out_of_range_are_refused()
    {
        var one = EventList.Parse("ann: a b c");
        Assert.Contains("only 1 users with at least 2 events", Assert.Throws<InputException>(() => new UserHoldout().Split(one)).Message);
        Assert.Throws<InputException>(() => new UserHoldout { ValidationFraction = 0 }.Split(one));
        Assert.Throws<InputException>(() => new UserHoldout().Split(EventList.Parse("ann: a", "bob: a", "cid: a")));
        Assert.Equal(
            "KnownFraction must be > 0 and < 1, was 1.",
            Assert.Throws<InputException>(() => new UserHoldout { KnownFraction = 1 }.Split(one)).Message);
    }
}
