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
        Assert.Equal(["popularity", "item-knn", "implicit-als"], shortlist.Entries.Select(e => e.Name));
        Assert.StartsWith("recent popularity: ", Assert.Single(shortlist.LeftOut));
    }

    [Fact]
    public void Where_no_user_has_two_items_only_popularity_is_left()
    {
        var shortlist = Shortlist.For(ProfileOf(EventList.Of([("a", "x", 0, 1), ("b", "y", 0, 1)], timed: false)));
        Assert.Equal("popularity", Assert.Single(shortlist.Entries).Name);
        Assert.Equal(3, shortlist.LeftOut.Count);
    }
}
