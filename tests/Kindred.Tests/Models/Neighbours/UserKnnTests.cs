using CsCheck;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;

namespace Kindred.Tests.Models.Neighbours;

public sealed class UserKnnTests : ModelContract
{
    protected override ITrainer Trainer => new UserKnn { Neighbours = 20 };

    private static UserKnn Plain => new() { Shrinkage = 0, PopularityPenalty = 0 };

    // u0: 0 1; u1: 0 1 2; u2: 2 3
    private static Interactions Small => Of(3, 4, [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1), (1, 2, 1), (2, 2, 1), (2, 3, 1)]);

    [Fact]
    public void Similar_users_add_what_they_had_by_hand()
    {
        // history 0 1: cosine 2 / (√2·√2) = 1 with u0, 2 / (√2·√3) with u1, 0 with u2
        var query = new Query(-1, new[] { 0, 1 });
        var model = Plain.Train(Small, new());
        double second = 2 / Math.Sqrt(6);
        var scores = Scores(model, query);
        Assert.Equal(1 + second, scores[0], 1e-6);
        Assert.Equal(second, scores[2], 1e-6);
        Assert.True(float.IsNaN(scores[3]));
        // item 2 is there because of u1, who shares both items alike
        var contributions = new float[2];
        ((IExplainableModel)model).Explain(query, 2, contributions);
        Assert.All(contributions, part => Assert.Equal(second / 2, part, 1e-6));
        // the nearest one alone does not have item 2
        Assert.True(float.IsNaN(Scores((Plain with { Neighbours = 1 }).Train(Small, new()), query)[2]));
    }

    [Fact]
    public void Overlap_similarity_and_common_items_bound_who_speaks()
    {
        var query = new Query(-1, new[] { 1, 2 });
        // u0 shares item 1, u1 both, u2 item 2
        Assert.False(float.IsNaN(Scores(Plain.Train(Small, new()), query)[3]));
        Assert.True(float.IsNaN(Scores((Plain with { MinimumOverlap = 2 }).Train(Small, new()), query)[3]));
        Assert.Equal(2 / Math.Sqrt(6), Scores((Plain with { MinimumOverlap = 2 }).Train(Small, new()), query)[0], 1e-6);
        // 2 / √6 = .82 is enough, 1 / 2 is not
        Assert.True(float.IsNaN(Scores((Plain with { MinimumSimilarity = .6f }).Train(Small, new()), query)[3]));
        // all of 0, 1, 2 have two users, 3 has one
        Assert.All(Scores((Plain with { CommonItemUsers = 1 }).Train(Small, new()), query), score => Assert.True(float.IsNaN(score)));
        Assert.False(float.IsNaN(Scores((Plain with { CommonItemUsers = 1 }).Train(Small, new()), new(-1, new[] { 3 }))[2]));
    }

    /// <summary>Of users, a similarity is that of items with the two exchanged.</summary>
    [Theory]
    [InlineData(Similarity.Cosine)]
    [InlineData(Similarity.AdjustedCosine)]
    [InlineData(Similarity.Pearson)]
    [InlineData(Similarity.Jaccard)]
    [InlineData(Similarity.Tversky)]
    [InlineData(Similarity.Conditional)]
    [InlineData(Similarity.TfIdf)]
    [InlineData(Similarity.Bm25)]
    [InlineData(Similarity.LogLikelihood)]
    [InlineData(Similarity.Lift)]
    [InlineData(Similarity.CoOccurrence)]
    public void It_equals_the_dense_formula(Similarity similarity) => Gen.ULong.Select(Gen.Int[1, 3]).Sample((seed, overlap) =>
    {
        const int Users = 15, Items = 20;
        var rng = new Rng(seed);
        var triplets = new List<(int, int, float)>();
        for (int n = 0; n < 120; n++) triplets.Add((rng.NextInt(Users), rng.NextInt(Items), 1 + rng.NextInt(4)));
        var data = Of(Users, Items, triplets);
        var transposed = Interactions.From(Ids(Items, "i"), Ids(Users, "u"), data.ByItem);
        var options = new ItemKnn { Similarity = similarity, Shrinkage = .5f, ActivityPenalty = .5f, MinimumOverlap = overlap };
        var x = NeighbourReference.Dense(transposed); // [items, users]
        var model = new UserKnn
        {
            Similarity = similarity,
            Shrinkage = .5f,
            PopularityPenalty = .5f,
            MinimumOverlap = overlap,
            Neighbours = Users,
        }.Train(data, new());

        // a question about somebody of the data: his similarity to each other user, and to himself
        int user = rng.NextInt(Users);
        double[] similarities = [.. Enumerable.Range(0, Users)
            .Select(v => Math.Max(0, NeighbourReference.Similarity(options, x, user, v)))];
        var scores = Scores(model, Query.Of(data, user));
        for (int item = 0; item < Items; item++)
        {
            double expected = Enumerable.Range(0, Users).Sum(v => similarities[v] * x[item, v]);
            Assert.Equal(expected, float.IsNaN(scores[item]) ? 0 : scores[item], 1e-4 + (1e-4 * expected));
        }
    }, iter: 20);

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        string Refusal(UserKnn trainer) => Assert.Throws<InputException>(() => trainer.Train(Small, new())).Message;
        Assert.Equal("neighbours must be at least 1, was 0.", Refusal(new() { Neighbours = 0 }));
        Assert.Equal("popularityPenalty must be 0 to 2, was -1.", Refusal(new() { PopularityPenalty = -1 }));
        Assert.Equal("commonItemUsers must be at least 0, was -1.", Refusal(new() { CommonItemUsers = -1 }));
    }
}
