using Kindred.Boosting;
using Kindred.Cli.Output;
using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Ranking;
using Kindred.Snapshots;

namespace Kindred.Cli;

/// <summary>Trains pipelines, with progress.</summary>
internal static class PipelineTraining
{
    /// <param name="impressions">Lists that were shown, for the ranker to learn from; none: it learns from what the sources propose.</param>
    public static PipelineTrainer TrainerFor(Session session, IReadOnlyList<Impression>? impressions = null) => new()
    {
        Impressions = impressions ?? [],
        TrainModel = (_, data, trainer, _) => session.Train(SpecOf(trainer), data).Model,
        TrainForest = (trees, examples, context) => ForestOf(trees, examples, context, session),
    };

    /// <summary>On all the data.</summary>
    /// <param name="impressions">As above.</param>
    public static SnapshotPipeline Train(PipelineConfig config, DatasetFolder dataset, Session session, IReadOnlyList<Impression>? impressions = null)
    {
        var manifests = new Dictionary<ITrainer, ModelManifest>();
        var trainer = new PipelineTrainer
        {
            Impressions = impressions ?? [],
            TrainForest = (trees, examples, context) => ForestOf(trees, examples, context, session),
            TrainModel = (_, data, which, context) =>
            {
                var training = session.Train(SpecOf(which), data);
                manifests[which] = ModelManifest.Of(which, context, training.Time, dataset, data); // the last one stays: that of all the data
                return training.Model;
            },
        };
        var trained = trainer.Train(config, dataset.Interactions, session.Context);
        return new(trained, [.. config.Trainers.Select(which => manifests[which])]);
    }

    public static ModelSpec SpecOf(ITrainer trainer) => ModelSpec.Of(TrainerCatalog.NameOf(trainer), TrainerCatalog.OptionsOf(trainer));

    private static Forest ForestOf(LambdaRankConfig trees, RankingExamples examples, TrainingContext context, Session session) =>
        session.Activity.Run($"Training the ranker on {Format.Many(examples.Groups.Length, "list")}", ticker => new LambdaRank
        {
            Trees = trees.Trees,
            Leaves = trees.Leaves,
            LearningRate = trees.LearningRate,
            MinLeafRows = trees.MinLeafRows,
            FeatureFraction = trees.FeatureFraction,
        }.TrainChoosingTrees(examples, context with { Progress = ticker }));
}
