using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Numerics;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models.Sgd;

/// <summary>What holds for every model that learns by stochastic gradients.</summary>
public abstract class SgdContract : ModelContract
{
    // the first embeddings and the negatives are drawn
    protected override bool IsClosedForm => false;

    private string Name => Trainer.Summary.Name;

    [Fact]
    public void Many_blocks_give_the_same_bits_at_any_number_of_workers()
    {
        var data = MovieLensSmall.Load();
        var trainer = With(("dimensions", 8), ("epochs", 2), ("negativeCount", 4));
        var one = Bytes(trainer.Train(data, Context(1)));
        Assert.Equal(one, Bytes(trainer.Train(data, Context(2))));
        Assert.Equal(one, Bytes(trainer.Train(data, Context(4))));
    }

    [Fact]
    public void The_loss_goes_down()
    {
        var losses = new List<double>();
        With(("dimensions", 16), ("epochs", 6)).Train(MovieLensSmall.Load(), Context() with { Progress = new Listener(losses) });
        Assert.Equal(6, losses.Count);
        Assert.True(losses[^1] < 0.8 * losses[0], string.Join(' ', losses));
    }

    [Fact]
    public void Stopped_after_an_epoch_it_is_the_model_of_so_many_epochs()
    {
        var data = MovieLensSmall.Load();
        var trainer = With(("dimensions", 8), ("epochs", 4));
        var seen = new List<IModel>();
        var stopped = trainer.Train(data, Context() with
        {
            EpochFinished = epoch =>
            {
                seen.Add(epoch.Model());
                return epoch.Number < 2;
            },
        });
        float[] ScoresOf(IModel model) => Scores(model, Query.Of(data, 7));
        Assert.Equal(2, seen.Count);
        Assert.Equal(ScoresOf(With(("dimensions", 8), ("epochs", 2)).Train(data, Context())), ScoresOf(stopped));
        Assert.Equal(ScoresOf(With(("dimensions", 8), ("epochs", 1)).Train(data, Context())), ScoresOf(seen[0]));
    }

    [Fact]
    public void Folding_in_a_training_user_gives_much_of_his_list()
    {
        var data = MovieLensSmall.Load();
        var model = (SgdModel)With(("dimensions", 16), ("epochs", 15)).Train(data, Context());
        double common = 0, ofAnother = 0;
        var embedding = new float[model.ItemEmbeddings.Columns];
        HashSet<int> ListOf(int user, float[] from)
        {
            var scores = new float[data.Items.Count];
            Kernels.Multiply(model.ItemEmbeddings, from, scores);
            foreach (int item in data.Histories.ItemsOf(user).Span) scores[item] = float.NegativeInfinity;
            return [.. Enumerable.Range(0, scores.Length).OrderByDescending(item => scores[item]).Take(20)];
        }
        for (int user = 0; user < 200; user++)
        {
            var history = data.ByUser.Row(user);
            Assert.True(model.TryEmbed(Query.Of(data, user), embedding));
            var trained = ListOf(user, embedding);
            Assert.True(model.TryEmbed(Query.Of(data, user + 200), embedding));
            ofAnother += ListOf(user, embedding).Intersect(trained).Count() / 20.0;
            Assert.True(model.TryFoldIn(history, HistoryLookup.HashOf(history), embedding));
            common += ListOf(user, embedding).Intersect(trained).Count() / 20.0;
        }
        Assert.True(common > 0.45 * 200 && common > 1.5 * ofAnother,
            $"{common / 200:F3} of the list in common, {ofAnother / 200:F3} with another user's");
    }

    [Fact]
    public void An_item_folded_in_from_its_users_comes_near_its_trained_embedding()
    {
        var data = MovieLensSmall.Load();
        var model = (IItemFoldIn)With(("dimensions", 16), ("epochs", 15)).Train(data, Context());
        double cosines = 0, withAnother = 0;
        int[] items = [.. Enumerable.Range(0, data.Items.Count).Where(item => data.ByItem.Row(item).Length >= 25).Take(80)];
        var embedding = new float[16];
        double CosineTo(int item)
        {
            var trained = model.ItemEmbeddings.Row(item);
            return Kernels.Dot(embedding, trained) / Math.Sqrt(Kernels.Dot(embedding, embedding) * Kernels.Dot(trained, trained));
        }
        for (int n = 0; n < items.Length; n++)
        {
            var row = data.ByItem.Row(items[n]);
            Assert.True(model.TryEmbedItem(row.Columns, row.Values, embedding));
            cosines += CosineTo(items[n]) / items.Length;
            withAnother += CosineTo(items[(n + 1) % items.Length]) / items.Length;
        }
        Assert.True(
            cosines > 0.65 && cosines > withAnother + 0.15, $"{cosines:F3} with its own embedding, {withAnother:F3} with another's");
    }

    [Fact]
    public void An_unseen_item_is_for_those_who_are_like_its_users()
    {
        var board = Checkerboard(50);
        var model = (IItemFoldIn)Trainer.Train(board, Context());
        var embedding = new float[model.ItemEmbeddings.Columns];
        Assert.True(model.TryEmbedItem([0, 2, 4, 6, 8, 10, 12, 14], [], embedding));
        double ScoreOf(int user)
        {
            var own = new float[embedding.Length];
            Assert.True(model.TryEmbed(new Query(user, default), own));
            return Kernels.Dot(own, embedding);
        }
        Assert.True(Enumerable.Range(8, 17).Min(n => ScoreOf(2 * n)) > Enumerable.Range(0, 25).Max(n => ScoreOf((2 * n) + 1)));
    }

    [Fact]
    public void Folding_an_item_in_depends_on_its_users_alone()
    {
        var data = MovieLensSmall.Load();
        var trainer = With(("dimensions", 8), ("epochs", 3));
        float[] Folded(IModel model, ReadOnlySpan<int> users, ReadOnlySpan<float> weights)
        {
            var embedding = new float[8];
            Assert.True(((IItemFoldIn)model).TryEmbedItem(users, weights, embedding));
            return embedding;
        }
        var model = trainer.Train(data, Context());
        float[] embedding = Folded(model, [5, 3, 600, 41, 7], [1, 2, 3, 4, 5]);
        Assert.Equal(embedding, Folded(model, [5, 3, 600, 41, 7], [1, 2, 3, 4, 5]));
        Assert.Equal(embedding, Folded(model, [600, 7, 3, 5, 41], [3, 5, 2, 1, 4]));
        Assert.Equal(embedding, Folded(model, [600, 7, 3, 5, 41, 7], [3, 2, 2, 1, 4, 3])); // 7 twice: 2 + 3
        Assert.Equal(embedding, Folded(trainer.Train(data, Context(1)), [5, 3, 600, 41, 7], [1, 2, 3, 4, 5]));
        Assert.NotEqual(embedding, Folded(model, [5, 3, 600, 41, 7], []));
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("model"), Bytes(model));
        using var file = TensorFile.Open(folder.File("model"));
        Assert.Equal(embedding, Folded(TrainerCatalog.Default.Find(Name).Load(file, data.Items), [5, 3, 600, 41, 7], [1, 2, 3, 4, 5]));
    }

    [Fact]
    public void Nobody_and_users_without_events_say_nothing_of_an_item()
    {
        var model = (IItemFoldIn)Trainer.Train(Of(3, 2, [(0, 0, 1), (1, 1, 1)]), Context());
        var embedding = new float[model.ItemEmbeddings.Columns];
        Assert.False(model.TryEmbedItem([], [], embedding));
        Assert.False(model.TryEmbedItem([2, 2], [], embedding));
        Assert.True(model.TryEmbedItem([2, 0], [], embedding));
        Assert.All(embedding, value => Assert.True(float.IsFinite(value)));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.TryEmbedItem([3], [], embedding));
        Assert.Throws<ArgumentException>(() => model.TryEmbedItem([0, 1], [1], embedding));
        Assert.False(((IItemFoldIn)Trainer.Train(Of(3, 2, []), Context())).TryEmbedItem([0], [], embedding));
    }

    [Fact]
    public void Stopped_early_it_folds_in_as_if_it_had_been_told_to()
    {
        var data = MovieLensSmall.Load();
        var stopped = With(("dimensions", 8), ("epochs", 9)).Train(data, Context() with { EpochFinished = epoch => epoch.Number < 2 });
        Assert.Equal(Bytes(With(("dimensions", 8), ("epochs", 2)).Train(data, Context())), Bytes(stopped));
    }

    [Fact]
    public void A_model_that_goes_on_keeps_what_it_knew_and_learns_who_came_in()
    {
        var data = Checkerboard(50);
        var first = data.Where([.. Enumerable.Range(0, data.Histories.Count).Select(e => e < data.Histories.Starts.Span[40])]);
        var trainer = (IIncrementalTrainer)Trainer;
        var model = trainer.Train(first, Context());
        var continued = (SgdModel)((IIncrementalTrainer)With(("epochs", 1), ("learningRate", 1e-6f))).ContinueFrom(model, data, Context());
        float[] before = Scores(model, Query.Of(first, 4)), after = Scores(continued, Query.Of(data, 4));
        for (int item = 0; item < before.Length; item++) if (!float.IsNaN(before[item])) Assert.Equal(before[item], after[item], 0.02f);
        Assert.Throws<InputException>(() => trainer.ContinueFrom(new Popularity().Train(data, Context()), data, Context()));
        Assert.Throws<InputException>(() => ((IIncrementalTrainer)With(("dimensions", 40))).ContinueFrom(model, data, Context()));
        Assert.Throws<InputException>(() => trainer.ContinueFrom(model, Of(50, 3, [(0, 0, 1)]), Context()));
    }

    [Fact]
    public void An_item_is_no_negative_before_it_existed()
    {
        var data = MovieLensSmall.Load();
        var trainer = With(("dimensions", 8), ("epochs", 1), ("existingNegatives", true));
        Assert.NotEqual(Bytes(With(("dimensions", 8), ("epochs", 1)).Train(data, Context())), Bytes(trainer.Train(data, Context())));
        var refused = Assert.Throws<InputException>(() => trainer.Train(Checkerboard(6), Context()));
        Assert.Equal(
            "ExistingNegatives needs the time of each event, and this data has none; use ExistingNegatives = false.", refused.Message);
    }

    [Theory]
    [InlineData("dimensions", 0, "dimensions must be at least 1, was 0.")]
    [InlineData("epochs", 0, "epochs must be at least 1, was 0.")]
    [InlineData("learningRate", 0, "learningRate must be above 0, was 0.")]
    [InlineData("learningRateDecay", 2, "learningRateDecay must be above 0 and at most 1, was 2.")]
    [InlineData("regularization", -1, "regularization must be at least 0, was -1.")]
    [InlineData("negativeExponent", -1, "negativeExponent must be at least 0, was -1.")]
    [InlineData("propensityExponent", 2, "propensityExponent must be 0 to 1, was 2.")]
    public void Shared_options_out_of_range_are_refused(string option, int value, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InputException>(() => With((option, value)).Train(Checkerboard(6), Context())).Message);

    [Fact]
    public void A_number_of_negatives_below_zero_is_refused() =>
        Assert.StartsWith("negativeCount must be at least ",
            Assert.Throws<InputException>(() => With(("negativeCount", -1)).Train(Checkerboard(6), Context())).Message);

    private sealed class Listener(List<double> losses) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => losses.Add(value.Loss ?? double.NaN);
    }
}

/// <summary>One user, some items, and rows of their own: a block small enough to compute by hand.</summary>
internal static class OneUser
{
    /// <summary>
    /// The user has the items in <paramref name="own"/> out of all of <paramref name="y"/>; the step is taken, and the loss returned.
    /// </summary>
    public static double Learn(ITrainer trainer, Matrix x, Matrix y, params int[] own)
    {
        var options = (SgdTrainer)trainer;
        int[] popularity = [.. Enumerable.Repeat(1, y.Rows)];
        var block = new PairBlock();
        block.Clear(new NegativeSampler([.. Enumerable.Range(0, y.Rows)], popularity, options.NegativeExponent), 1);
        float[] weights = new float[own.Length];
        weights.AsSpan().Fill(1);
        block.Add(0, own, weights, []);
        var rows = new FactorTable(x, y, options, options.Biases) { Rate = options.RateAt(1) };
        return options.CreateLearner(rows, popularity)(block, new Rng(1)).Loss;
    }

    public static Matrix Rows(params ReadOnlySpan<float[]> rows)
    {
        var matrix = new Matrix(rows.Length, rows[0].Length);
        for (int n = 0; n < rows.Length; n++) rows[n].CopyTo(matrix.Row(n));
        return matrix;
    }

    /// <summary>
    /// Takes one tiny step of plain SGD from random rows and compares the move of every value with the slope of the loss by central
    /// differences. The loss must not depend on chance: negatives are all other items, or one is left.
    /// </summary>
    public static void StepsAlongTheGradient(
        Func<float, ITrainer> withRate, int items, int d, Func<int, int, bool> isFixed, params int[] own)
    {
        const float Rate = 1e-2f;
        const double Nudge = 1e-2;
        var rng = new Rng(11);
        Matrix x = new(1, d), y = new(items, d);
        foreach (ref float value in x.Values.Span) value = (float)rng.NextNormal();
        foreach (ref float value in y.Values.Span) value = (float)rng.NextNormal();
        for (int c = 0; c < d; c++)
        {
            if (isFixed(0, c)) x.Row(0)[c] = 1;
            if (isFixed(1, c)) foreach (int item in Enumerable.Range(0, items)) y.Row(item)[c] = 1;
        }
        Matrix movedX = x.Copy(), movedY = y.Copy();
        Learn(withRate(Rate), movedX, movedY, own);
        double LossAt(Matrix at, int n, double nudge)
        {
            float before = at.Values.Span[n];
            at.Values.Span[n] = (float)(before + nudge);
            double loss = Learn(withRate(1e-20f), x.Copy(), y.Copy(), own);
            at.Values.Span[n] = before;
            return loss;
        }
        foreach (var (side, at, moved) in new[] { (0, x, movedX), (1, y, movedY) })
        {
            for (int n = 0; n < at.Values.Length; n++)
            {
                double slope = isFixed(side, n % d) ? 0 : (LossAt(at, n, Nudge) - LossAt(at, n, -Nudge)) / (2 * Nudge);
                Assert.Equal(-slope, (moved.Values.Span[n] - at.Values.Span[n]) / Rate, 0.01 * Math.Max(1, Math.Abs(slope)));
            }
        }
    }
}
