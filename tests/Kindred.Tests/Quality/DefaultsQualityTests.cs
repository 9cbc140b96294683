using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Quality;

/// <summary>What models are worth to someone who gives no options: docs/models/defaults.md.</summary>
public sealed class DefaultsQualityTests
{
    private static readonly Lazy<Holdout> Films = new(() => new RandomSplit().Split(MovieLensSmall.Load()).Tuning);

    private static readonly Lazy<IModel> Popular = new(() => new Popularity().Train(Films.Value.Train));

    /// <param name="model">Without options.</param>
    /// <param name="tuned">The best NDCG@10 that was found on this validation part, by `bench defaults`.</param>
    [Theory]
    [InlineData("item-knn", .1817)]
    [InlineData("slim", .1964)]
    [InlineData("implicit-als", .1938)]
    [InlineData("bpr", .1868)]
    [InlineData("warp", .1902)]
    [InlineData("graph-filter", .1823)]
    public void Without_options_a_model_is_above_popularity_and_within_a_twentieth_of_a_tuned_one(string model, double tuned)
    {
        double popular = Measure(Popular.Value), value = Measure(TrainerCatalog.Default.Create(model).Train(
            Films.Value.Train, new() { Cancellation = TestContext.Current.CancellationToken }));
        Assert.InRange(value, Math.Max(popular, .95 * tuned), 1);
    }

    private static double Measure(IModel model) => Evaluator.Evaluate("model", model.AsPipeline(fallback: Popular.Value), Films.Value, new()
    {
        Metrics = [new Ndcg(10)],
        Resamples = 1,
        Cancellation = TestContext.Current.CancellationToken,
    }).Of("NDCG@10").Mean;
}
