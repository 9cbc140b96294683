using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Tests.Numerics;

namespace Kindred.Tests.Models.Linear;

public sealed class MaRecTests : ModelContract
{
    protected override ITrainer Trainer => new MaRec { Regularization = 2 };

    private static readonly MaRec Exact = new() { Regularization = 3, Alignment = 2, Exponent = 1, WeightsKept = 1000 };

    [Fact]
    public void Two_items_with_events_and_one_without_by_hand()
    {
        // item 0 has both users, item 1 the first: XᵀX + 3I = [5 1; 1 4]. With events: item 1 from item 0: 1 / 5.
        // Items 0 and 2 share the one label, so that g(2) = μ·(1, 0): items 0 and 1 have no neighbours with events, so μ is 0 / 0 = 0
        var data = Of(2, 3, [(0, 0, 1), (0, 1, 1), (1, 0, 1)]).With(itemAttributes: ContentKnnTests.Labels(["x"], [], ["x"]));
        float[] scores = Scores(Exact.Train(data, Context()), new(-1, new[] { 0 }));
        Assert.Equal(1 / 5.0, scores[1], 1e-6);
        Assert.True(float.IsNaN(scores[2]));

        // now all three have it: X·g(0) is the column of item 1 and the other way round, μ = (1 + 1) / (1 + 2) = 2/3, g(2) = (2/3, 2/3);
        // λ' = 1, XᵀX = [2 1; 1 1]: b(2) = 2/3·[3 1; 1 2]⁻¹·[2 1; 1 1]·(2/3, 2/3) = 4/9·[3 1; 1 2]⁻¹·(3, 2) = 4/9·(4/5, 3/5)
        data = data.With(itemAttributes: ContentKnnTests.Labels(["x"], ["x"], ["x"]));
        var model = Exact.Train(data, Context());
        Assert.Equal(4 / 9.0 * 4 / 5, Scores(model, new(-1, new[] { 0 }))[2], 1e-5);
        Assert.Equal(4 / 9.0 * 3 / 5, Scores(model, new(-1, new[] { 1 }))[2], 1e-5);
    }

    [Fact]
    public void Memory_counts_the_neighbours_of_each_group()
    {
        // 10,000 items: 400 MB for the inverse; 500 neighbours of 8 bytes each: 40 MB a group
        var trainer = new MaRec();
        trainer.CheckMemory(10_000, 2, 1L << 30);
        Assert.Contains("GiB of memory", Assert.Throws<InputException>(() => trainer.CheckMemory(10_000, 40, 1L << 30)).Message,
            StringComparison.Ordinal);
        new MaRec { Neighbours = 50 }.CheckMemory(10_000, 40, 1L << 30);
    }

    /// <summary>Each column is the minimum of its part of the objective, by dense regressions in double.</summary>
    [Fact]
    public void It_equals_dense_regressions()
    {
        const int Items = 20, Cold = 5;
        var events = EaseTests.Random(30, Items, 150);
        var rng = new Rng(11);
        string[][] labels = [.. Enumerable.Range(0, Items + Cold)
            .Select(_ => Enumerable.Range(0, 6).Where(_ => rng.NextInt(2) == 0).Select(label => $"l{label}").ToArray())];
        var data = Interactions.From(events.Users, Ids(Items + Cold, "i"), SparseMatrix.FromTriplets(events.Users.Count, Items + Cold,
            [.. Enumerable.Range(0, events.Users.Count).SelectMany(user => events.ByUser.Row(user).Columns.ToArray()
                .Select(item => (user, item, 1f)))])).With(itemAttributes: ContentKnnTests.Labels(labels));
        double[,] x = new double[data.Users.Count, Items + Cold], similar = new double[Items + Cold, Items + Cold];
        for (int user = 0; user < data.Users.Count; user++) foreach (int item in data.ByUser.Row(user).Columns) x[user, item] = 1;
        var neighbours = new ContentKnn { Exponent = 1 }.Train(data, Context());
        var model = Exact.Train(data, Context());
        var weights = new double[Items + Cold, Items + Cold];
        for (int source = 0; source < Items + Cold; source++)
        {
            float[] alike = Scores(neighbours, new(-1, new[] { source })), scores = Scores(model, new(-1, new[] { source }));
            for (int target = 0; target < Items + Cold; target++)
            {
                similar[source, target] = float.IsNaN(alike[target]) || source == target ? 0 : alike[target];
                weights[source, target] = float.IsNaN(scores[target]) ? 0 : scores[target];
            }
        }
        double[,] expected = Times(x, similar), gram = Times(Transposed(x), x);
        int[] users = data.CountUsersOfItems(), warm = [.. Enumerable.Range(0, Items).Where(item => users[item] > 0)];
        double with = 0, squares = 0;
        for (int user = 0; user < data.Users.Count; user++)
            foreach (int item in warm)
                (with, squares) = (with + (x[user, item] * expected[user, item]), squares + (expected[user, item] * expected[user, item]));
        double share = with / squares, d = Exact.Alignment;
        Assert.True(share > 0);
        var right = Times(Transposed(x), expected);
        for (int target = Items; target < Items + Cold; target++)
        {
            int[] others = [.. Enumerable.Range(0, Items + Cold).Where(item => item != target)];
            var a = new double[others.Length, others.Length];
            for (int r = 0; r < others.Length; r++)
                for (int c = 0; c < others.Length; c++)
                    a[r, c] = ((1 + d) * gram[others[r], others[c]]) + (r == c ? Exact.Regularization : 0);
            double[] solution = Reference.Solve(a, [.. others.Select(other => d * share * right[other, target])]);
            for (int n = 0; n < others.Length; n++) Assert.Equal(solution[n], weights[others[n], target], 1e-4);
        }
        // and those with events are EASE's
        var ease = new Ease { Regularization = Exact.Regularization, WeightsKept = 0 }.Train(data, Context());
        for (int source = 0; source < Items; source++)
        {
            float[] scores = Scores(ease, new(-1, new[] { source }));
            foreach (int target in warm)
                Assert.Equal(float.IsNaN(scores[target]) ? 0 : scores[target], weights[source, target], 1e-5);
        }
    }

    private static double[,] Times(double[,] a, double[,] b)
    {
        var product = new double[a.GetLength(0), b.GetLength(1)];
        for (int r = 0; r < product.GetLength(0); r++)
            for (int c = 0; c < product.GetLength(1); c++)
                for (int k = 0; k < a.GetLength(1); k++) product[r, c] += a[r, k] * b[k, c];
        return product;
    }

    private static double[,] Transposed(double[,] a)
    {
        var transposed = new double[a.GetLength(1), a.GetLength(0)];
        for (int r = 0; r < a.GetLength(0); r++) for (int c = 0; c < a.GetLength(1); c++) transposed[c, r] = a[r, c];
        return transposed;
    }
}
