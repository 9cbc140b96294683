using System.Text.Json.Nodes;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Quality;

/// <summary>Linear models of items on real data: the measured metric, in a band that a wrong sign, axis or mask would leave.</summary>
public sealed class LinearQualityTests
{
    private static double Ndcg(string model, string options, Holdout holdout)
    {
        var trainer = TrainerCatalog.Default.Create(model, JsonNode.Parse(options)!.AsObject());
        var trained = trainer.Train(holdout.Train, new() { Cancellation = TestContext.Current.CancellationToken });
        var measured = new EvaluationOptions
        {
            Metrics = [new Ndcg(10)],
            Resamples = 20,
            Cancellation = TestContext.Current.CancellationToken
        };
        return Evaluator.Evaluate(model, trained.AsPipeline(), holdout, measured).Of("NDCG@10").Mean;
    }

    /// <summary>MovieLens small, leave last out; popularity has .0194, item-knn .0366.</summary>
    [Theory]
    [InlineData("ease", """{ "regularization": 100, "candidates": 100 }""", .0391, .0002)]
    [InlineData("slim", """{ "candidates": 100 }""", .0406, .0002)]
    public void On_movielens_small(string model, string options, double ndcg, double tolerance) =>
        Assert.Equal(ndcg, Ndcg(model, options, new LeaveLastOut().Split(MovieLensSmall.Load()).Final), tolerance);

    /// <summary>
    /// One inverse of all items and a small system for each end in lists that are as good, and so does the sparse regression.
    /// </summary>
    [Fact]
    public void On_a_fold_of_movielens_100k_the_three_ways_agree()
    {
        var fold = PublishedParts.MovieLens100K(3);
        double inverse = Ndcg("ease", "{}", fold), popularity = Ndcg("popularity", "{}", fold);
        Assert.True(inverse > 1.5 * popularity, $"{inverse} {popularity}");
        Assert.Equal(inverse, Ndcg("ease", """{ "candidates": 300 }""", fold), .03 * inverse);
        Assert.Equal(inverse, Ndcg("slim", "{}", fold), .06 * inverse);
    }

    /// <summary>u1 to u5; Surprise's slope one has RMSE .946 and MAE .743 on folds at random.</summary>
    [Fact]
    public void Slope_one_predicts_the_ratings_of_the_five_published_folds()
    {
        PredictionReport[] reports = [.. Enumerable.Range(1, 5).Select(PublishedParts.MovieLens100K)
            .Select(fold => PredictionEvaluator.Evaluate(
            "slope-one", (IRatingModel)new SlopeOne().Train(fold.Train, new() { Cancellation = TestContext.Current.CancellationToken }),
            fold, new() { Resamples = 20 }))];
        Assert.Equal(.9403, reports.Average(report => report.Of("RMSE").Mean), .0002);
        Assert.Equal(.7399, reports.Average(report => report.Of("MAE").Mean), .0002);
    }
}
