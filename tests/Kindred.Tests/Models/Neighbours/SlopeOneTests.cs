using Kindred.Data;
using Kindred.Models;
using Kindred.Tests.Models.Linear;

namespace Kindred.Tests.Models.Neighbours;

public sealed class SlopeOneTests : ModelContract
{
    protected override ITrainer Trainer => new SlopeOne();

    // u0: 5 3 2, u1: 3 4 –, u2: – 2 5
    private static Interactions Small => Of(3, 3, [(0, 0, 5), (0, 1, 3), (0, 2, 2), (1, 0, 3), (1, 1, 4), (2, 1, 2), (2, 2, 5)]);

    [Fact]
    public void Three_users_by_hand()
    {
        // item 0 against item 1: ((5 − 3) + (3 − 4)) / 2 = .5 from two users; against item 2: 5 − 2 = 3 from one
        // u2 on item 0: (2·(2 + .5) + 1·(5 + 3)) / 3 = 13 / 3
        var model = (IRatingModel)Trainer.Train(Small, new());
        Assert.Equal(13 / 3.0, Scores(model, Query.Of(Small, 2))[0], 1e-5);
        // on item 1, from item 2 alone: against it ((3 − 2) + (2 − 5)) / 2 = −1 from two users: 5 − 1
        Assert.Equal(4, Scores(model, new Query(-1, new[] { 2 }, new[] { 5f }))[1], 1e-5);
        Assert.Equal(3.5, model.FallbackScore(Query.Of(Small, 1)), 1e-6);
        Assert.Equal(24 / 7.0, model.FallbackScore(default), 1e-6);
    }

    [Fact]
    public void A_visitor_without_ratings_is_taken_to_rate_as_everybody_does()
    {
        // item 2's mean rating is 3.5, item 1 is one less
        var model = (IRatingModel)Trainer.Train(Small, new());
        Assert.Equal(2.5, Scores(model, new Query(-1, new[] { 2 }))[1], 1e-5);
        Assert.Equal(24 / 7.0, model.FallbackScore(new Query(-1, new[] { 2 })), 1e-6);
    }

    [Fact]
    public void Repeated_events_count_as_their_mean()
    {
        // u0 gives item 0 a 2 and a 4, item 1 a 1: item 1 is 2 less than item 0
        var histories = new Histories(new[] { 0, 3 }, new[] { 0, 1, 0 }, default, new[] { 2f, 1f, 4f });
        var model = Trainer.Train(new Interactions(Ids(1, "u"), Ids(2, "i"), histories), new());
        Assert.Equal(1.5, Scores(model, new Query(-1, new[] { 0, 0 }, new[] { 3f, 4f }))[1], 1e-6);
    }

    [Fact]
    public void Only_the_neighbours_with_the_most_common_users_have_a_say()
    {
        var model = new SlopeOne { Neighbours = 1 }.Train(Small, new());
        var scores = Scores(model, new Query(-1, new[] { 0 }, new[] { 3f })); // item 0 shares two users with item 1, one with item 2
        Assert.Equal(2.5, scores[1], 1e-6);
        Assert.True(float.IsNaN(scores[2]));
    }

    [Fact]
    public void It_equals_the_formula_over_all_triples()
    {
        const int Users = 20, Items = 15;
        var data = EaseTests.Random(Users, Items, 120);
        double? Rating(int user, int item)
        {
            double sum = 0;
            int count = 0;
            for (int n = 0; n < data.Histories.ItemsOf(user).Length; n++)
                if (data.Histories.ItemsOf(user).Span[n] == item) (sum, count) = (sum + data.Histories.WeightsOf(user).Span[n], count + 1);
            return count == 0 ? null : sum / count;
        }
        var model = Trainer.Train(data, new());
        for (int user = 0; user < Users; user++)
        {
            var scores = Scores(model, Query.Of(data, user));
            for (int j = 0; j < Items; j++)
            {
                double above = 0, below = 0;
                for (int i = 0; i < Items; i++)
                {
                    if (i == j || Rating(user, i) is not { } own) continue;
                    double[] differences = [.. Enumerable.Range(0, Users).Select(u => Rating(u, j) - Rating(u, i)).OfType<double>()];
                    if (differences.Length == 0) continue;
                    above += differences.Length * (own + differences.Average());
                    below += differences.Length;
                }
                Assert.Equal(below == 0 ? double.NaN : above / below, scores[j], 1e-4);
            }
        }
    }

    [Fact]
    public void Options_out_of_range_are_refused() => Assert.Equal(
        "neighbours must be at least 0, was -1.",
        Assert.Throws<InputException>(() => new SlopeOne { Neighbours = -1 }.Train(Small, new())).Message);
}
