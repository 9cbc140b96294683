using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Models.Ratings;
using Kindred.Numerics;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models.Ratings;

/// <summary>What holds for every factor model of ratings.</summary>
public abstract class RatingContract : ModelContract
{
    // the first factors are drawn
    protected override bool IsClosedForm => false;

    /// <summary>Half of the items get a 5 of a user, the others a 1; his own, and some of the bad ones, he has not rated.</summary>
    protected override Interactions Board(int size)
    {
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < size; user++)
            for (int item = 0; item < size; item++)
                if (item != user && ((user + item) % 2 == 0 || (item + (3 * user)) % 5 != 1))
                    triplets.Add((user, item, (user + item) % 2 == 0 ? 5 : 1));
        return Of(size, size, triplets);
    }

    /// <summary>Ratings from 1 to 5 with two tastes in them, noise, a user and an item without any.</summary>
    private protected static Interactions Ratings(int users = 60, int items = 40)
    {
        var rng = new Rng(5);
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < users - 1; user++)
            for (int item = 0; item < items - 1; item++)
                if (rng.NextDouble() < .3)
                    triplets.Add((user, item,
                        Math.Clamp((float)Math.Round(3 + ((user % 3 == item % 3) ? 1.5 : -1) + rng.NextNormal()), 1, 5)));
        return Of(users, items, triplets);
    }

    private protected RatingFactors Trained(Interactions data) => (RatingFactors)Trainer.Train(data, Context());

    [Fact]
    public void Many_blocks_give_the_same_bits_at_any_number_of_workers()
    {
        var data = MovieLensSmall.Load();
        var trainer = With(("dimensions", 9), ("epochs", 2));
        var one = Bytes(trainer.Train(data, Context(1)));
        Assert.Equal(one, Bytes(trainer.Train(data, Context(2))));
        Assert.Equal(one, Bytes(trainer.Train(data, Context(4))));
    }

    [Fact]
    public void The_loss_goes_down()
    {
        var losses = new List<double>();
        With(("dimensions", 8), ("epochs", 6)).Train(Ratings(), Context() with { Progress = new Listener(losses) });
        Assert.Equal(6, losses.Count);
        for (int n = 1; n < 6; n++) Assert.True(losses[n] < losses[n - 1], string.Join(' ', losses));
    }

    [Fact]
    public void Folding_in_a_training_user_gives_his_trained_embedding_bit_by_bit()
    {
        var data = Ratings();
        var model = Trained(data);
        float[] trained = new float[model.ItemEmbeddings.Columns], folded = new float[trained.Length];
        for (int user = 0; user < data.Users.Count - 1; user++)
        {
            Assert.True(model.TryEmbed(new Query(user, default), trained));
            Assert.True(model.TryEmbed(Query.Of(data, user) with { User = -1 }, folded));
            Assert.Equal(trained, folded);
        }
        Assert.False(model.TryEmbed(new Query(data.Users.Count - 1, default), trained));
    }

    [Fact]
    public void A_trained_user_is_the_minimum_of_the_squared_error_by_a_dense_solution()
    {
        var data = Ratings();
        var model = Trained(data);
        int d = model.ItemEmbeddings.Columns - 2;
        var options = (RatingFactorTrainer)Trainer;
        var row = data.ByUser.Row(7);
        double mean = data.ByUser.Values.ToArray().Average(v => (double)v), n = row.Length;
        float[] part = model.Implicit is null ? new float[d] : RatingFactors.ImplicitPart(model.Implicit, row.Columns);
        // unknowns: the user's own factors, and his bias last
        var (a, b) = (new double[d + 1, d + 1], new double[d + 1]);
        for (int k = 0; k < row.Length; k++)
        {
            var item = model.ItemEmbeddings.Row(row.Columns[k]);
            double target = row.Values[k] - mean - item[d] - Reference(item[..d], part);
            double At(ReadOnlySpan<float> values, int c) => c < d ? values[c] : 1;
            for (int r = 0; r <= d; r++)
            {
                b[r] += target * At(item, r);
                for (int c = 0; c <= d; c++) a[r, c] += At(item, r) * At(item, c);
            }
        }
        for (int r = 0; r < d; r++) a[r, r] += options.Regularization * Math.Pow(n, options.FrequencyExponent);
        a[d, d] += options.BiasRegularization * Math.Pow(n, options.FrequencyExponent);
        double[] expected = Tests.Numerics.Reference.Solve(a, b);
        for (int c = 0; c < d; c++) Assert.Equal(expected[c] + part[c], model.Users.Row(7)[c], 2e-3);
        Assert.Equal(expected[d], model.Users.Row(7)[d + 1], 2e-3);

        static double Reference(ReadOnlySpan<float> x, ReadOnlySpan<float> y) => Tests.Numerics.Reference.Dot(x, y);
    }

    [Fact]
    public void An_item_is_folded_in_as_the_minimum_given_the_users()
    {
        var model = Trained(Ratings());
        int d = model.ItemEmbeddings.Columns - 2;
        int[] users = [7, 3, 21, 3, 59]; // user 3 twice: the mean of 1 and 4; user 59 has no ratings
        float[] ratings = [2, 1, 5, 4, 5], embedding = new float[d + 2];
        Assert.True(model.TryEmbedItem(users, ratings, embedding));
        var options = (RatingFactorTrainer)Trainer;
        double mean = Ratings().ByUser.Values.ToArray().Average(v => (double)v);
        double Loss(float[] item) => new[] { (7, 2.0), (3, 2.5), (21, 5.0) }
            .Sum(e => Math.Pow(e.Item2 - mean - Tests.Numerics.Reference.Dot(item, model.Users.Row(e.Item1)), 2))
            + (options.Ridge(3) * Tests.Numerics.Reference.Dot(item.AsSpan(0, d), item.AsSpan(0, d)))
                + (options.BiasRidge(3) * item[d] * item[d]);
        double least = Loss(embedding);
        Assert.Equal(1, embedding[d + 1]);
        for (int c = 0; c <= d; c++)
        {
            foreach (float nudge in new[] { -.05f, .05f })
            {
                float[] moved = [.. embedding];
                moved[c] += nudge;
                Assert.True(Loss(moved) > least);
            }
        }
        Assert.False(model.TryEmbedItem([], [], embedding));
        Assert.False(model.TryEmbedItem([59], [3], embedding));
        Assert.False(model.TryEmbedItem([1, 2], [], embedding)); // nobody says how he liked it
        Assert.Throws<ArgumentOutOfRangeException>(() => model.TryEmbedItem([60], [3], embedding));
        Assert.Throws<ArgumentException>(() => model.TryEmbedItem([1, 2], [3], embedding));
    }

    [Fact]
    public void Who_rated_twice_gave_the_mean()
    {
        var model = Trained(Ratings());
        Assert.Equal(
            Scores(model, new Query(-1, new[] { 3, 5 }, new[] { 3f, 1f })),
            Scores(model, new Query(-1, new[] { 3, 5, 3 }, new[] { 2f, 1f, 4f })));
        var twice = new Interactions(
            Ids(2, "u"), Ids(2, "i"), new(new[] { 0, 3, 4 }, new[] { 0, 0, 1, 0 }, default, new[] { 2f, 4f, 5f, 1f }));
        var once = Of(2, 2, [(0, 0, 3), (0, 1, 5), (1, 0, 1)]);
        Assert.Equal(Bytes(Trained(once)), Bytes(Trained(twice)));
    }

    [Fact]
    public void Predictions_stay_in_the_scale_and_scores_do_not()
    {
        var data = Ratings();
        var model = Trained(data);
        int[] all = [.. Enumerable.Range(0, data.Items.Count)];
        float[] values = new float[all.Length];
        bool isBeyond = false;
        for (int user = 0; user < data.Users.Count - 1; user++)
        {
            var query = Query.Of(data, user);
            float[] scores = Scores(model, query);
            model.Predict(query, all, values);
            for (int item = 0; item < all.Length; item++)
            {
                float expected = float.IsNaN(scores[item]) ? model.FallbackScore(query) : scores[item];
                Assert.Equal(Math.Clamp(expected, 1, 5), values[item], 1e-4f);
                isBeyond |= scores[item] is < 1 or > 5;
            }
        }
        Assert.True(isBeyond);
    }

    [Fact]
    public void A_stranger_is_predicted_from_the_item_alone()
    {
        var data = Ratings();
        var model = Trained(data);
        double mean = data.ByUser.Values.ToArray().Average(v => (double)v);
        float[] values = new float[2];
        model.Predict(new Query(-1, default), [4, 39], values);
        Assert.Equal(Math.Clamp(mean + model.ItemEmbeddings.Row(4)[^2], 1, 5), values[0], 1e-4);
        Assert.Equal(mean, values[1], 1e-4);
        Assert.Equal(mean, model.FallbackScore(new Query(-1, default)), 1e-4);
    }

    [Fact]
    public void Stopped_after_an_epoch_it_is_the_model_of_so_many_epochs()
    {
        var data = Ratings();
        var seen = new List<IModel>();
        var stopped = With(("epochs", 4)).Train(data, Context() with
        {
            EpochFinished = epoch =>
            {
                seen.Add(epoch.Model());
                return epoch.Number < 2;
            },
        });
        Assert.Equal(2, seen.Count);
        float[] ScoresOf(IModel model) => Scores(model, Query.Of(data, 7));
        Assert.Equal(ScoresOf(With(("epochs", 2)).Train(data, Context())), ScoresOf(stopped));
        Assert.Equal(ScoresOf(With(("epochs", 1)).Train(data, Context())), ScoresOf(seen[0]));
    }

    [Fact]
    public void Going_on_keeps_what_was_known_and_learns_who_came_in()
    {
        var all = Ratings();
        int users = 50, items = 30;
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < users; user++)
        {
            var row = all.ByUser.Row(user);
            for (int n = 0; n < row.Length; n++) if (row.Columns[n] < items) triplets.Add((user, row.Columns[n], row.Values[n]));
        }
        var old = Of(users, items, triplets);
        var trainer = (IIncrementalTrainer)Trainer;
        var model = trainer.Train(old, Context());
        var before = Scores(model, new Query(4, default));
        var continued = (RatingFactors)((IIncrementalTrainer)With(("epochs", 30))).ContinueFrom(model, all, Context());
        Assert.Equal(before, Scores(model, new Query(4, default)));
        Assert.Equal(all.Items, continued.Items);
        double anew = SquaredError(Trainer.Train(all, Context()), all);
        Assert.InRange(SquaredError(continued, all), 0, 1.5 * anew);
        var after = Scores(continued, new Query(55, default)); // a user who came in
        Assert.True(float.IsNaN(after[39]) && !float.IsNaN(after[35]));

        string Refusal(IModel from, IIncrementalTrainer with, Interactions on) =>
            Assert.Throws<InputException>(() => with.ContinueFrom(from, on, new())).Message;
        Assert.Contains("another kind", Refusal(new Popularity().Train(all, new()), trainer, all));
        Assert.Contains("Dimensions must be", Refusal(model, (IIncrementalTrainer)With(("dimensions", 5)), all));
        Assert.Contains("must begin with the 50 users and 30 items", Refusal(model, trainer, Of(50, 3, [(0, 0, 1)])));
    }

    [Theory]
    [InlineData("dimensions", 0, "dimensions must be at least 1, was 0.")]
    [InlineData("epochs", 0, "epochs must be at least 1, was 0.")]
    [InlineData("regularization", 0, "regularization must be above 0, was 0.")]
    [InlineData("biasRegularization", -1, "biasRegularization must be at least 0, was -1.")]
    [InlineData("frequencyExponent", 2, "frequencyExponent must be 0 to 1, was 2.")]
    public void Shared_options_out_of_range_are_refused(string option, int value, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InputException>(() => With((option, value)).Train(Ratings(), Context())).Message);

    private static double SquaredError(IModel model, Interactions data)
    {
        double sum = 0;
        for (int user = 0; user < data.Users.Count - 1; user++)
        {
            var (scores, row) = (Scores(model, new Query(user, default)), data.ByUser.Row(user).Columns.ToArray());
            for (int n = 0; n < row.Length; n++) sum += Math.Pow(scores[row[n]] - data.ByUser.Row(user).Values[n], 2);
        }
        return sum / data.ByUser.Count;
    }

    private protected sealed class Listener(List<double> losses) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => losses.Add(value.Loss ?? double.NaN);
    }
}
