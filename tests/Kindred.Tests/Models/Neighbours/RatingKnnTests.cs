using CsCheck;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;

namespace Kindred.Tests.Models.Neighbours;

public sealed class RatingKnnTests : ModelContract
{
    // ratings of one value only say who is reached at all: the contract's boards have no others
    protected override ITrainer Trainer => Basic;

    private static RatingKnn Basic => new()
    {
        ItemBased = false,
        Similarity = RatingSimilarity.MeanSquaredDifference,
        Center = RatingCenter.None,
        Shrinkage = 0,
    };

    private static Interactions Small =>
        Of(3, 3, [(0, 0, 4), (0, 1, 2), (1, 0, 4), (1, 1, 4), (1, 2, 5), (2, 0, 2), (2, 1, 2), (2, 2, 1)]);

    private static Query Asked => new(-1, new[] { 0, 1 }, new[] { 4f, 2f });

    [Fact]
    public void Users_by_hand()
    {
        // the mean squared difference is 0 from u0, (0 + 4) / 2 from u1, (4 + 0) / 2 from u2: similarities 1, 1/3, 1/3
        Assert.Equal(3, Scores(Basic.Train(Small, new()), Asked)[2], 1e-6);                               // (5/3 + 1/3) / (2/3)
        // the first of two equals who rated it
        Assert.Equal(5, Scores((Basic with { Neighbours = 1 }).Train(Small, new()), Asked)[2], 1e-6);
        // from their means 13/3 and 5/3: 3 + (1/3·(5 − 13/3) + 1/3·(1 − 5/3)) / (2/3)
        Assert.Equal(3, Scores((Basic with { Center = RatingCenter.Mean }).Train(Small, new()), Asked)[2], 1e-6);
        Assert.Equal(
            3 + (2.0 / 3), Scores((Basic with { Center = RatingCenter.Mean, Neighbours = 1 }).Train(Small, new()), Asked)[2], 1e-6);
    }

    [Fact]
    public void Items_by_hand()
    {
        // item 2 shares u1 and u2 with both others: from item 0 (1 + 1) / 2, from item 1 (1 + 1) / 2: similarities 1/2: (4 + 2) / 2
        var items = Basic with { ItemBased = true };
        Assert.Equal(3, Scores(items.Train(Small, new()), Asked)[2], 1e-6);
        Assert.Equal(4, Scores((items with { Neighbours = 1 }).Train(Small, new()), Asked)[2], 1e-6);
        // means 10/3, 8/3, 3: 3 + ((4 − 10/3) + (2 − 8/3)) / 2
        Assert.Equal(3, Scores((items with { Center = RatingCenter.Mean }).Train(Small, new()), Asked)[2], 1e-6);
    }

    [Fact]
    public void Similarities_by_hand()
    {
        // x: 1 2 3 and y: 2 4 3: Σxy = 19, Σx² = 14, Σy² = 29; the means 2 and 3: (−1 0 1)·(−1 1 0) = 1, lengths √2 and √2
        var sums = new PairSums();
        sums.Add(1, 2);
        Assert.Equal(0, sums.Of(RatingSimilarity.Pearson, 0)); // one rating does not vary
        sums.Add(2, 4);
        sums.Add(3, 3);
        Assert.Equal(3, sums.Count);
        Assert.Equal(1 / (1 + (5.0 / 3)), sums.Of(RatingSimilarity.MeanSquaredDifference, 0), 1e-6);
        Assert.Equal(19 / Math.Sqrt(14 * 29), sums.Of(RatingSimilarity.Cosine, 0), 1e-6);
        Assert.Equal(.5, sums.Of(RatingSimilarity.Pearson, 0), 1e-6);
        Assert.Equal(.5 * 2 / 10, sums.Of(RatingSimilarity.Pearson, 8), 1e-6);
        Assert.Equal(0, default(PairSums).Of(RatingSimilarity.MeanSquaredDifference, 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_equals_the_plain_formula(bool itemBased) =>
        Gen.ULong.Select(Gen.Enum<RatingSimilarity>(), Gen.Enum<RatingCenter>(), Gen.Int[1, 6])
            .Sample((seed, similarity, center, neighbours) =>
        {
            const int Users = 12, Items = 10;
            var rng = new Rng(seed);
            var r = new float[Users, Items];
            for (int n = 0; n < 60; n++) r[rng.NextInt(Users), rng.NextInt(Items)] = 1 + rng.NextInt(5);
            var data = Of(Users, Items,
                [.. from u in Enumerable.Range(0, Users) from i in Enumerable.Range(0, Items) where r[u, i] > 0 select (u, i, r[u, i])]);
            var trainer = new RatingKnn { ItemBased = itemBased, Similarity = similarity, Center = center, Neighbours = neighbours,
                Shrinkage = 2 };
            var model = trainer.Train(data, new());
            var bias = new Bias().Train(data, new());
            int user = rng.NextInt(Users);
            var scores = Scores(model, Query.Of(data, user));

            double Baseline(int u, int i) => Scores(bias, Query.Of(data, u))[i];
            double[,] baselines = new double[Users, Items];
            for (int u = 0; u < Users; u++) for (int i = 0; i < Items; i++) baselines[u, i] = Baseline(u, i);
            double Mean(IEnumerable<float> row) => row.Where(v => v > 0).Select(v => (double)v).DefaultIfEmpty(double.NaN).Average();
            double[] userMeans = [.. Enumerable.Range(0, Users).Select(u => Mean(Enumerable.Range(0, Items).Select(i => r[u, i])))];
            double[] itemMeans = [.. Enumerable.Range(0, Items).Select(i => Mean(Enumerable.Range(0, Users).Select(u => r[u, i])))];
            double Center(int u, int i) => center switch { RatingCenter.None => 0, RatingCenter.Mean => itemBased ? itemMeans[i]
                : userMeans[u], _ => baselines[u, i] };
            double Compared(int u, int i) => similarity == RatingSimilarity.PearsonBaseline ? r[u, i] - (float)baselines[u, i] : r[u, i];
            double Similar(int a, int b)
            {
                var sums = new PairSums();
                foreach (int k in Enumerable.Range(0, itemBased ? Users : Items))
                {
                    var (u1, i1, u2, i2) = itemBased ? (k, a, k, b) : (a, k, b, k);
                    if (r[u1, i1] > 0 && r[u2, i2] > 0) sums.Add((float)Compared(u1, i1), (float)Compared(u2, i2));
                }
                return sums.Of(similarity, 2);
            }
            for (int item = 0; item < Items; item++)
            {
                var near = itemBased
                    ? Enumerable.Range(0, Items).Where(j => j != item && r[user, j] > 0)
                        .Select(j => (S: Similar(item, j), Residual: r[user, j] - Center(user, j)))
                    : Enumerable.Range(0, Users).Where(v => r[v, item] > 0)
                        .Select(v => (S: Similar(user, v), Residual: r[v, item] - Center(v, item)));
                var kept = near.Where(n => n.S > 0).OrderByDescending(n => n.S).Take(neighbours).ToArray();
                double expected = kept.Length == 0 ? double.NaN : Center(user, item)
                    + (kept.Sum(n => n.S * n.Residual) / kept.Sum(n => n.S));
                Assert.Equal(double.IsNaN(expected), float.IsNaN(scores[item]));
                if (!double.IsNaN(expected)) Assert.Equal(expected, scores[item], 2e-3);
            }
        }, iter: 30);

    [Fact]
    public void What_no_neighbour_reaches_is_predicted_from_what_is_left()
    {
        var model = (IRatingModel)(Basic with { Center = RatingCenter.Mean }).Train(Small, new());
        Assert.Equal(3, model.FallbackScore(Asked));
        Assert.Equal(24f / 8, ((IRatingModel)Basic.Train(Small, new())).FallbackScore(default), 1e-6f); // the mean of all ratings
        var baseline = (IRatingModel)new RatingKnn().Train(Small, new());
        Assert.Equal(((IRatingModel)new Bias().Train(Small, new())).FallbackScore(Asked), baseline.FallbackScore(Asked));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        string Refusal(RatingKnn trainer) => Assert.Throws<InputException>(() => trainer.Train(Small, new())).Message;
        Assert.Equal("neighbours must be at least 1, was 0.", Refusal(new() { Neighbours = 0 }));
        Assert.Equal("shrinkage must be at least 0, was NaN.", Refusal(new() { Shrinkage = float.NaN }));
        Assert.Equal("minimumOverlap must be at least 1, was 0.", Refusal(new() { MinimumOverlap = 0 }));
        Assert.Equal("tableNeighbours must be at least neighbours = 40, was 5.", Refusal(new() { TableNeighbours = 5 }));
        Assert.Equal("center must be one of none, mean, baseline, was 9.", Refusal(new() { Center = (RatingCenter)9 }));
        Assert.StartsWith("similarity must be one of meanSquaredDifference, ", Refusal(new() { Similarity = (RatingSimilarity)9 }));
    }
}
