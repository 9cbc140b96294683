using Kindred.Data;
using Kindred.Models.Features;
using Kindred.Models.Graphs;
using Kindred.Numerics;

namespace Kindred.Tests.Models.Graphs;

public sealed class ItemWalksTests
{
    // items of each user, labels of each item; item 4 has labels and no user, item 5 has neither
    private static readonly int[][] Users = [[0, 1], [1, 2, 3], [0, 3]];

    private static readonly string[][] Labels = [["a"], ["a", "b"], ["b"], [], ["a", "b"], []];

    private static readonly WalkOptions Long = new(Steps: 200_000, Restart: .4f, LabelShare: .3f, Neighbours: 10);

    private static ItemWalks Walks(WalkOptions options)
    {
        var triplets = Users.SelectMany((items, user) => items.Select(item => (user, item, 1f))).ToArray();
        Vocabulary Ids(int count, string prefix) => new([.. Enumerable.Range(0, count).Select(n => $"{prefix}{n}")]);
        var data = Interactions.From(
            Ids(Users.Length, "u"), Ids(Labels.Length, "i"), SparseMatrix.FromTriplets(Users.Length, Labels.Length, triplets));
        data = data.With(itemAttributes: Catalog.Empty(Labels.Length) with
        {
            Labels = new Dictionary<string, LabelColumn> { ["tags"] = LabelColumn.From(Labels) },
            Numbers = new Dictionary<string, NumberColumn> { ["year"] = new(new float[Labels.Length]) },
        });
        var space = FeatureSpace.Of("item + item.*", 0, data, null, out _);
        return new(options, data, space, space.ItemRows(data));
    }

    // how likely a step goes from one item to another
    private static double Step(int from, int to, bool withUsers)
    {
        int[] users = withUsers ? [.. Enumerable.Range(0, Users.Length).Where(user => Users[user].Contains(from))] : [];
        double byUser = users.Sum(user => Users[user].Contains(to) ? 1.0 / Users[user].Length : 0) / Math.Max(1, users.Length);
        double byLabel = Labels[from].Sum(label => Labels[to].Contains(label) ? 1.0 / Labels.Count(own => own.Contains(label)) : 0);
        byLabel /= Math.Max(1, Labels[from].Length);
        return users.Length == 0 ? byLabel : Labels[from].Length == 0 ? byUser : (.3 * byLabel) + (.7 * byUser);
    }

    // the share of the visits to others that each of them has in a walk without end
    private static double[] Shares(int item, bool withUsers)
    {
        int items = Labels.Length;
        var at = new double[items];
        for (int round = 0; round < 500; round++)
        {
            double[] before = [.. at.Select((p, n) => (.6 * p) + (n == item ? round == 0 ? 1 : .4 : 0))];
            at = [.. Enumerable.Range(0, items)
                .Select(to => Enumerable.Range(0, items).Sum(from => before[from] * Step(from, to, withUsers || from != item)))];
        }
        return [.. at.Select((p, n) => n == item ? 0 : p / (at.Sum() - at[item]))];
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void Items_are_visited_as_often_as_the_graph_says(int item, bool withUsers)
    {
        var visits = Walks(Long).Visits(item, withUsers, new Rng(7));
        double[] shares = Shares(item, withUsers);
        double all = visits.Values.Sum();
        for (int other = 0; other < shares.Length; other++) Assert.Equal(shares[other], visits.GetValueOrDefault(other) / all, .01);
    }

    [Fact]
    public void Who_has_neither_users_nor_labels_has_no_neighbours()
    {
        Assert.Empty(Walks(Long).Visits(5, withUsers: true, new Rng(7)));
        Assert.Empty(Walks(Long).Visits(3, withUsers: false, new Rng(7)));
    }

    [Fact]
    public void The_most_visited_are_kept_with_their_share_of_the_visits()
    {
        var options = Long with { Steps = 1000, Neighbours = 2 };
        var rng = new Rng(3);
        var walks = Walks(options);
        var kept = walks.Neighbourhoods(withUsers: true, rng, workers: 2, TestContext.Current.CancellationToken);
        for (int item = 0; item < Labels.Length; item++)
        {
            var visits = walks.Visits(item, true, rng.Fork("walk", item));
            var best = visits.OrderByDescending(v => v.Value).ThenBy(v => v.Key).Take(2).OrderBy(v => v.Key).ToArray();
            Assert.Equal(best.Select(v => v.Key), kept.Row(item).Columns.ToArray());
            Assert.Equal(best.Select(v => v.Value / (float)best.Sum(b => b.Value)), kept.Row(item).Values.ToArray());
        }
    }

    [Fact]
    public void Without_restarts_a_walk_goes_on_and_with_nothing_else_it_meets_direct_neighbours_only()
    {
        Assert.Equal([1, 3, 4], Walks(Long with { Restart = 1 }).Visits(0, true, new Rng(1)).Keys.Order());
        Assert.Equal([1, 2, 3, 4], Walks(Long with { Restart = 0 }).Visits(0, true, new Rng(1)).Keys.Order());
    }
}
