using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tests.Models;

public sealed class ItemKnnTests : ModelContract
{
    protected override ITrainer Trainer => new ItemKnn { Neighbours = 30, Shrinkage = 1 };

    private static Interactions Small => Of(3, 3, [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1), (1, 2, 1), (2, 2, 2)]);

    [Fact]
    public void Cosine_with_shrinkage_by_hand()
    {
        // v(0) = (1, 1, 0), v(1) = (1, 1, 0), v(2) = (0, 1, 2), Shrinkage 1, all users alike:
        // s(0, 1) = 2 / (2 + 1), s(0, 2) = 1 / (√2·√5 + 1)
        var model = new ItemKnn { Shrinkage = 1, ActivityPenalty = 0 }.Train(Small, new());
        var scores = Scores(model, new Query(-1, new[] { 0 }));
        Assert.True(float.IsNaN(scores[0]));
        Assert.Equal(2.0 / 3, scores[1], 1e-6);
        Assert.Equal(1 / (Math.Sqrt(10) + 1), scores[2], 1e-6);
        // weight 2 on item 0, weight 1 on item 1
        Assert.Equal(3 / (Math.Sqrt(10) + 1), Scores(model, new Query(-1, new[] { 0, 1 }, new[] { 2f, 1f }))[2], 1e-6);
    }

    [Fact]
    public void A_busy_users_votes_count_less()
    {
        // ActivityPenalty 1: user 0 has 2 items, user 1 has 3, so their votes count 1/2 and 1/3:
        // v(0)·v(1) = 1/2 + 1/3 = |v(0)|² = |v(1)|², s(0, 1) = 1; v(0)·v(2) = 1/3, |v(2)|² = 1/3 + 4
        var scores = Scores(new ItemKnn { Shrinkage = 0, ActivityPenalty = 1 }.Train(Small, new()), new Query(-1, new[] { 0 }));
        Assert.Equal(1, scores[1], 1e-6);
        Assert.Equal(1.0 / 3 / Math.Sqrt(5.0 / 6 * (13.0 / 3)), scores[2], 1e-6);
    }

    [Fact]
    public void Only_the_nearest_neighbours_are_kept()
    {
        var scores = Scores(new ItemKnn { Neighbours = 1, Shrinkage = 1, ActivityPenalty = 0 }.Train(Small, new()), new Query(-1, new[] { 0 }));
        Assert.False(float.IsNaN(scores[1]));
        Assert.True(float.IsNaN(scores[2]));
    }

    [Fact]
    public void It_equals_the_dense_formula()
    {
        const int Users = 30, Items = 25;
        var rng = new Rng(4);
        var triplets = new List<(int, int, float)>();
        for (int n = 0; n < 200; n++) triplets.Add((rng.NextInt(Users), rng.NextInt(Items), 1 + rng.NextInt(4)));
        var data = Of(Users, Items, triplets);

        var v = new double[Items, Users];
        for (int user = 0; user < Users; user++)
        {
            var row = data.ByUser.Row(user);
            for (int n = 0; n < row.Length; n++) v[row.Columns[n], user] = row.Values[n] / Math.Pow(row.Length, 0.25);
        }
        double Dot(int i, int j) => Enumerable.Range(0, Users).Sum(u => v[i, u] * v[j, u]);

        var model = new ItemKnn { Neighbours = Items, Shrinkage = 3, ActivityPenalty = 0.5f }.Train(data, new());
        for (int i = 0; i < Items; i++)
        {
            var scores = Scores(model, new Query(-1, new[] { i }));
            for (int j = 0; j < Items; j++)
            {
                double expected = i == j || Dot(i, j) == 0 ? double.NaN : Dot(i, j) / (Math.Sqrt(Dot(i, i) * Dot(j, j)) + 3);
                Assert.Equal(expected, scores[j], 1e-5);
            }
        }
    }

    [Theory]
    [InlineData(0, 1, 0, "Neighbours must be >= 1, was 0.")]
    [InlineData(1, -1, 0, "Shrinkage must be >= 0, was -1.")]
    [InlineData(1, 1, 3, "ActivityPenalty must be in 0..2, was 3.")]
    public void Options_out_of_range_are_refused(int neighbours, float shrinkage, float penalty, string sentence)
    {
        var trainer = new ItemKnn { Neighbours = neighbours, Shrinkage = shrinkage, ActivityPenalty = penalty };
        Assert.Equal(sentence, Assert.Throws<InputException>(() => trainer.Train(Small, new())).Message);
    }
}
