using Kindred.Pipelines;

namespace Kindred.Tests.Pipelines;

public sealed class RankedListsTests
{
    [Fact]
    public void Lists_grow_on_their_own_and_are_empty_after_a_reset()
    {
        var lists = new RankedLists();
        lists.Reset(3, 2);
        lists.Add(2, [5, 6], [.5f, .25f]);
        lists.Add(0, [7], [1]);
        lists.Add(0, [8], [.5f]);
        Assert.Equal([7, 8], lists.ItemsOf(0));
        Assert.Equal([1, .5f], lists.ScoresOf(0));
        Assert.True(lists.ItemsOf(1).IsEmpty);
        Assert.Equal([5, 6], lists.ItemsOf(2));
        lists.Truncate(1);
        Assert.Equal([5], lists.ItemsOf(2));
        Assert.Equal([7], lists.ItemsOf(0));
        lists.Reset(4, 1);
        Assert.Equal((4, 1), (lists.Count, lists.Longest));
        for (int list = 0; list < 4; list++) Assert.True(lists.ItemsOf(list).IsEmpty);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var lists = new RankedLists();
        lists.Reset(2, 1);
        Assert.Throws<ArgumentException>(() => lists.Add(0, [1, 2], [1, 2]));
        Assert.Throws<ArgumentException>(() => lists.Add(0, [1], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => lists.Add(2, [1], [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => lists.ItemsOf(-1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => lists.Reset(-1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => lists.Reset(1, -1));
    }
}
