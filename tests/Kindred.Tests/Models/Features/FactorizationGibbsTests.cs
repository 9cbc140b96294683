using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Numerics;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models.Features;

public sealed class FactorizationGibbsTests
{
    private const double Noise = .4;

    private static readonly FactorizationMachine Trainer = new()
    {
        Loss = FactorizationLoss.Squared,
        Solver = FactorizationSolver.Gibbs,
        Features = "user + item",
        Dimensions = 3,
        Epochs = 120,
        Draws = 24,
    };

    private static TrainingContext Context => new() { Cancellation = TestContext.Current.CancellationToken };

    [Fact]
    public void Options_that_say_nothing_are_refused_and_not_searched()
    {
        var (data, _) = Generated();
        foreach (var (trainer, says) in new[]
        {
            (Trainer with { Regularization = .1f, LearningRate = .01f }, "The solver gibbs does not use learningRate, regularization;"),
            (Trainer with { Solver = FactorizationSolver.Coordinate, AdaptiveRate = false }, "The solver coordinate does not use adap"),
        })
            Assert.StartsWith(says, Assert.Throws<InputException>(() => trainer.Train(data, Context)).Message, StringComparison.Ordinal);
        Assert.Equal(["dimensions", "epochs"], FactorizationMachine.Space.For(Trainer).Ranges.Select(range => range.Name));
        Assert.Equal(5, FactorizationMachine.Space.For(new FactorizationMachine()).Ranges.Count);
    }

    /// <summary>Ratings as the model says that they come about: 8 + biases + ⟨u, v⟩ + noise, three quarters of all pairs.</summary>
    private static (Interactions Data, float[,] Expected) Generated(int users = 60, int items = 50)
    {
        var rng = new Rng(11);
        float[] userBias = Normal(users, .4), itemBias = Normal(items, .5), u = Normal(2 * users, .7), v = Normal(2 * items, .7);
        var expected = new float[users, items];
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < users; user++)
        {
            for (int item = 0; item < items; item++)
            {
                expected[user, item] =
                    8 + userBias[user] + itemBias[item] + (u[2 * user] * v[2 * item]) + (u[(2 * user) + 1] * v[(2 * item) + 1]);
                if ((user + item) % 4 > 0) triplets.Add((user, item, expected[user, item] + (float)(Noise * rng.NextNormal())));
            }
        }
        return (Interactions.From(Ids(users, "u"), Ids(items, "i"), SparseMatrix.FromTriplets(users, items, triplets)), expected);

        float[] Normal(int count, double deviation) => [.. Enumerable.Range(0, count).Select(_ => (float)(deviation * rng.NextNormal()))];
    }

    private static Vocabulary Ids(int count, string prefix) => new([.. Enumerable.Range(0, count).Select(n => $"{prefix}{n}")]);

    private static float[] Scores(IModel model, Query query)
    {
        var scores = new float[model.Items.Count];
        model.Score(query, scores);
        return scores;
    }

    /// <summary>Of the pairs that were not rated, of all users.</summary>
    private static double ErrorOf(Func<int, float[]> scoresOf, float[,] expected)
    {
        double sum = 0;
        int count = 0;
        for (int user = 0; user < expected.GetLength(0); user++)
        {
            float[] scores = scoresOf(user);
            for (int item = (4 - (user % 4)) % 4; item < scores.Length; item += 4, count++)
                sum += Math.Pow(scores[item] - expected[user, item], 2);
        }
        return Math.Sqrt(sum / count);
    }

    [Fact]
    public void What_made_the_ratings_is_found_and_how_far_they_scatter_too()
    {
        var (data, expected) = Generated();
        var losses = new List<double>();
        var model = Trainer.Train(data, Context with { Progress = new Listener(losses) });
        double error = ErrorOf(user => Scores(model, Query.Of(data, user)), expected);
        // 2,250 ratings with noise .4 for 60·4 + 50·4 numbers: an estimate can err by about .4·√(440 / 2250)
        Assert.InRange(error, .05, .2);
        Assert.InRange(losses[^60..].Average(), .75 * Noise * Noise, 1.25 * Noise * Noise);
    }

    [Fact]
    public void The_mean_of_the_draws_is_better_than_one_of_them()
    {
        var (data, expected) = Generated();
        var model = (FactorizationRatings)Trainer.Train(data, Context);
        double mean = ErrorOf(user => Scores(model, Query.Of(data, user)), expected);
        var last = (FactorizationRatings)(Trainer with { Draws = 1 }).Train(data, Context);
        Assert.True(mean < .9 * ErrorOf(user => Scores(last, Query.Of(data, user)), expected));
        Assert.Single(last.Inner.Machines);
        Assert.Equal(24, model.Inner.Machines.Count);
        // the same chain: one draw is its last machine
        Assert.Equal(last.Inner.Machines[0].Table.V.Values.ToArray(), model.Inner.Machines[^1].Table.V.Values.ToArray());
    }

    /// <summary>Sweeps 3 to 10 come after the first fifth; every second one leaves 4 of them, and the last is among them.</summary>
    [Theory]
    [InlineData(4, 4)]
    [InlineData(3, 3)]
    [InlineData(32, 8)]
    public void Draws_are_kept_at_even_distances(int draws, int kept) => Assert.Equal(
        kept, ((FactorizationRatings)(Trainer with { Epochs = 10, Draws = draws }).Train(Generated().Data, Context)).Inner.Machines.Count);

    [Fact]
    public void A_user_who_is_folded_in_is_rated_nearly_as_if_they_had_been_trained_on()
    {
        var (data, expected) = Generated();
        var model = Trainer.Train(data, Context);
        // one rating is left out, so that the history is another than that of training
        double error = ErrorOf(
            user =>
            {
                var query = Query.Of(data, user);
                return Scores(model, new(-1, query.History[1..], query.Weights[1..]));
            }, expected);
        Assert.InRange(error, .05, .21);
    }

    [Fact]
    public void A_saved_model_says_the_same_and_a_chain_continues_from_its_last_machine()
    {
        var (data, expected) = Generated();
        var model = Trainer.Train(data, Context);
        using var folder = new TemporaryFolder();
        var writer = new TensorWriter();
        model.Save(writer);
        using (var stream = File.Create(folder.File("model"))) writer.WriteTo(stream);
        using var file = TensorFile.Open(folder.File("model"));
        var loaded = FactorizationMachine.Load(file, data.Items);
        Query known = Query.Of(data, 3), unknown = new(-1, new[] { 1, 2, 3 }, new[] { 8f, 7, 9 });
        Assert.Equal(Scores(model, known), Scores(loaded, known));
        Assert.Equal(Scores(model, unknown), Scores(loaded, unknown));
        // three sweeps from nothing are far away; from the model they are near
        var brief = Trainer with { Epochs = 3, Draws = 2 };
        double anew = ErrorOf(user => Scores(brief.Train(data, Context), Query.Of(data, user)), expected),
            continued = ErrorOf(user => Scores(brief.ContinueFrom(loaded, data, Context), Query.Of(data, user)), expected);
        Assert.True(continued < .6 * anew, $"{continued} {anew}");
    }

    private sealed class Listener(List<double> losses) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => losses.Add(value.Loss!.Value);
    }
}
