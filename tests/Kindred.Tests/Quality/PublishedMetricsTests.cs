using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Tests.Support;

namespace Kindred.Tests.Quality;

/// <summary>Numbers that others published, measured again: the metric and the model must both be right.</summary>
public sealed class PublishedMetricsTests
{
    /// <summary>
    /// MovieLens 100k, u1 to u5. Surprise's BaselineOnly, the same alternating ridge with the same penalties, has RMSE .944 and MAE .748 on
    /// random folds of its own.
    /// </summary>
    [Fact]
    public void Biases_predict_movielens_ratings_as_well_as_published_ones()
    {
        var context = new TrainingContext { Cancellation = TestContext.Current.CancellationToken };
        var reports = Enumerable.Range(1, 5).Select(PublishedParts.MovieLens100K).Select(holdout => PredictionEvaluator.Evaluate(
            "bias", (IRatingModel)new Bias().Train(holdout.Train, context), holdout, new() { Resamples = 100 })).ToArray();
        Assert.Equal(20_000 * 5, reports.Sum(report => report.Events));
        Assert.Equal(.9440, reports.Average(report => report.Of("RMSE").Mean), .0005);
        Assert.Equal(.7480, reports.Average(report => report.Of("MAE").Mean), .0005);
        Assert.All(reports, report => Assert.True(report.Of("RMSE").Low < report.Of("RMSE").Mean && report.Of("RMSE").Mean < report.Of("RMSE").High));
    }

    /// <summary>
    /// Amazon Grocery, the last event among 99 sampled negatives. ReChorus has HR@5 .2065 and NDCG@5 .1301 for popularity; their negatives
    /// are not published with the split, so that ours are drawn the same way. Of the whole catalogue it is a tenth of that.
    /// </summary>
    [Fact]
    public void Popularity_on_grocery_has_its_published_sampled_metrics()
    {
        var holdout = PublishedParts.Grocery();
        var popularity = new Popularity().Train(holdout.Train, new()).AsRecommender();
        var options = new EvaluationOptions { Metrics = [new HitRate(5), new Ndcg(5)], Resamples = 20 };
        var report = SampledEvaluator.Evaluate("popularity", popularity, holdout, SampledNegatives.Draw(holdout, 99, 0), options);
        Assert.Equal(.2065, report.Of("HitRateSampled@5").Mean, .0030);
        Assert.Equal(.1301, report.Of("NDCGSampled@5").Mean, .0030);
        var whole = Evaluator.Evaluate("popularity", popularity, holdout, options);
        Assert.Equal(.0000, whole.Of("HitRate@5").Mean, .0001);
    }
}
