using CsCheck;
using Kindred.Data;

namespace Kindred.Tests.Data;

public sealed class HistoriesTests
{
    // user 0: items 2, 0, 2 with weights 1, 2, 3 at seconds 0, 1, 2; user 1: nothing; user 2: item 1, weight 4, second 3
    private static Histories Three() => Small.Of(3, [(2, 1), (0, 2), (2, 3)], [], [(1, 4)]).Histories;

    [Fact]
    public void A_user_owns_a_run_of_events()
    {
        var histories = Three();
        Assert.Equal((3, 4, true), (histories.Users, histories.Count, histories.HasTimes));
        Assert.Equal([2, 0, 2], histories.ItemsOf(0).ToArray());
        Assert.Equal([1, 2, 3], histories.WeightsOf(0).ToArray());
        Assert.Equal([0, 1, 2], histories.TimesOf(0).ToArray());
        Assert.Empty(histories.ItemsOf(1).ToArray());
        Assert.Equal([3], histories.TimesOf(2).ToArray());
    }

    [Fact]
    public void Where_keeps_the_marked_events_and_every_user()
    {
        var kept = Three().Where([true, false, true, false]);
        Assert.Equal([0, 2, 2, 2], kept.Starts.ToArray());
        Assert.Equal([2, 2], kept.ItemsOf(0).ToArray());
        Assert.Equal([1, 3], kept.WeightsOf(0).ToArray());
        Assert.Equal([0, 2], kept.TimesOf(0).ToArray());
        Assert.Empty(kept.ItemsOf(2).ToArray());
    }

    [Fact]
    public void Where_without_times_has_none()
    {
        var histories = new Histories(new[] { 0, 2 }, new[] { 1, 0 }, default, new[] { 1f, 2f });
        var kept = histories.Where([false, true]);
        Assert.False(kept.HasTimes);
        Assert.Empty(kept.TimesOf(0).ToArray());
        Assert.Equal([0], kept.ItemsOf(0).ToArray());
    }

    [Fact]
    public void Where_and_its_complement_hold_every_event_once() =>
        Gen.Int[0, 4].Select(Gen.Single[0.1f, 5]).Array[0, 6].Array[1, 6].Select(users => Small.Of(5, users).Histories)
            .SelectMany(histories => Gen.Bool.Array[histories.Count].Select(keep => (histories, keep)))
            .Sample((histories, keep) =>
            {
                Histories kept = histories.Where(keep), left = histories.Where([.. keep.Select(k => !k)]);
                for (int user = 0; user < histories.Users; user++)
                {
                    var all = EventsOf(histories, user);
                    Assert.Equal(all.AsEnumerable(), EventsOf(kept, user).Concat(EventsOf(left, user)).OrderBy(e => e.Time));
                    Assert.Equal(all.Where(e => keep[(int)e.Time]), EventsOf(kept, user)); // event e happened at second e
                }
            });

    [Fact]
    public void Where_wants_a_mark_for_each_event()
    {
        var error = Assert.Throws<ArgumentException>(() => Three().Where([true, true, true]));
        Assert.Contains("each of 4 events, got 3", error.Message, StringComparison.Ordinal);
    }

    private static (int Item, float Weight, long Time)[] EventsOf(Histories histories, int user) =>
        [.. histories.ItemsOf(user).ToArray().Zip(histories.WeightsOf(user).ToArray(), histories.TimesOf(user).ToArray())];
}
