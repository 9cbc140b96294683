using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class HoldoutTests
{
    [Fact]
    public void An_empty_test_part_is_a_warning()
    {
        var all = EventList.Parse("ann: tea jam");
        var holdout = Holdout.Of(all, all, "Everything twice.", "validation");
        Assert.Equal(2, holdout.RepeatsLeftOut);
        Assert.Equal(["The validation part is empty: nothing can be measured on it."], holdout.Warnings);
    }

    [Fact]
    public void Few_users_cold_items_and_cold_users_are_warnings()
    {
        // Test: ann salt, bob tea. salt has no training event, bob has none.
        var all = EventList.Parse("ann: tea salt", "bob: tea");
        var holdout = Holdout.Of(all.Where([true, false, false]), all.Where([false, true, true]), "By hand.", warnings: ["Given by hand."]);
        Assert.Equal(
            [
                "Given by hand.",
                "There are only 2 test users: small differences between models cannot be detected.",
                "50 % of test events are on items without a training event, which no model here can recommend.",
                "50 % of test users have no training event; they are also measured separately, as cold users.",
            ],
            holdout.Warnings);
    }

    [Fact]
    public void A_healthy_holdout_has_no_warnings()
    {
        string[] items = ["tea", "jam", "salt"];
        var all = EventList.Of(Enumerable.Range(0, 300).Select(e => ($"u{e / 3}", items[e % 3], 0L, 1f)), timed: false);
        var train = all.Where([.. Enumerable.Range(0, 300).Select(e => e % 3 != e / 3 % 3)]);
        var test = all.Where([.. Enumerable.Range(0, 300).Select(e => e % 3 == e / 3 % 3)]);
        Assert.Empty(Holdout.Of(train, test, "By hand.").Warnings);
    }

    [Fact]
    public void A_held_out_user_is_known_but_not_learned_from()
    {
        // ann trains; bob is held out: tea is known, tea again is a repeat, jam is asked for; cid has nothing before salt.
        var all = EventList.Parse("ann: tea jam", "bob: tea tea jam", "cid: salt");
        var train = all.Where([true, true, false, false, false, false]);
        var known = all.Where([true, true, true, false, false, false]);
        var holdout = Holdout.Of(train, all.Where([false, false, false, true, true, true]), "By hand.", known: known);
        Assert.Equal(["jam", "salt"], SplitTests.ItemsOf(holdout.Test));
        Assert.Equal((1, 2, 1), (holdout.RepeatsLeftOut, holdout.TestUsers, holdout.ColdTestUsers));
        Assert.Equal([false, true, false], Enumerable.Range(0, 3).Select(holdout.IsHeldOut));
        Assert.Same(train, Holdout.Of(train, all, "By hand.").Known);
    }

    [Fact]
    public void Given_parts_that_overlap_are_a_leak()
    {
        var all = EventList.Parse("ann: tea tea jam tea", "bob: jam");
        var train = all.Where([true, false, false, false, true]);
        var test = all.Where([false, true, true, true, false]);
        Assert.Contains(
            "The provided parts overlap: 2 test events are on an item that the user already has in training. They are excluded here; " +
            "other " +
            "results on these parts may count them.",
            Holdout.Given(train, test, "Published parts.").Warnings);
        Assert.DoesNotContain(Holdout.Of(train, test, "By hand.").Warnings, w => w.Contains("overlap"));
        Assert.DoesNotContain(Holdout.Given(train, all.Where([false, false, true, false, false]), "Parts.").Warnings, w =>
            w.Contains("overlap"));
    }

    [Fact]
    public void Parts_of_different_data_are_refused()
    {
        var (one, other) = (EventList.Parse("ann: tea"), EventList.Parse("ann: jam"));
        Assert.Throws<ArgumentException>(() => Holdout.Of(one, other, "By hand."));
        Assert.Throws<ArgumentException>(() => Holdout.Of(one, one, "By hand.", known: other));
    }
}
