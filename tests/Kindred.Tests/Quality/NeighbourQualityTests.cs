using System.Text.Json.Nodes;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Quality;

/// <summary>
/// Neighbours on the ratings of MovieLens 100k: the first of the five published parts, in bands that a wrong sign or mask would leave.
/// </summary>
public sealed class NeighbourQualityTests
{
    [Theory]
    [InlineData("""{ "itemBased": false, "similarity": "meanSquaredDifference", "center": "none", "shrinkage": 0 }""", .9889)]
    [InlineData("""{ "itemBased": false, "similarity": "meanSquaredDifference", "shrinkage": 0 }""", .9418)]
    [InlineData("{}", .9360)]
    public void On_the_first_part_of_movielens_100k(string options, double rmse)
    {
        var fold = PublishedParts.MovieLens100K(1);
        var model = (IRatingModel)TrainerCatalog.Default.Create("rating-knn", JsonNode.Parse(options)!.AsObject())
            .Train(fold.Train, new() { Cancellation = TestContext.Current.CancellationToken });
        var report = PredictionEvaluator.Evaluate(
            "model", model, fold, new() { Resamples = 1, Cancellation = TestContext.Current.CancellationToken });
        Assert.Equal(rmse, report.Of("RMSE").Mean, .0005);
    }
}
