using Kindred.Comparison;
using Kindred.Configuration;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Comparison;

public sealed class BlendTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What is written for publishing answers as what was measured.</summary>
    [Fact]
    public void On_films_the_published_pipeline_is_the_one_that_was_measured()
    {
        var holdout = new LeaveLastOut().Split(MovieLensSmall.Load()).Tuning;
        var comparison = ModelComparison.On(
            holdout, [.. new[] { "item-knn", "slim", "implicit-als:dimensions=16" }.Select(text => ModelSpec.Parse(text))],
            new() { Fallback = null, Seed = 3 }, Cancellation);
        var blend = Blend.Find(holdout, comparison, Cancellation)!;
        Assert.True(blend.Parts.Count > 1, blend.Advice);
        Assert.Equal(blend.IsWorthIt, blend.Advice.Contains("The blend is worth it.", StringComparison.Ordinal));
        Assert.InRange(blend.AgainstBest!.Users, 250, 420); // half of 671

        var again = Blend.Find(holdout, comparison, Cancellation)!;
        Assert.Equal(
            blend.Parts.Select(part => (part.Model.Name, part.Weight)), again.Parts.Select(part => (part.Model.Name, part.Weight)));

        var config = PipelineConfig.Parse(blend.ToPipeline(allowsRepeats: false).ToJson().GetRawText());
        Assert.Equal(blend.Parts.Select(part => (float)part.Weight), config.Sources.Select(source => source.Weight));
        var pipeline = new TrainedPipeline(
            config, [.. config.Trainers.Select(trainer => trainer.Train(holdout.Train, new() { Seed = 3 }))],
            new Dictionary<string, Kindred.Retrieval.Indexes.IndexWithManifest>()).Bind(holdout.Train);
        var options = new EvaluationOptions { Metrics = [new Ndcg(10)], Resamples = 10 };
        double served = Evaluator.Evaluate("served", pipeline, holdout, options).Of("NDCG@10").Mean;
        var confirmed = blend.Confirm(holdout, comparison.Options, Cancellation);
        double best = comparison.Models.First(model => model.Name == blend.Parts[0].Model.Name).Report.Of("NDCG@10").Mean;
        Assert.Equal(served - best, confirmed.Difference, 1e-9);
    }

    [Fact]
    public void What_adds_nothing_is_not_blended()
    {
        var holdout = new LeaveLastOut().Split(MovieLensSmall.Load()).Tuning;
        // the second one's lists are those of the first
        var comparison = ModelComparison.On(
            holdout, [ModelSpec.Parse("item-knn"), ModelSpec.Parse("item-knn:neighbours=100")], new(), Cancellation);
        var blend = Blend.Find(holdout, comparison, Cancellation)!;
        Assert.Equal((1, null), (blend.Parts.Count, blend.AgainstBest));
        Assert.Equal($"No other model makes {blend.Parts[0].Model.Name} better: a blend is not worth it.", blend.Advice);
        Assert.Null(Blend.Find(
            holdout, ModelComparison.On(holdout, [ModelSpec.Parse("item-knn")], new(), Cancellation), Cancellation));
    }
}
