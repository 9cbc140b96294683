using Kindred.Data;

namespace Kindred.Tests.Data;

public sealed class DiverseUsersTests
{
    /// <summary>Eight users with two items each; items 0…3 are labeled "x", 4…7 "y". Only users 2 and 5 have "y" at all.</summary>
    private static readonly Interactions Interactions = new(
        new(["0", "1", "2", "3", "4", "5", "6", "7"]),
        new(["a", "b", "c", "d", "e", "f", "g", "h"]),
        new Histories(
            new[] { 0, 2, 4, 6, 8, 10, 12, 14, 16 },
            new[] { 0, 1, 1, 2, 4, 5, 2, 3, 0, 3, 0, 6, 1, 3, 0, 2 },
            default,
            Enumerable.Repeat(1f, 16).ToArray()));

    private static readonly LabelColumn Labels = new(
        new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8 }, new[] { 0, 0, 0, 0, 1, 1, 1, 1 }, new(["x", "y"]));

    /// <summary>
    /// All are equally active, so the middle half is users 2…5. Everyone together: 13 x, 3 y. Farthest is user 2 (all y); then, at distance
    /// 1 to user 2 and .625 to everyone, user 5 (one x, one y), against .375 for users who have x alone.
    /// </summary>
    [Fact]
    public void Those_whose_labels_differ_most_are_chosen() => Assert.Equal([2, 5], DiverseUsers.Find(Interactions, Labels, 2));

    [Fact]
    public void Without_labels_they_are_spread_over_the_middling_ones() => Assert.Equal([2, 4], DiverseUsers.Find(Interactions, null, 2));

    [Fact]
    public void Fewer_users_than_asked_for_are_all_there_are()
    {
        var single = new Interactions(new(["0"]), Interactions.Items, new Histories(new[] { 0, 1 }, new[] { 0 }, default, new[] { 1f }));
        Assert.Equal([0], DiverseUsers.Find(single, Labels, 3));
        Assert.Equal([0], DiverseUsers.Find(single, null, 3));
    }
}
