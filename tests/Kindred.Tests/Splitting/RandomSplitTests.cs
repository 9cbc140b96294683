using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Splitting;

public sealed class RandomSplitTests
{
    [Fact]
    public void The_same_seed_gives_the_same_parts_and_another_seed_others()
    {
        var events = EventList.Parse([.. Enumerable.Range(0, 50).Select(user => $"u{user}: a b c d e f")]);
        string[] Test(int seed) => SplitTests.ItemsOf(new RandomSplit { Seed = seed }.Split(events).Test);
        Assert.Equal(Test(1), Test(1));
        Assert.NotEqual(Test(1), Test(2));
    }

    [Fact]
    public void Parts_have_about_the_sizes_asked_for()
    {
        var movies = MovieLensSmall.Load();
        var split = new RandomSplit { ValidationFraction = .2, TestFraction = .3 }.Split(movies);
        // 100,004 lots: standard deviations of 126 and 145 events
        Assert.InRange(split.Validation.Histories.Count, 20_000 - 700, 20_000 + 700);
        Assert.InRange(split.Test.Histories.Count, 30_000 - 800, 30_000 + 800);
    }
}
