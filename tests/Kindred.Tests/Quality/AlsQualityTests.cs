using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Quality;

/// <summary>The solvers of implicit ALS on real data, and training that goes on, against the exact solver trained from the start.</summary>
public sealed class AlsQualityTests
{
    private static readonly ImplicitAls Exact = new() { Dimensions = 32, Epochs = 6 };

    private static readonly Lazy<Holdout> MovieLens =
        new(() => new LeaveLastOut { Last = 5 }.Split(InOrderOfTime(MovieLensSmall.Load())).Final);

    /// <summary>Ten epochs of the cheaper solvers end within half a percent of the exact one's loss, and rank as well.</summary>
    [Theory]
    [InlineData(AlsSolver.ConjugateGradient, 0)]
    [InlineData(AlsSolver.Subspace, 16)]
    public void Inexact_solvers_reach_the_loss_and_the_ranking_of_the_exact_one(AlsSolver solver, int block)
    {
        var (exact, exactLoss) = Train(Exact with { Epochs = 10 });
        var (other, loss) = Train(Exact with { Epochs = 10, Solver = solver, BlockDimensions = Math.Max(1, block) });
        Assert.Equal(exactLoss, loss, .005 * exactLoss);
        Assert.Equal(Ndcg(exact), Ndcg(other), .004);
    }

    /// <summary>
    /// A model of the first nine tenths of the events, and two more epochs over all of them, is as good as one trained anew.
    /// </summary>
    [Fact]
    public void Going_on_after_a_tenth_more_events_is_close_to_training_anew()
    {
        var train = MovieLens.Value.Train;
        var old = Before(train, Times(train)[train.Histories.Count * 9 / 10]);
        Assert.True(old.Users.Count < train.Users.Count && old.Items.Count < train.Items.Count);
        var (anew, loss) = Train(Exact);
        var model = Exact.Train(old, new() { Cancellation = TestContext.Current.CancellationToken });
        double continuedLoss = 0;
        var continued = (Exact with { Epochs = 2 }).ContinueFrom(model, train, new()
        {
            Cancellation = TestContext.Current.CancellationToken,
            Progress = new Listener(progress => continuedLoss = progress.Loss!.Value),
        });
        Assert.Equal(loss, continuedLoss, .01 * loss);
        Assert.Equal(Ndcg(anew), Ndcg(continued), .006); // two more epochs of anything move it by .004
    }

    private static (IModel Model, double Loss) Train(ImplicitAls trainer)
    {
        double loss = 0;
        var context = new TrainingContext
        {
            Cancellation = TestContext.Current.CancellationToken,
            Progress = new Listener(progress => loss = progress.Loss!.Value),
        };
        return (trainer.Train(MovieLens.Value.Train, context), loss);
    }

    private static double Ndcg(IModel model) =>
        Evaluator.Evaluate("als", model.AsPipeline(), MovieLens.Value, new()
        {
            Metrics = [new Ndcg(10)],
            Resamples = 20,
            Cancellation = TestContext.Current.CancellationToken,
        }).Of("NDCG@10").Mean;

    // Users and items get their indices in the order in which they come in, as in a shop that grows.
    private static Interactions InOrderOfTime(Interactions data) => EventList.Of(
        Enumerable.Range(0, data.Users.Count).SelectMany(user =>
            Enumerable.Range(0, data.Histories.ItemsOf(user).Length).Select(n => (
                data.Users.Id(user),
                data.Items.Id(data.Histories.ItemsOf(user).Span[n]),
                Time: data.Histories.TimesOf(user).Span[n],
                data.Histories.WeightsOf(user).Span[n])))
        .OrderBy(e => e.Time));

    private static long[] Times(Interactions data) => [.. data.Histories.Times.ToArray().Order()];

    // What was known then: only the ids that had come in.
    private static Interactions Before(Interactions data, long time)
    {
        var triplets = new List<(int User, int Item, float Weight)>();
        for (int user = 0; user < data.Users.Count; user++)
            for (int n = 0; n < data.Histories.ItemsOf(user).Length; n++)
                if (data.Histories.TimesOf(user).Span[n] < time)
                    triplets.Add((user, data.Histories.ItemsOf(user).Span[n], data.Histories.WeightsOf(user).Span[n]));
        int users = triplets.Max(t => t.User) + 1, items = triplets.Max(t => t.Item) + 1;
        return Interactions.From(
            new([.. Enumerable.Range(0, users).Select(data.Users.Id)]),
            new([.. Enumerable.Range(0, items).Select(data.Items.Id)]),
            SparseMatrix.FromTriplets(users, items, triplets));
    }

    private sealed class Listener(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
