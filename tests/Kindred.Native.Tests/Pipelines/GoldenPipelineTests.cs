using Kindred.Boosting;
using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Neural;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Pipelines;

/// <summary>
/// The sample's pipeline.json, trained on the sample's films with 20 ratings: lists and their sources are what they were when
/// golden-pipeline.json was accepted. LightGBM chooses its code by the processor, so bits are compared on one of the same kind;
/// elsewhere lists. See <see cref="GoldenFile"/>.
/// </summary>
public sealed class GoldenPipelineTests
{
    private static readonly GoldenFile Golden = new("tests/Kindred.Native.Tests/Pipelines/golden-pipeline.json", ProcessorKind.Name);

    private static readonly Lazy<Interactions> Data = new(() => MovieLensSmall.WithGenres(MovieLensSmall.OfFilmsWith(ratings: 20)));

    private static readonly CrossNetworkConfig Crossed = new() { Epochs = 1, HiddenDimensions = [8] };

    private static readonly PipelineTrainer Trainer = new() { TrainForest = ForestOf, TrainCrossNetwork = CrossNetworkTraining.Train };

    [Fact]
    public void Lists_of_boosted_trees_are_as_they_were() => Check(
        "boosted trees", config => config with { Ranker = (LambdaRankConfig)config.Ranker! with { Trees = 20 } });

    [Fact]
    public void Lists_of_a_cross_network_are_as_they_were() => Check("cross network", config => config with { Ranker = Crossed });

    [Fact]
    public void Lists_without_a_ranker_are_as_they_were() => Check("fusion", config => config with { Ranker = null });

    private static void Check(string name, Func<PipelineConfig, PipelineConfig> change)
    {
        // Without a budget: nothing may depend on the clock.
        // The options are those that were defaults when the lists were recorded.
        string json = File.ReadAllText(Path.Combine(RealData.MovieLensSmall, "pipeline.json"))
            .Replace("""{ "dimensions": 64 }""",
                """{ "dimensions": 64, "regularization": 0.03, "unobservedWeight": 0.1 }""", StringComparison.Ordinal)
            .Replace("\"recent\"", "\"options\": { \"shrinkage\": 3 }, \"recent\"", StringComparison.Ordinal);
        var config = change(PipelineConfig.Parse(json) with { Budget = null });
        var data = Data.Value;
        var context = new TrainingContext { Seed = 7, Cancellation = TestContext.Current.CancellationToken };
        var pipeline = Trainer.Train(config, data, context).Bind(data);
        var users = Enumerable.Range(0, 5).Select(n => n * (data.Users.Count - 1) / 4);
        GoldenAnswer[] answers =
        [
            .. users.Select(user => AnswerOf(pipeline, data, $"user {data.Users.Id(user)}", Query.Of(data, user))),
            AnswerOf(pipeline, data, "five events", new(-1, new[] { 100, 200, 300, 400, 500 })),
            AnswerOf(pipeline, data, "nobody", new(-1, default)),
        ];
        Golden.Check(name, answers);
    }

    private static GoldenAnswer AnswerOf(Pipeline pipeline, Interactions data, string name, Query query)
    {
        var list = pipeline.Recommend(query, 10);
        return new(name, string.Join(' ', list.Select(c => $"{data.Items.Id(c.Item)}:{c.Source}")), list.Select(c => c.Score).ToArray());
    }

    private static Forest ForestOf(LambdaRankConfig options, RankingExamples examples, TrainingContext context) =>
        new BoostedTrees { Options = options }.TrainChoosingTrees(examples, context);
}
