using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Quality;

/// <summary>Factorization machines on real data, in bands that a wrong sign, feature or seed would leave.</summary>
public sealed class FactorizationQualityTests
{
    private static readonly FactorizationMachine Ratings = new()
    {
        Features = "user + item",
        Loss = FactorizationLoss.Squared,
        AdaptiveRate = false,
        Dimensions = 32,
        Epochs = 40,
        LearningRate = .01f,
        LearningRateDecay = .96f,
        Regularization = .08f,
        LinearRegularization = .005f,
        InitialScale = .03f,
    };

    private static TrainingContext Context => new() { Cancellation = TestContext.Current.CancellationToken };

    private static double ErrorOf(FactorizationMachine trainer)
    {
        var fold = PublishedParts.MovieLens100K(1);
        var model = (IRatingModel)trainer.Train(fold.Train, Context);
        return PredictionEvaluator.Evaluate("fm", model, fold, new() { Resamples = 1, Cancellation = Context.Cancellation })
            .Of("RMSE").Mean;
    }

    /// <summary>MovieLens 100k, u1, ids alone: `bias` has .960 there.</summary>
    [Fact]
    public void Ratings_by_gradients() => Assert.Equal(.936, ErrorOf(Ratings), .008);

    /// <summary>The same by coordinate descent, few dimensions and a large λ.</summary>
    [Fact]
    public void Ratings_by_coordinate_descent() => Assert.Equal(.9235, ErrorOf(new()
    {
        Features = "user + item",
        Loss = FactorizationLoss.Squared,
        InitialScale = .03f,
        Solver = FactorizationSolver.Coordinate,
        Dimensions = 8,
        Epochs = 15,
        FrequencyExponent = 0,
        Regularization = 10,
        LinearRegularization = 3,
    }), .008);

    /// <summary>The same by Gibbs sampling: nothing is tuned, and few sweeps are enough to be better than both.</summary>
    [Fact]
    public void Ratings_by_draws_from_the_posterior() => Assert.Equal(.9216, ErrorOf(new()
    {
        Features = "user + item",
        Loss = FactorizationLoss.Squared,
        Solver = FactorizationSolver.Gibbs,
        Dimensions = 8,
        Epochs = 60,
    }), .008);

    /// <summary>MovieLens small, leave last out, ids alone: popularity has .0194.</summary>
    [Fact]
    public void A_list_is_clearly_better_than_popularity()
    {
        var holdout = new LeaveLastOut().Split(MovieLensSmall.Load()).Final;
        var options = new EvaluationOptions { Metrics = [new Ndcg(10)], Resamples = 20, Cancellation = Context.Cancellation };
        var model = new FactorizationMachine().Train(holdout.Train, Context);
        double ndcg = Evaluator.Evaluate("fm", model.AsPipeline(), holdout, options).Of("NDCG@10").Mean;
        Assert.InRange(ndcg, .028, .045);
    }
}
