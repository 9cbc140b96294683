using CsCheck;
using Kindred.Data;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class KCoreTests
{
    [Fact]
    public void What_falls_below_the_minimum_pulls_others_down()
    {
        // salt has one event; without it cid has one; without cid's, tea and jam still have two
        var events = EventList.Parse("ann: tea jam", "bob: tea jam", "cid: tea salt");
        var core = new KCore { MinUser = 2, MinItem = 2 }.Filter(events);
        Assert.Equal(["tea", "jam", "tea", "jam"], SplitTests.ItemsOf(core));
        Assert.Same(events.Items, core.Items);
        Assert.Equal(0, new KCore { MinUser = 3, MinItem = 3 }.Filter(events).Histories.Count);
        Assert.Equal(6, new KCore { MinUser = 0, MinItem = 1 }.Filter(events).Histories.Count);
    }

    [Fact]
    public void Everybody_left_has_enough_and_everybody_with_enough_is_left() => SplitTests.SomeEvents.Sample(events =>
    {
        var core = new KCore { MinUser = 3, MinItem = 2 }.Filter(events);
        var oneByOne = events;
        while (FirstTooFew(oneByOne, 3, 2) is { } keep) oneByOne = oneByOne.Where(keep);
        Assert.Equal(oneByOne.Histories.Starts.ToArray(), core.Histories.Starts.ToArray());
        Assert.Equal(oneByOne.Histories.Items.ToArray(), core.Histories.Items.ToArray());
    });

    [Fact]
    public void A_split_finds_the_core_in_the_training_part_and_measures_the_same()
    {
        // training: ann tea jam, bob tea jam, cid tea; test: ann salt, cid jam. With the test part cid would have two events.
        var events = EventList.Parse("ann: tea@1 jam@2 salt@10", "bob: tea@3 jam@4", "cid: tea@5 jam@10");
        var split = new GlobalTimeSplit { ValidationFraction = 0, TestFraction = .2 }.Split(events);
        var cored = split.WithCore(new() { MinUser = 2, MinItem = 2 });
        Assert.Equal(["tea", "jam", "tea", "jam"], SplitTests.ItemsOf(cored.Final.Train));
        Assert.Same(split.Test, cored.Test);
        Assert.Equal((0, 1, 1), (split.Final.ColdTestUsers, cored.Final.ColdTestUsers, cored.Final.CoreLeftOut));
        Assert.EndsWith(
            "Trained only on users with at least 2 and items with at least 2 training events; the others are cold.", cored.Final.Protocol);
        Assert.Contains(
            "50 % of test users have no training event; they are also measured separately, as cold users.", cored.Final.Warnings);
    }

    [Fact]
    public void Held_out_users_stay_known_whatever_the_core()
    {
        var events = EventList.Parse([.. Enumerable.Range(0, 10).Select(user => $"u{user}: a b c")]);
        var split = new UserHoldout().Split(events);
        var cored = split.WithCore(new() { MinUser = 4, MinItem = 0 });
        Assert.Equal(0, cored.Final.Train.Histories.Count);
        Assert.Equal(split.KnownOnly, cored.KnownOnly);
    }

    [Fact]
    public void Negative_minimums_are_refused()
    {
        var events = EventList.Parse("ann: tea");
        Assert.Equal(
            "MinUser must be >= 0, was -1.", Assert.Throws<InputException>(() => new KCore { MinUser = -1 }.Filter(events)).Message);
        Assert.Equal(
            "MinItem must be >= 0, was -1.", Assert.Throws<InputException>(() => new KCore { MinItem = -1 }.Filter(events)).Message);
    }

    /// <returns>[events] without the first user or item that has events, but too few; null if there is none.</returns>
    private static bool[]? FirstTooFew(Interactions events, int minUser, int minItem)
    {
        var histories = events.Histories;
        int[] items = histories.Items.ToArray();
        for (int user = 0; user < histories.Users; user++)
        {
            var (first, end) = (histories.Starts.Span[user], histories.Starts.Span[user + 1]);
            if (end > first && end - first < minUser) return [.. Enumerable.Range(0, items.Length).Select(e => e < first || e >= end)];
        }
        int poor = items.FirstOrDefault(item => items.Count(other => other == item) < minItem, -1);
        return poor < 0 ? null : [.. items.Select(item => item != poor)];
    }
}
