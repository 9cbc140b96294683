using Kindred.Retrieval;
using Kindred.Tests.Data;

namespace Kindred.Tests.Retrieval;

public sealed class AudienceTests
{
    /// <summary>
    /// i0 = (2, 0), i1 = (0, 1), i2 = (1, 1), i3 = 0. u0 = (2, 0), u1 = (0, 1), u2 nobody knows, u3 = (3, 1), u4 = (1, 2), u5 had i3 alone.
    /// </summary>
    private static readonly Interactions Data = Small.Of(4, [(0, 1)], [(1, 1)], [], [(0, 1), (2, 1)], [(1, 1), (2, 1)], [(3, 1)]);

    private static readonly SumOfHistory Model = new(new(4, 2, new float[] { 2, 0, 0, 1, 1, 1, 0, 0 }));

    private static Audience Open(string kind = "flat") => new(Model, Data, new() { Workers = 1 }, kind);

    private static (int, double)[] Of(IReadOnlyList<AudienceMember> members) => [.. members.Select(m => (m.User, Math.Round(m.Score, 5)))];

    [Theory, InlineData("flat"), InlineData("int8")]
    public void An_item_finds_the_users_it_scores_highest_with_but_those_who_had_it(string kind)
    {
        // i0: u3 had it, as u0; (2, 0)·(1, 2) = 2, (2, 0)·(0, 1) = 0; u2 and u5 are at the origin and cannot be found
        Assert.Equal([(4, 2), (1, 0)], Of(Open(kind).OfItem(0, 10)));
        Assert.Equal([(4, 2)], Of(Open(kind).OfItem(0, 10, threshold: 1)));
        // i2: u3 and u4 had it; (1, 1)·(2, 0) = 2, (1, 1)·(0, 1) = 1
        Assert.Equal([(0, 2)], Of(Open(kind).OfItem(2, 1)));
        Assert.Empty(Open(kind).OfItem(3, 10)); // nothing is known of it
    }

    [Theory, InlineData("flat"), InlineData("int8")]
    public void Seeds_find_who_points_their_way_whatever_the_length(string kind)
    {
        // u0 alone points to (1, 0): cos with u3 = 3/√10 = .94868, with u4 = 1/√5 = .44721, with u1 = 0
        Assert.Equal([(3, .94868), (4, .44721), (1, 0)], Of(Open(kind).OfUsers([0], 10)));
        Assert.Equal([(3, .94868)], Of(Open(kind).OfUsers([0], 10, threshold: .9f)));
        // u0 and u1: directions (1, 0) and (0, 1), the mean points to (1, 1)/√2: u4 = 3/√10, u3 = 4/√20 = .89443
        Assert.Equal([(4, .94868), (3, .89443)], Of(Open(kind).OfUsers([0, 1], 10)));
        Assert.Equal([(4, .94868)], Of(Open(kind).OfUsers([0, 1], 1)));
        Assert.Equal([(4, .94868), (3, .89443)], Of(Open(kind).OfUsers([0, 1, 2, 5], 10))); // of two of the seeds nothing is known
        Assert.Empty(Open(kind).OfUsers([2], 10));
        Assert.Empty(Open(kind).OfUsers([], 10));
    }

    [Fact]
    public void Users_are_embedded_the_same_by_any_number_of_threads()
    {
        int[][] histories = [.. Enumerable.Range(0, 700).Select(user => new[] { user % 40, (7 * user) % 40 })];
        var data = Small.Of(40, [.. histories.Select(items => items.Select(item => (item, 1f)).ToArray())]);
        var model = new SumOfHistory(SumOfHistory.Drawn(40, 5, 8));
        Audience one = new(model, data, new() { Workers = 1 }), two = new(model, data, new() { Workers = 2 });
        Assert.Equal(one.OfItem(3, 50), two.OfItem(3, 50));
        Assert.Equal(one.OfUsers([3, 4], 50), two.OfUsers([3, 4], 50));
    }

    [Fact]
    public void What_does_not_exist_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Open().OfItem(4, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Open().OfUsers([6], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Open().OfItem(0, -1));
        Assert.Throws<InputException>(() => Open("tree"));
    }
}
