using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class TimeOrRandomSplitTests
{
    [Fact]
    public void Times_are_followed_where_there_are_any()
    {
        var data = EventList.Parse("ann: a@1 b@2 c@3", "bob: a@4 b@5 d@6", "eve: a@7 c@8 e@9 f@10");
        var split = new TimeOrRandomSplit { TestFraction = .2 }.Split(data);
        Assert.Equal(new GlobalTimeSplit { TestFraction = .2 }.Split(data).Protocol, split.Protocol);
        Assert.Equal(2, split.Test.Histories.Count);
    }

    [Fact]
    public void Without_times_the_split_is_random_by_its_seed()
    {
        var data = EventList.Of(Enumerable.Range(0, 60).Select(n => ($"u{n % 7}", $"i{n}", 0L, 1f)), timed: false);
        var split = new TimeOrRandomSplit { Seed = 5 }.Split(data);
        Assert.Equal(new RandomSplit { Seed = 5 }.Split(data).Test.Histories.Items.ToArray(), split.Test.Histories.Items.ToArray());
        Assert.StartsWith("Random split", split.Protocol);
    }

    [Fact]
    public void Without_times_both_holdouts_say_that_the_split_is_random()
    {
        var untimed = Interactions.FromEvents(Enumerable.Range(0, 200), n => ($"u{n % 20}", $"i{n % 13}"));
        var split = new TimeOrRandomSplit().Split(untimed);
        foreach (var holdout in new[] { split.Tuning, split.Final })
            Assert.StartsWith("The events have no times, so they are split at random.", holdout.Warnings[0], StringComparison.Ordinal);
        Assert.DoesNotContain(
            new RandomSplit().Split(untimed).Warnings, warning => warning.StartsWith("The events have no times", StringComparison.Ordinal));
    }
}
