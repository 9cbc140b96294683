using Kindred.Comparison;
using Kindred.Tests.Support;

namespace Kindred.Tests.Comparison;

public sealed class ShortlistTests
{
    private static DataProfile ProfileOf(Interactions interactions) =>
        DataProfile.For(interactions);

    [Fact]
    public void Films_get_everything()
    {
        var shortlist = Shortlist.For(ProfileOf(MovieLensSmall.Load()));
        Assert.Equal(["popularity", "popularity:halfLifeDays=800", "item-knn", "implicit-als"], shortlist.Entries.Select(e => e.Name));
        Assert.Equal(new Popularity { HalfLifeDays = 800 }, shortlist.Entries[1].Trainer);
        Assert.Empty(shortlist.LeftOut);
    }

    [Fact]
    public void Without_times_there_is_nothing_recent()
    {
        var shortlist = Shortlist.For(ProfileOf(EventList.Of([("a", "x", 0, 1), ("a", "y", 0, 1)], timed: false)));
        Assert.Equal(["popularity", "item-knn", "implicit-als:dimensions=32,unobservedWeight=1"], shortlist.Entries.Select(e => e.Name));
        Assert.StartsWith("recent popularity: ", Assert.Single(shortlist.LeftOut));
    }

    [Fact]
    public void Where_no_user_has_two_items_only_popularity_is_left()
    {
        var shortlist = Shortlist.For(ProfileOf(EventList.Of([("a", "x", 0, 1), ("b", "y", 0, 1)], timed: false)));
        Assert.Equal("popularity", Assert.Single(shortlist.Entries).Name);
        Assert.Equal(3, shortlist.LeftOut.Count);
    }

    [Theory]
    [InlineData(5_000_001, 50_000, "implicit-als:dimensions=128,unobservedWeight=0.02")]
    [InlineData(100_000, 9_066, "implicit-als")]
    [InlineData(100_000, 1_682, "implicit-als:unobservedWeight=0.6")]
    [InlineData(100_000, 300, "implicit-als:unobservedWeight=1")]
    [InlineData(100_000, 1_000_000, "implicit-als:unobservedWeight=0.01")]
    public void Factors_grow_with_the_data(long pairs, int items, string name) =>
        Assert.Equal(name, Shortlist.For(ProfileOf(MovieLensSmall.Load()) with { Pairs = pairs, Items = items }).Entries[^1].Name);
}
