using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Ratings;
using Kindred.Numerics;
using Kindred.Tests.Numerics;

namespace Kindred.Tests.Models.Ratings;

public sealed class ExplicitAlsTests : RatingContract
{
    protected override ITrainer Trainer => new ExplicitAls { Dimensions = 6, Epochs = 10, Regularization = 0.03f, FrequencyExponent = 1 };

    [Fact]
    public void One_user_with_two_items_by_hand()
    {
        // ratings 5 and 1: μ = 3. All penalties so large that factors vanish, biases alone, λ′ = 1, ν = 0. b(u) begins at 0:
        // b(i) = ±2 / (1 + 1) = ±1; b(u) = (2 − 1 − 2 + 1) / (2 + 1) = 0
        var data = Of(1, 2, [(0, 0, 5), (0, 1, 1)]);
        var model = new ExplicitAls { Dimensions = 2, Epochs = 1, Regularization = 1e9f, BiasRegularization = 1,
            FrequencyExponent = 0 }.Train(data, Context());
        Assert.Equal([4f, 2f], Scores(model, new Query(0, default)), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void One_dimension_without_biases_by_hand()
    {
        // ratings 4 and 2 of two users for two items crosswise: residuals r = ±1 = sign(u)·sign(i). With huge λ′ and x = s·(±1), y =
        // t·(±1):
        // each row has 2 ratings, ν = 1: s·(2t² + 2λ) = 2t, alike for t, so s = t and s² = 1 − λ
        var data = Of(2, 2, [(0, 0, 4), (0, 1, 2), (1, 0, 2), (1, 1, 4)]);
        var model = new ExplicitAls { Dimensions = 1, Epochs = 200, Regularization = 0.2f, BiasRegularization = 1e9f,
            FrequencyExponent = 1 }.Train(data, Context());
        Assert.Equal([3.8f, 2.2f], Scores(model, new Query(0, default)), (a, b) => Math.Abs(a - b) < 1e-3);
    }

    [Theory]
    [InlineData(1, .05f, .1f)]
    [InlineData(0, 2, 1)]
    [InlineData(.5f, .5f, 0)]
    public void The_reported_loss_is_the_objective_and_never_rises(float exponent, float regularization, float biasRegularization)
    {
        var data = Ratings();
        var trainer = new ExplicitAls { Dimensions = 7, Epochs = 8, FrequencyExponent = exponent, Regularization = regularization,
            BiasRegularization = biasRegularization };
        var losses = new List<double>();
        var model = (RatingFactors)trainer.Train(data, Context() with { Progress = new Listener(losses) });
        double mean = data.ByUser.Values.ToArray().Average(v => (double)v), expected = 0;
        double Penalty(int n, ReadOnlySpan<float> factors, float bias) =>
            Math.Pow(n, exponent) * ((regularization * Reference.Dot(factors, factors)) + (biasRegularization * bias * bias));
        for (int user = 0; user < data.Users.Count; user++)
        {
            var row = data.ByUser.Row(user);
            var x = model.Users.Row(user);
            for (int n = 0; n < row.Length; n++)
                expected += Math.Pow(row.Values[n] - mean - Reference.Dot(x, model.ItemEmbeddings.Row(row.Columns[n])), 2);
            expected += Penalty(row.Length, x[..7], x[8]);
        }
        for (int item = 0; item < data.Items.Count; item++)
        {
            var y = model.ItemEmbeddings.Row(item);
            expected += Penalty(data.ByItem.Row(item).Length, y[..7], y[7]);
        }
        Assert.Equal(expected, losses[^1], 1e-3 * expected);
        for (int epoch = 1; epoch < losses.Count; epoch++)
            Assert.True(losses[epoch] <= losses[epoch - 1] * (1 + 1e-5), string.Join(' ', losses));
    }

    /// <summary>
    /// The users are solved last: at the end the slope of the weighted objective in each user's factors and bias is zero. Without
    /// importance the same model does not have that.
    /// </summary>
    [Fact]
    public void Importance_weighs_the_squared_error_of_each_rating()
    {
        var data = Ratings();
        float[] counts = [.. Enumerable.Range(0, data.Histories.Count).Select(e => 1 + (e * 7 % 5))];
        data = data.With(
            context: Catalog.Empty(counts.Length) with { Numbers = new Dictionary<string, NumberColumn> { ["count"] = new(counts) } });
        var trainer = new ExplicitAls { Dimensions = 3, Epochs = 4, FrequencyExponent = 0, Regularization = .5f, BiasRegularization = .2f };
        double weighed = Slope(data, (RatingFactors)(trainer with { Importance = "count" }).Train(data, Context()), counts);
        Assert.InRange(weighed, 0, 1e-3);
        Assert.InRange(Slope(data, (RatingFactors)trainer.Train(data, Context()), counts), .1, double.MaxValue);
    }

    // the largest half slope of any user, d = 3
    private static double Slope(Interactions data, RatingFactors model, float[] counts)
    {
        var (largest, mean, all) = (0.0, counts.Average(), counts.Sum());
        double average = data.Histories.Weights.ToArray().Zip(counts, (rating, count) => (double)rating * count).Sum() / all;
        for (int user = 0; user < data.Users.Count; user++)
        {
            var x = model.Users.Row(user);
            double[] slopes = [.5 * x[0], .5 * x[1], .5 * x[2], .2 * x[4]];
            for (int e = data.Histories.Starts.Span[user]; e < data.Histories.Starts.Span[user + 1]; e++)
            {
                var y = model.ItemEmbeddings.Row(data.Histories.Items.Span[e]);
                double error = counts[e] / mean * (data.Histories.Weights.Span[e] - average - Reference.Dot(x, y));
                for (int c = 0; c < 3; c++) slopes[c] -= error * y[c];
                slopes[3] -= error;
            }
            if (data.Histories.ItemsOf(user).Length > 0) largest = Math.Max(largest, slopes.Max(Math.Abs));
        }
        return largest;
    }

    [Fact]
    public void Importance_is_relative_and_equal_importance_changes_nothing()
    {
        var data = Ratings();
        Interactions With(float value) => data.With(context: Catalog.Empty(data.Histories.Count) with
        {
            Numbers = new Dictionary<string, NumberColumn> { ["count"] = new(Enumerable.Repeat(value, data.Histories.Count).ToArray()) },
        });
        var trainer = new ExplicitAls { Dimensions = 5, Epochs = 3 };
        var plain = Scores(trainer.Train(data, Context()), new Query(3, default));
        foreach (float value in (float[])[1, 4, .5f])
            Assert.Equal(plain, Scores((trainer with { Importance = "count" }).Train(With(value), Context()), new Query(3, default)));
        Assert.Equal(
            "Importance is 'price', which is no number of the events' context; there are: count.",
            Assert.Throws<InputException>(() => (trainer with { Importance = "price" }).Train(With(1), Context())).Message);
        Assert.Equal(
            "The importance of every event must be > 0, one has count = 0.",
            Assert.Throws<InputException>(() => (trainer with { Importance = "count" }).Train(With(0), Context())).Message);
    }

    [Fact]
    public void Going_on_from_a_model_on_the_same_data_is_one_long_training()
    {
        var data = Ratings();
        var trainer = new ExplicitAls { Dimensions = 10, Epochs = 3 };
        var continued = (trainer with { Epochs = 2 }).ContinueFrom(trainer.Train(data, Context()), data, Context());
        var whole = (trainer with { Epochs = 5 }).Train(data, Context());
        for (int user = 0; user < 60; user++)
            Assert.Equal(Scores(whole, new Query(user, default)), Scores(continued, new Query(user, default)));
    }

    [Fact]
    public void Folding_in_an_item_with_its_own_users_comes_near_its_trained_embedding()
    {
        var data = Ratings();
        var model = (RatingFactors)new ExplicitAls { Dimensions = 3, Epochs = 300 }.Train(data, Context());
        float[] folded = new float[5];
        for (int item = 0; item < 39; item++)
        {
            var row = data.ByItem.Row(item);
            Assert.True(model.TryEmbedItem(row.Columns, row.Values, folded));
            for (int c = 0; c < 5; c++) Assert.Equal(model.ItemEmbeddings.Row(item)[c], folded[c], 0.02);
        }
    }

    [Fact]
    public void A_history_without_ratings_says_nothing()
    {
        var data = Ratings();
        var model = Trained(data);
        Assert.All(Scores(model, new Query(-1, new[] { 1, 2 })), score => Assert.True(float.IsNaN(score)));
        Assert.Equal(Scores(model, new Query(3, default)), Scores(model, new Query(3, new[] { 1, 2 })));
    }
}
