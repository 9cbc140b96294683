using Kindred.Boosting;
using Kindred.Cli.Output;
using Kindred.Configuration;
using Kindred.Models;
using Kindred.Ranking;
using Kindred.Snapshots;

namespace Kindred.Cli.Options;

/// <summary>Trains pipelines, with progress.</summary>
internal static class PipelineTraining
{
    /// <summary>Trains without showing progress.</summary>
    public static PipelineTrainer QuietFor(CommandContext session) =>
        new() { TrainForest = ForestOf, TrainCrossNetwork = session.Program.TrainCrossNetwork };

    /// <param name="impressions">Lists that were shown, for the ranker to learn from; none: it learns from what the sources
    /// propose.</param>
    public static PipelineTrainer TrainerFor(CommandContext session, IReadOnlyList<Impression>? impressions = null) => new()
    {
        Impressions = impressions ?? [],
        TrainModel = (_, data, trainer, _) => session.Train(ModelSpec.For(trainer), data).Model,
        TrainForest = (trees, examples, context) => Ranker(ForestOf, trees, examples, context, session),
        TrainCrossNetwork = session.Program.TrainCrossNetwork is { } train ? (network, examples, context) =>
            Ranker(train, network, examples, context, session) : null,
    };

    /// <summary>On all the data.</summary>
    /// <param name="impressions">As above.</param>
    public static SnapshotPipeline Train(
        PipelineConfig config, DataFolder dataset, CommandContext session, IReadOnlyList<Impression>? impressions = null) =>
        SnapshotPipeline.Train(
            TrainerFor(session, impressions), config, dataset.Interactions, session.Training,
            (which, data) => session.Train(ModelSpec.For(which), data));

    private static TRanker Ranker<TConfig, TRanker>(
        Func<TConfig, RankingExamples, TrainingContext, TRanker> train, TConfig config, RankingExamples examples, TrainingContext context,
        CommandContext session) =>
        session.Activity.Run(
            $"Training the ranker on {Format.Many(examples.Groups.Length, "list")}", ticker =>
                train(config, examples, context with { Progress = ticker }));

    private static Forest ForestOf(LambdaRankConfig options, RankingExamples examples, TrainingContext context) =>
        new BoostedTrees { Options = options }.TrainChoosingTrees(examples, context);
}
