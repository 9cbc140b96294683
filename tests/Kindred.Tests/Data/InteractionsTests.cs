using CsCheck;
using Kindred.Numerics;

namespace Kindred.Tests.Data;

public sealed class InteractionsTests
{
    private static readonly Gen<Interactions> GenInteractions =
        Gen.Int[0, 6].Select(Gen.Int[1, 20], (item, weight) => (item, weight / 4f)).Array[0, 12].Array[1, 8]
            .Select(users => Small.Of(7, users));

    [Fact]
    public void By_user_sums_the_weights_of_repeated_events()
    {
        // user 0 took item 2 twice, with weights 1 and 3, and item 0 once
        var row = Small.Of(3, [(2, 1), (0, 2), (2, 3)], [], [(1, 4)]).ByUser.Row(0);
        Assert.Equal([0, 2], row.Columns.ToArray());
        Assert.Equal([2, 4], row.Values.ToArray());
    }

    [Fact]
    public void By_user_is_the_sum_over_events() => GenInteractions.Sample(interactions =>
    {
        // weights are quarters: sums are exact
        var expected = new float[interactions.Users.Count, interactions.Items.Count];
        for (int user = 0; user < interactions.Users.Count; user++)
        {
            var items = interactions.Histories.ItemsOf(user).Span;
            for (int n = 0; n < items.Length; n++) expected[user, items[n]] += interactions.Histories.WeightsOf(user).Span[n];
        }
        Assert.Equal(expected, Small.Dense(interactions.ByUser));
    });

    [Fact]
    public void By_item_is_the_transpose() => GenInteractions.Sample(interactions =>
    {
        float[,] byUser = Small.Dense(interactions.ByUser), byItem = Small.Dense(interactions.ByItem);
        Assert.Equal((byUser.GetLength(1), byUser.GetLength(0)), (byItem.GetLength(0), byItem.GetLength(1)));
        Assert.Equal(interactions.ByUser.Count, interactions.ByItem.Count);
        for (int user = 0; user < byUser.GetLength(0); user++)
            for (int item = 0; item < byUser.GetLength(1); item++) Assert.Equal(byUser[user, item], byItem[item, user]);
    });

    [Fact]
    public void Where_shares_the_vocabularies()
    {
        var interactions = Small.Of(3, [(2, 1), (0, 2)], [(1, 4)]);
        var kept = interactions.Where([false, true, true]);
        Assert.Same(interactions.Users, kept.Users);
        Assert.Same(interactions.Items, kept.Items);
        Assert.Equal([0], kept.ByUser.Row(0).Columns.ToArray());
        Assert.Equal(2, kept.ByUser.Count);
    }

    [Fact]
    public void From_a_matrix_histories_are_its_rows()
    {
        var matrix = SparseMatrix.FromTriplets(2, 3, [(0, 2, 1.5f), (0, 0, 2), (1, 1, 3)]);
        var interactions = Interactions.From(Small.Ids("x", "y"), Small.Ids("a", "b", "c"), matrix);
        Assert.Same(matrix, interactions.ByUser);
        Assert.Equal([0, 2], interactions.Histories.ItemsOf(0).ToArray());
        Assert.Equal([2, 1.5f], interactions.Histories.WeightsOf(0).ToArray());
        Assert.False(interactions.Histories.HasTimes);
    }

    [Fact]
    public void Histories_must_be_of_the_users() =>
        Assert.Contains("Histories of 2 users, but 1 user ids", Assert.Throws<ArgumentException>(
            () => new Interactions(Small.Ids("x"), Small.Ids("a"), Small.Of(1, [], []).Histories)).Message, StringComparison.Ordinal);
}
