using Kindred.Data;
using Kindred.Models;
using Kindred.Splitting;

namespace Kindred.Tests.Models.Ratings;

/// <summary>Ratings of 0 and below say that an item was not liked: models of ratings learn it, for all others there was no event.</summary>
public sealed class DislikedItemsTests
{
    private static readonly Vocabulary Users = new(["ann", "bob", "cy"]), Items = new(["tea", "milk", "tar"]);

    // ann: tea 3, milk 4, tar −5; bob: tea 2, milk 5, tar 0; cy: tea 1, tar −9
    private static readonly Interactions Rated = Of([0, 3, 6, 8], [0, 1, 2, 0, 1, 2, 0, 2], [3, 4, -5, 2, 5, 0, 1, -9]);

    private static readonly Interactions LikedAlone = Of([0, 2, 4, 5], [0, 1, 0, 1, 0], [3, 4, 2, 5, 1]);

    public static TheoryData<string> Implicit =>
        ["popularity", "item-knn", "user-knn", "implicit-als", "bpr", "warp", "logistic-mf", "ease", "slim", "lightgcn", "fm",
            "sampled-softmax"];

    [Fact]
    public void They_are_no_pairs()
    {
        Assert.Equal(LikedAlone.ByUser.Indices.ToArray(), Rated.ByUser.Indices.ToArray());
        Assert.Equal(LikedAlone.ByUser.Values.ToArray(), Rated.ByUser.Values.ToArray());
        Assert.Equal([3, 4, -5, 2, 5, 0, 1, -9], Rated.Ratings.Values.ToArray());
    }

    [Theory]
    [MemberData(nameof(Implicit))]
    public void Models_of_events_learn_and_answer_as_if_there_was_nothing(string name)
    {
        IModel all = Train(name, Rated), liked = Train(name, LikedAlone);
        for (int user = 0; user < Users.Count; user++)
        {
            Assert.Equal(Scores(liked, Query.Of(LikedAlone, user)), Scores(all, Query.Of(Rated, user)));
            if (all is not IExplainableModel explainable) continue;
            var contributions = new float[Rated.Histories.ItemsOf(user).Length];
            explainable.Explain(Query.Of(Rated, user), 1, contributions);
            Assert.Equal(0, contributions[^1]); // tar
        }
    }

    [Theory]
    [MemberData(nameof(Implicit))]
    public void Who_likes_nothing_gets_no_answer_or_the_same_as_everyone(string name)
    {
        var model = Train(name, Rated);
        var query = new Query(-1, new[] { 2 }, new[] { -1f });
        float[] scores = Scores(model, query);
        bool isEveryones = scores.AsSpan().SequenceEqual(Scores(model, new Query(-1, default)));
        Assert.True(isEveryones || scores.All(float.IsNaN), string.Join(' ', scores));
    }

    [Fact]
    public void They_are_not_what_a_list_should_hold()
    {
        var holdout = Holdout.Given(Of([0, 1, 2, 3], [0, 0, 0], [3, 2, 1]), Of([0, 1, 2, 3], [1, 2, 2], [4, 0, -9]), "", "test", []);
        Assert.Equal([1, 0, 0], Enumerable.Range(0, 3).Select(user => holdout.Test.ByUser.Row(user).Length));
    }

    private static Interactions Of(int[] starts, int[] items, float[] ratings) =>
        new Interactions(Users, Items, new(starts, items, default, ratings)).WithOrigin(new("films", null, ValueKind.Ratings));

    private static IModel Train(string name, Interactions data) =>
        TrainerCatalog.Default.Create(name, null).Train(data, new() { Workers = 1 });

    private static float[] Scores(IModel model, in Query query)
    {
        var scores = new float[Items.Count];
        model.Score(query, scores);
        return scores;
    }
}
