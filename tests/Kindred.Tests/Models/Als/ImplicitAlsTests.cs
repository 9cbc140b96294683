using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Numerics;
using Kindred.Numerics.Dense;
using Kindred.Storage;
using Kindred.Tests.Numerics;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models.Als;

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
        options = options.For(DataShape.Of(data));
        double a = options.Unobserved, lambda = options.Regularization!.Value, loss = 0;
        double Ridge(int observed, int others) =>
            lambda * Math.Pow(observed + (options.UnobservedFrequency * a * others), options.FrequencyExponent);
        for (int user = 0; user < x.Rows; user++)
        {
            var row = data.ByUser.Row(user);
            for (int item = 0; item < y.Rows; item++)
            {
                double score = Reference.Dot(x.Row(user), y.Row(item));
                int at = row.Columns.BinarySearch(item);
                double grown = at < 0 ? 0 : options.ConfidenceGrowth == ConfidenceGrowth.Linear ? row.Values[at]
                    : Math.Log(1 + (row.Values[at] / options.ConfidenceUnit));
                loss += at >= 0 ? (1 + (options.ConfidenceScale * grown)) * Math.Pow(1 - score, 2) : a * score * score;
            }
            loss += Ridge(row.Length, y.Rows) * Reference.Dot(x.Row(user), x.Row(user));
        }
        for (int item = 0; item < y.Rows; item++)
            loss += Ridge(data.ByItem.Row(item).Length, x.Rows) * Reference.Dot(y.Row(item), y.Row(item));
        return loss;
    }

    // the users' embeddings as the model keeps them
    private static Matrix Users(IEmbeddingModel model, Interactions data)
    {
        var x = new Matrix(data.Users.Count, model.ItemEmbeddings.Columns);
        for (int user = 0; user < x.Rows; user++) model.TryEmbed(new Query(user, default), x.Row(user));
        return x;
    }

    public static TheoryData<ImplicitAls> ExactVariants =>
    [
        new ImplicitAls { Dimensions = 6, Epochs = 4 },
        new ImplicitAls { Dimensions = 17, Epochs = 3, UnobservedWeight = 1, FrequencyExponent = 0, Regularization = 2,
            ConfidenceScale = 5 },
        new ImplicitAls { Dimensions = 5, Epochs = 3, UnobservedFrequency = 1, UnobservedWeight = 0.3f, FrequencyExponent = 0.5f,
            Regularization = 0.1f, ConfidenceScale = 0.5f },
        new ImplicitAls { Dimensions = 7, Epochs = 3, ConfidenceGrowth = ConfidenceGrowth.Logarithmic, ConfidenceScale = 4,
            ConfidenceUnit = 0.5f },
    ];

    /// <summary>Each of them with each solver; blocks that do and do not divide the dimensions.</summary>
    public static TheoryData<ImplicitAls> Variants =>
    [
        .. ExactVariants.SelectMany(row => new[]
        {
            row.Data,
            row.Data with { Solver = AlsSolver.ConjugateGradient, Epochs = 6 },
            row.Data with { Solver = AlsSolver.ConjugateGradient, ConjugateGradientSteps = 1, Epochs = 6 },
            row.Data with { Solver = AlsSolver.Subspace, BlockDimensions = 3, Epochs = 6 },
            row.Data with { Solver = AlsSolver.Subspace, BlockDimensions = 4, UnobservedWeight = 0, Epochs = 6 },
        }),
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

    [Theory, MemberData(nameof(ExactVariants))]
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

    /// <summary>
    /// Conjugate gradients end at the minimum after d steps, one block of all dimensions is the whole problem: after an epoch both are
    /// where the exact solver is.
    /// </summary>
    [Theory, MemberData(nameof(ExactVariants))]
    public void Inexact_solvers_taken_to_their_limit_are_exact(ImplicitAls exact)
    {
        var data = Random(40, 30, 250);
        var expected = (IEmbeddingModel)exact.Train(data, new());
        foreach (var limit in new[]
        {
            exact with { Solver = AlsSolver.ConjugateGradient, ConjugateGradientSteps = 2 * exact.Dimensions },
            exact with { Solver = AlsSolver.Subspace, BlockDimensions = exact.Dimensions },
            exact with { Solver = AlsSolver.Subspace, BlockDimensions = 1000 },
        })
        {
            var model = (IEmbeddingModel)limit.Train(data, new());
            Matrix x = Users(model, data), expectedX = Users(expected, data);
            for (int n = 0; n < x.Values.Length; n++) Assert.Equal(expectedX.Values.Span[n], x.Values.Span[n], 2e-3);
            for (int n = 0; n < model.ItemEmbeddings.Values.Length; n++)
                Assert.Equal(expected.ItemEmbeddings.Values.Span[n], model.ItemEmbeddings.Values.Span[n], 2e-3);
        }
    }

    [Theory]
    [InlineData(AlsSolver.ConjugateGradient)]
    [InlineData(AlsSolver.Subspace)]
    public void Inexact_solvers_end_where_folding_in_is(AlsSolver solver)
    {
        var data = Random(40, 30, 250);
        var model = (IEmbeddingModel)new ImplicitAls { Dimensions = 20, Epochs = 200, Solver = solver, BlockDimensions = 8 }.Train(
            data, new());
        Span<float> trained = new float[20], folded = new float[20];
        for (int user = 0; user < 40; user++)
        {
            if (!model.TryEmbed(new Query(user, default), trained)) continue;
            Assert.True(model.TryEmbed(Query.Of(data, user) with { User = -1 }, folded));
            for (int c = 0; c < 20; c++) Assert.Equal(trained[c], folded[c], 0.01);
        }
    }

    [Fact]
    public void An_item_is_folded_in_as_the_dense_solution_of_its_equations()
    {
        var options = new ImplicitAls { Dimensions = 9, ConfidenceScale = 2, UnobservedFrequency = 0.5f };
        var data = Random(40, 30, 250);
        var model = (IEmbeddingModel)options.Train(data, new());
        options = options.For(DataShape.Of(data));
        var x = Users(model, data);
        int[] users = [7, 3, 21, 3]; // user 3 twice: 1.5 + 0.5
        float[] weights = [1, 1.5f, 3, 0.5f], embedding = new float[9];
        Assert.True(((IItemFoldIn)model).TryEmbedItem(users, weights, embedding));

        var gram = Reference.Gram(x);
        var a = new double[9, 9];
        var b = new double[9];
        double ridge = options.Ridge(3, 40);
        for (int r = 0; r < 9; r++)
        {
            for (int c = 0; c < 9; c++) a[r, c] = (options.Unobserved * gram[r, c]) + (r == c ? ridge : 0);
            foreach (var (user, weight) in new[] { (7, 1.0), (3, 2.0), (21, 3.0) })
            {
                double confidence = 1 + (2 * weight);
                for (int c = 0; c < 9; c++) a[r, c] += (confidence - options.Unobserved) * x.Row(user)[r] * x.Row(user)[c];
                b[r] += confidence * x.Row(user)[r];
            }
        }
        double[] expected = Reference.Solve(a, b);
        for (int c = 0; c < 9; c++) Assert.Equal(expected[c], embedding[c], 1e-4);
    }

    [Theory]
    [InlineData(AlsSolver.Exact)]
    [InlineData(AlsSolver.ConjugateGradient)]
    [InlineData(AlsSolver.Subspace)]
    public void Folding_in_an_item_with_its_own_users_comes_near_its_trained_embedding(AlsSolver solver)
    {
        var data = Random(40, 30, 250);
        var model = (IItemFoldIn)new ImplicitAls { Dimensions = 8, Epochs = 200, Solver = solver, BlockDimensions = 4 }.Train(data, new());
        float[] folded = new float[8];
        for (int item = 0; item < 30; item++)
        {
            var row = data.ByItem.Row(item);
            Assert.True(model.TryEmbedItem(row.Columns, row.Values, folded));
            for (int c = 0; c < 8; c++) Assert.Equal(model.ItemEmbeddings.Row(item)[c], folded[c], 0.01);
        }
    }

    [Fact]
    public void Nobody_and_users_without_events_say_nothing_of_an_item()
    {
        var model = (IItemFoldIn)Trainer.Train(Of(3, 2, [(0, 0, 1), (1, 1, 1)]), new());
        var embedding = new float[12];
        Assert.False(model.TryEmbedItem([], [], embedding));
        Assert.False(model.TryEmbedItem([2, 2], [], embedding));
        Assert.True(model.TryEmbedItem([2, 0], [], embedding));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.TryEmbedItem([3], [], embedding));
        Assert.Throws<ArgumentException>(() => model.TryEmbedItem([0, 1], [1], embedding));
    }

    [Theory]
    [InlineData(AlsSolver.Exact)]
    [InlineData(AlsSolver.ConjugateGradient)]
    [InlineData(AlsSolver.Subspace)]
    public void Going_on_from_a_model_on_the_same_data_is_one_long_training(AlsSolver solver)
    {
        var data = Random(40, 30, 250);
        var trainer = new ImplicitAls { Dimensions = 10, Epochs = 3, Solver = solver, BlockDimensions = 4 };
        var model = trainer.Train(data, new());
        var before = Scores(model, new Query(0, default));
        var continued = (trainer with { Epochs = 2 }).ContinueFrom(model, data, new());
        Assert.Equal(before, Scores(model, new Query(0, default)));
        var whole = (trainer with { Epochs = 5 }).Train(data, new());
        for (int user = 0; user < 40; user++)
            Assert.Equal(Scores(whole, new Query(user, default)), Scores(continued, new Query(user, default)));
    }

    [Fact]
    public void Going_on_learns_users_and_items_that_came_in()
    {
        var trainer = (ImplicitAls)Trainer with { UnobservedWeight = .1f, Regularization = .03f };
        // user 4 comes with old and new items, user 5 and user 6 with new items alone
        List<(int, int, float)> old = [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 2, 1), (2, 1, 1), (2, 2, 1), (3, 0, 1), (3, 1, 1), (3, 2, 1)];
        var model = trainer.Train(Of(4, 3, old), new());
        var data = Of(8, 6, [.. old, (4, 0, 1), (4, 3, 1), (0, 3, 1), (5, 4, 1), (6, 4, 1), (5, 5, 1)]);
        var continued = trainer.ContinueFrom(model, data, new() { Workers = 1 });
        Assert.Equal(data.Items, continued.Items);
        var scores = Scores(continued, new Query(6, default));
        Assert.True(scores[5] > scores[0] + .1 && scores[4] > .8, string.Join(' ', scores));
        Assert.True(Scores(continued, new Query(4, default))[3] > .8);
        Assert.Equal(scores, Scores(trainer.ContinueFrom(model, data, new() { Workers = 3 }), new Query(6, default)));
        Assert.All(Scores(continued, new Query(7, default)), score => Assert.True(float.IsNaN(score)));
    }

    [Fact]
    public void What_cannot_be_gone_on_from_is_refused()
    {
        var trainer = (ImplicitAls)Trainer;
        var data = Random(6, 5, 20);
        var model = trainer.Train(data, new());
        string Refusal(IModel from, ImplicitAls with, Interactions on) =>
            Assert.Throws<InputException>(() => with.ContinueFrom(from, on, new())).Message;
        Assert.Contains("another kind", Refusal(new Popularity().Train(data, new()), trainer, data));
        Assert.Equal(
            "Dimensions must be 12, as in the model to continue from, was 8.", Refusal(model, trainer with { Dimensions = 8 }, data));
        Assert.Contains("must begin with the 6 users and 5 items", Refusal(model, trainer, Random(5, 5, 20)));
        Assert.Contains("in the same order", Refusal(model, trainer, Random(6, 4, 20)));
        Assert.Contains("in the same order", Refusal(model, trainer, Interactions.From(data.Users, Ids(5, "other"), data.ByUser)));
    }

    [Fact]
    public void A_file_that_says_nothing_of_solvers_is_one_of_the_exact_solver()
    {
        var data = Random(6, 5, 20);
        var model = Trainer.Train(data, new());
        var effective = ((ImplicitAls)Trainer).For(DataShape.Of(data));
        var options = TrainerOptions.Of(effective);
        foreach (string name in new[] { "solver", "confidenceGrowth", "confidenceUnit", "conjugateGradientSteps", "blockDimensions" })
            Assert.True(options.Remove(name));
        Matrix x = Users((IEmbeddingModel)model, data), y = ((IEmbeddingModel)model).ItemEmbeddings;
        var writer = new Kindred.Storage.TensorWriter();
        writer.AddText("options", options.ToJsonString());
        writer.Add("x", x);
        writer.Add("y", y);
        writer.Add("gram", Gram.Of(y, effective.Unobserved, 1, TestContext.Current.CancellationToken));
        using var folder = new TemporaryFolder();
        using (var stream = File.Create(folder.File("model"))) writer.WriteTo(stream);
        using var file = Kindred.Storage.TensorFile.Open(folder.File("model"));
        Assert.Equal(Scores(model, Query.Of(data, 3)), Scores(ImplicitAls.Load(file, data.Items), Query.Of(data, 3)));
    }

    [Fact]
    public void Options_by_name_choose_the_solver()
    {
        var trainer = TrainerCatalog.Default.Create(
            "implicit-als", new() { ["solver"] = "conjugateGradient", ["confidenceGrowth"] = "logarithmic" });
        Assert.Equal(new ImplicitAls { Solver = AlsSolver.ConjugateGradient, ConfidenceGrowth = ConfidenceGrowth.Logarithmic }, trainer);
        Assert.Throws<InputException>(() => TrainerCatalog.Default.Create("implicit-als", new() { ["solver"] = "newton" }));
    }

    [Fact]
    public void One_dimension_one_user_one_item_by_hand()
    {
        // Hu et al. with α = 3, weight 1: c = 4; λ = 0.5. At the fixed point x = y (both sides are alike) and x·(c·y² + λ) = c·y,
        // so c·x² + λ = c, x² = (4 − 0.5) / 4 and the score x·y = 0.875
        var data = Of(1, 1, [(0, 0, 1)]);
        var trainer = new ImplicitAls
        {
            Dimensions = 1,
            Epochs = 200,
            UnobservedWeight = 1,
            FrequencyExponent = 0,
            Regularization = 0.5f,
            ConfidenceScale = 3
        };
        Assert.Equal(0.875, Scores(trainer.Train(data, new()), Query.Of(data, 0))[0], 1e-4);
    }

    [Fact]
    public void Enough_dimensions_and_no_regularization_reproduce_the_observations()
    {
        var board = Checkerboard(12);
        var model = new ImplicitAls
        {
            Dimensions = 12,
            Epochs = 60,
            UnobservedWeight = 1,
            FrequencyExponent = 0,
            Regularization = 1e-4f
        }.Train(board, new());
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
    [InlineData("""{ "dimensions": 0 }""", "dimensions must be at least 1, was 0.")]
    [InlineData("""{ "epochs": 0 }""", "epochs must be at least 1, was 0.")]
    [InlineData("""{ "regularization": -1 }""", "regularization must be above 0, was -1.")]
    [InlineData("""{ "unobservedWeight": 2 }""", "unobservedWeight must be 0 to 1, was 2.")]
    [InlineData("""{ "frequencyExponent": 1.5 }""", "frequencyExponent must be 0 to 1, was 1.5.")]
    [InlineData("""{ "unobservedFrequency": 1.5 }""", "unobservedFrequency must be 0 to 1, was 1.5.")]
    [InlineData("""{ "confidenceScale": -3 }""", "confidenceScale must be at least 0, was -3.")]
    [InlineData("""{ "confidenceUnit": 0 }""", "confidenceUnit must be above 0, was 0.")]
    [InlineData("""{ "confidenceGrowth": 5 }""", "confidenceGrowth must be one of linear, logarithmic, was 5.")]
    [InlineData("""{ "solver": 7 }""", "solver must be one of exact, conjugateGradient, subspace, was 7.")]
    [InlineData("""{ "conjugateGradientSteps": 0 }""", "conjugateGradientSteps must be at least 1, was 0.")]
    [InlineData("""{ "blockDimensions": 0 }""", "blockDimensions must be at least 1, was 0.")]
    public void Options_out_of_range_are_refused(string options, string sentence)
    {
        ITrainer Trainer() => TrainerCatalog.Default.Create("implicit-als", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        Assert.Equal(sentence, Assert.Throws<InputException>(() => Trainer().Train(Random(5, 5, 10), new())).Message);
    }

    private sealed class Listener(List<double> losses) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => losses.Add(value.Loss ?? double.NaN);
    }
}
