using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Tests.Numerics;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models;

public sealed class ImplicitAlsTests : ModelContract
{
    protected override ITrainer Trainer => new ImplicitAls { Dimensions = 12, Epochs = 12 };

    // a random start is forgotten only up to the local minimum
    protected override bool IsClosedForm => false;

    private static Interactions Random(int users, int items, int events, ulong seed = 3)
    {
        var rng = new Rng(seed);
        var triplets = new List<(int, int, float)>();
        for (int n = 0; n < events; n++) triplets.Add((rng.NextInt(users), rng.NextInt(items), 1 + rng.NextInt(3)));
        return Of(users, items, triplets);
    }

    /// <summary>The objective from its definition: every pair, plain loops, double.</summary>
    private static double Loss(ImplicitAls options, Interactions data, Matrix x, Matrix y)
    {
        double a = options.UnobservedWeight, loss = 0;
        double Ridge(int observed, int others) => options.Regularization * Math.Pow(observed + (options.UnobservedFrequency * a * others), options.FrequencyExponent);
        for (int user = 0; user < x.Rows; user++)
        {
            var row = data.ByUser.Row(user);
            for (int item = 0; item < y.Rows; item++)
            {
                double score = Reference.Dot(x.Row(user), y.Row(item));
                int at = row.Columns.BinarySearch(item);
                loss += at >= 0 ? (1 + (options.ConfidenceScale * row.Values[at])) * Math.Pow(1 - score, 2) : a * score * score;
            }
            loss += Ridge(row.Length, y.Rows) * Reference.Dot(x.Row(user), x.Row(user));
        }
        for (int item = 0; item < y.Rows; item++) loss += Ridge(data.ByItem.Row(item).Length, x.Rows) * Reference.Dot(y.Row(item), y.Row(item));
        return loss;
    }

    // the users' embeddings as the model keeps them
    private static Matrix Users(IEmbeddingModel model, Interactions data)
    {
        var x = new Matrix(data.Users.Count, model.ItemEmbeddings.Columns);
        for (int user = 0; user < x.Rows; user++) model.TryEmbed(new Query(user, default), x.Row(user));
        return x;
    }

    public static TheoryData<ImplicitAls> Variants =>
    [
        new ImplicitAls { Dimensions = 6, Epochs = 4 },
        new ImplicitAls { Dimensions = 17, Epochs = 3, UnobservedWeight = 1, FrequencyExponent = 0, Regularization = 2, ConfidenceScale = 5 },
        new ImplicitAls { Dimensions = 5, Epochs = 3, UnobservedFrequency = 1, UnobservedWeight = 0.3f, FrequencyExponent = 0.5f, Regularization = 0.1f, ConfidenceScale = 0.5f },
    ];

    [Theory, MemberData(nameof(Variants))]
    public void The_reported_loss_is_the_objective_and_never_rises(ImplicitAls trainer)
    {
        var data = Random(40, 30, 250);
        var losses = new List<double>();
        var progress = new Listener(losses);
        var model = (IEmbeddingModel)trainer.Train(data, new() { Progress = progress });
        double expected = Loss(trainer, data, Users(model, data), model.ItemEmbeddings);
        Assert.Equal(expected, losses[^1], 1e-3 * expected);
        for (int epoch = 1; epoch < losses.Count; epoch++) Assert.True(losses[epoch] <= losses[epoch - 1] * (1 + 1e-5));
    }

    [Theory, MemberData(nameof(Variants))]
    public void Every_users_embedding_is_a_minimum_of_the_objective(ImplicitAls trainer)
    {
        var data = Random(12, 9, 50);
        var model = (IEmbeddingModel)trainer.Train(data, new());
        var x = Users(model, data);
        double loss = Loss(trainer, data, x, model.ItemEmbeddings);
        var rng = new Rng(5);
        for (int n = 0; n < 200; n++)
        {
            ref float value = ref x.Row(rng.NextInt(12))[rng.NextInt(x.Columns)];
            float before = value;
            value += (float)(rng.NextNormal() * 0.05);
            Assert.True(Loss(trainer, data, x, model.ItemEmbeddings) >= loss - (1e-5 * loss));
            value = before;
        }
    }

    [Fact]
    public void Stopped_after_an_epoch_it_is_the_model_of_so_many_epochs()
    {
        var interactions = MovieLensSmall.Load();
        var trainer = new ImplicitAls { Dimensions = 8, Epochs = 5 };
        var seen = new List<IModel>();
        var stopped = trainer.Train(interactions, new()
        {
            EpochFinished = epoch =>
            {
                seen.Add(epoch.Model());
                return epoch.Number < 3;
            },
        });
        Assert.Equal(3, seen.Count);
        float[] ScoresOf(IModel model)
        {
            var scores = new float[model.Items.Count];
            model.Score(Query.Of(interactions, 7), scores);
            return scores;
        }
        Assert.Equal(ScoresOf((trainer with { Epochs = 3 }).Train(interactions, new())), ScoresOf(stopped));
        Assert.Equal(ScoresOf((trainer with { Epochs = 1 }).Train(interactions, new())), ScoresOf(seen[0]));
    }

    [Fact]
    public void Folding_in_a_users_own_history_gives_the_trained_embedding_bit_by_bit()
    {
        var data = Random(40, 30, 250);
        var model = (IEmbeddingModel)new ImplicitAls { Dimensions = 20, ConfidenceScale = 1 }.Train(data, new());
        Span<float> trained = new float[20], folded = new float[20];
        for (int user = 0; user < 40; user++)
        {
            if (!model.TryEmbed(new Query(user, default), trained)) continue;
            Assert.True(model.TryEmbed(Query.Of(data, user) with { User = -1 }, folded));
            Assert.Equal(trained.ToArray(), folded.ToArray());
        }
    }

    [Fact]
    public void One_dimension_one_user_one_item_by_hand()
    {
        // Hu et al. with α = 3, weight 1: c = 4; λ = 0.5. At the fixed point x = y (both sides are alike) and x·(c·y² + λ) = c·y,
        // so c·x² + λ = c, x² = (4 − 0.5) / 4 and the score x·y = 0.875
        var data = Of(1, 1, [(0, 0, 1)]);
        var trainer = new ImplicitAls { Dimensions = 1, Epochs = 200, UnobservedWeight = 1, FrequencyExponent = 0, Regularization = 0.5f, ConfidenceScale = 3 };
        Assert.Equal(0.875, Scores(trainer.Train(data, new()), Query.Of(data, 0))[0], 1e-4);
    }

    [Fact]
    public void Enough_dimensions_and_no_regularization_reproduce_the_observations()
    {
        var board = Checkerboard(12);
        var model = new ImplicitAls { Dimensions = 12, Epochs = 60, UnobservedWeight = 1, FrequencyExponent = 0, Regularization = 1e-4f }.Train(board, new());
        for (int user = 0; user < 12; user++)
        {
            var scores = Scores(model, Query.Of(board, user));
            for (int item = 0; item < 12; item++) Assert.Equal(board.ByUser.Row(user).Columns.Contains(item) ? 1 : 0, scores[item], 0.02);
        }
    }

    [Fact]
    public void Another_seed_is_another_start() =>
        Assert.NotEqual(
            Scores(Trainer.Train(Random(40, 30, 250), new() { Seed = 1 }), new Query(0, default)),
            Scores(Trainer.Train(Random(40, 30, 250), new() { Seed = 2 }), new Query(0, default)));

    [Theory]
    [InlineData("""{ "dimensions": 0 }""", "Dimensions must be >= 1, was 0.")]
    [InlineData("""{ "epochs": 0 }""", "Epochs must be >= 1, was 0.")]
    [InlineData("""{ "regularization": -1 }""", "Regularization must be > 0, was -1.")]
    [InlineData("""{ "unobservedWeight": 2 }""", "UnobservedWeight must be in 0..1, was 2.")]
    [InlineData("""{ "frequencyExponent": 1.5 }""", "FrequencyExponent must be in 0..1, was 1.5.")]
    [InlineData("""{ "unobservedFrequency": 1.5 }""", "UnobservedFrequency must be in 0..1, was 1.5.")]
    [InlineData("""{ "confidenceScale": -3 }""", "ConfidenceScale must be >= 0, was -3.")]
    public void Options_out_of_range_are_refused(string options, string sentence)
    {
        var trainer = TrainerCatalog.Create("implicit-als", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        Assert.Equal(sentence, Assert.Throws<InputException>(() => trainer.Train(Random(5, 5, 10), new())).Message);
    }

    private sealed class Listener(List<double> losses) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => losses.Add(value.Loss ?? double.NaN);
    }
}
