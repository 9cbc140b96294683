using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Quality;

/// <summary>Every model on real data: the measured metric, in a band that a wrong sign, axis, mask or seed would leave.</summary>
public sealed class QualityTests
{
    private const string Als = """{ "dimensions": 64, "epochs": 5, "regularization": 0.03, "unobservedWeight": 0.02 }""";
    private const string AlsByGradients =
        """{ "dimensions": 64, "epochs": 5, "regularization": 0.03, "unobservedWeight": 0.02, "solver": "conjugateGradient" }""";

    private static EvaluationReport Measure(ITrainer trainer, Holdout holdout, int k)
    {
        var context = new TrainingContext { Cancellation = TestContext.Current.CancellationToken };
        var options = new EvaluationOptions
        {
            Metrics = [new Recall(k), new Ndcg(k)],
            Resamples = 20,
            Cancellation = TestContext.Current.CancellationToken
        };
        return Evaluator.Evaluate("model", trainer.Train(holdout.Train, context).AsPipeline(), holdout, options);
    }

    /// <summary>MovieLens small, leave last out; all others at their defaults are clearly above popularity.</summary>
    [Theory]
    [InlineData("popularity", .0194, .0006)] // many counts are equal, and ties go by the order of the ids
    [InlineData("item-knn", .0358, .0002)]
    [InlineData("user-knn", .0325, .0002)]
    [InlineData("implicit-als", .0380, .0030)]
    [InlineData("bpr", .0384, .0030)]
    [InlineData("warp", .0460, .0060)]
    [InlineData("logistic-mf", .0353, .0030)]
    [InlineData("sampled-softmax", .0347, .0030)]
    public void On_movielens_small(string model, double ndcg, double tolerance) =>
        Assert.Equal(ndcg, Measure(TrainerCatalog.Default.Create(model), new LeaveLastOut().Split(MovieLensSmall.Load()).Final, 10)
            .Of("NDCG@10").Mean, tolerance);

    /// <summary>Gowalla, LightGCN's split. Others on these files: ItemCF .1570/.1214; a plain ALS of 64 dimensions .152/.130.</summary>
    [Theory]
    [InlineData("item-knn", """{ "shrinkage": 3 }""", .1655, .1339, .0003)]
    [InlineData("implicit-als", Als, .1575, .1345, .0020)]
    [InlineData("implicit-als", AlsByGradients, .1575, .1345, .0030)]
    public void On_gowalla(string model, string options, double recall, double ndcg, double tolerance)
    {
        var trainer = TrainerCatalog.Default.Create(model, System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        var report = Measure(trainer, Gowalla.Load().Final, 20);
        Assert.Equal(recall, report.Of("Recall@20").Mean, tolerance);
        Assert.Equal(ndcg, report.Of("NDCG@20").Mean, tolerance);
    }
}
