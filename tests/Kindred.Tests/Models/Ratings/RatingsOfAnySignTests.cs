using Kindred.Data;
using Kindred.Models;

namespace Kindred.Tests.Models.Ratings;

/// <summary>A scale may go through zero: what is learned from ratings moved down by six is what was learned, moved down by six.</summary>
public sealed class RatingsOfAnySignTests
{
    private const int Users = 30, Items = 12, Down = 6;

    public static TheoryData<string> Trainers => ["bias", "mf", "als", "slope-one", "rating-knn"];

    [Theory]
    [MemberData(nameof(Trainers))]
    public void Predictions_move_with_the_ratings(string name)
    {
        Interactions high = Rated(0), low = Rated(Down);
        var (above, below) = (Train(name, high), Train(name, low));
        for (int user = 0; user < Users; user++)
        {
            float[] expected = Scores(above, Query.Of(high, user)), actual = Scores(below, Query.Of(low, user));
            for (int item = 0; item < Items; item++)
                if (!float.IsNaN(expected[item])) Assert.Equal(expected[item] - Down, actual[item], 0.02f);
        }
    }

    [Fact]
    public void Models_of_weights_refuse_them()
    {
        var data = Rated(Down);
        string message = Assert.Throws<InputException>(() => data.ByUser).Message;
        Assert.Contains("weights must be above 0", message, StringComparison.Ordinal);
    }

    private static IModel Train(string name, Interactions data) => TrainerCatalog.Default.Create(name, null).Train(data, new());

    private static Interactions Rated(int down)
    {
        var random = new Random(1);
        var entries = (from user in Enumerable.Range(0, Users)
                       from item in Enumerable.Range(0, Items)
                       where random.Next(2) == 0
                       select (user, item, rating: (float)(1 + random.Next(10) - down))).ToList();
        var starts = new int[Users + 1];
        foreach (var entry in entries) starts[entry.user + 1]++;
        for (int user = 0; user < Users; user++) starts[user + 1] += starts[user];
        var histories = new Histories(starts, entries.Select(e => e.item).ToArray(), default, entries.Select(e => e.rating).ToArray());
        return new(Ids(Users, "u"), Ids(Items, "i"), histories);
    }

    private static Vocabulary Ids(int count, string prefix) => new([.. Enumerable.Range(0, count).Select(n => $"{prefix}{n}")]);

    private static float[] Scores(IModel model, in Query query)
    {
        var scores = new float[Items];
        model.Score(query, scores);
        return scores;
    }
}
