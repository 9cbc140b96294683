using System.Globalization;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Recall;
using Kindred.Splitting;

namespace Kindred.Configuration;

/// <summary>
/// Trains a pipeline: its models, its ranker on what they proposed at an earlier time, and the models again on everything.
/// </summary>
/// <remarks>
/// The ranker learns from the last tenth of the events: sources trained on those before propose, and what was taken of it is good. So it
/// has seen scores of models that did not know the answer. Cost: each model is trained twice where there is a ranker that learns so.
/// </remarks>
internal sealed record PipelineTrainer
{
    /// <summary>Trains one model; what it is for, data, trainer and context are told. For whoever shows progress.</summary>
    public Func<string, Interactions, ITrainer, TrainingContext, IModel> TrainModel { get; init; } = (_, data, trainer, context) =>
        trainer.Train(data, context);

    /// <summary>Trains what fills lists up where the sources have nothing to say; null: nothing does.</summary>
    public ITrainer? Fallback { get; init; } = new Popularity();

    /// <summary>Trains boosted trees; null: a config that has some is refused.</summary>
    public Func<LambdaRankConfig, RankingExamples, TrainingContext, Forest>? TrainForest { get; init; }

    /// <summary>Trains cross networks, as Kindred.Neural does; null: a config that has one is refused.</summary>
    public Func<CrossNetworkConfig, RankingExamples, TrainingContext, CrossNetwork>? TrainCrossNetwork { get; init; }

    /// <summary>
    /// Lists that were shown: where there are any, the ranker learns from them, and negatives are what was seen and left. Only those count
    /// that are later than what the sources learn from for that, and not later than the data.
    /// </summary>
    public IReadOnlyList<Impression> Impressions { get; init; } = [];

    /// <exception cref="InputException">The data cannot train it.</exception>
    public TrainedPipeline Train(PipelineConfig config, Interactions data, TrainingContext context)
    {
        ConfigCheck.Check(config); // one that a program made was not read
        IFeatureRanker? scorer = null;
        if (config.Ranker is LearnedRankerConfig ranker)
        {
            var train = config.At("$.ranker", () => ranker.TrainingBy(this));
            scorer = train(ExamplesFor(ranker, config, data, context), context);
        }
        var trained = WithModels(config, data, context, "all") with
        {
            Ranker = scorer,
            Fallback = Fallback is null ? null : TrainModel("fallback", data, Fallback, context),
        };
        if (config.Ranker is FileRankerConfig inFile)
            trained = trained with { Ranker = config.At("$.ranker", () => inFile.Read(config.Catalog, FeaturesOf(trained, data))) };
        trained.Bind(data); // what does not fit is said now, not by a server
        return trained;
    }

    /// <returns>What a ranker of the pipeline learns from, for programs that train one elsewhere; without a ranker that learns, as boosted
    /// trees would.</returns>
    /// <exception cref="InputException">The data have nothing to learn from.</exception>
    public RankingExamples ExamplesFor(PipelineConfig config, Interactions data, TrainingContext context)
    {
        ConfigCheck.Check(config);
        var ranker = config.Ranker as LearnedRankerConfig
            ?? new LambdaRankConfig { Features = (config.Ranker as FileRankerConfig)?.Features };
        return ExamplesFor(ranker, config, data, context);
    }

    private RankingExamples ExamplesFor(LearnedRankerConfig ranker, PipelineConfig config, Interactions data, TrainingContext context)
    {
        var earlier = Earlier(data, context.Seed);
        var unhurried = config.WithoutClock(); // what a ranker learns from must not depend on the machine
        return ExamplesFor(ranker, WithModels(unhurried, earlier.Train, context, "to rank"), data, earlier, context);
    }

    private static IReadOnlyList<string> FeaturesOf(TrainedPipeline trained, Interactions data) =>
        FeatureSet.NamesFor(data, trained.Config.SourceNames, trained.Embeddings);

    private RankingExamples FromImpressions(
        LearnedRankerConfig ranker, TrainedPipeline sources, FeatureSet features, Holdout earlier, TrainingContext context)
    {
        if (!earlier.Train.Histories.HasTimes)
            throw new InputException("The events have no times, so the history before an impression is unknown.");
        long cut = earlier.Train.Histories.Newest, end = earlier.Test.Histories.Newest;
        var later = Impressions.Where(impression => impression.Time > cut && impression.Time <= end).ToArray();
        if (later.Length == 0)
        {
            throw new InputException(
                $"None of the {Impressions.Count} lists was shown between {Date(cut)} and {Date(end)}, which is what a ranker of these " +
                $"data learns from; give those of that time.");
        }
        return RankingExamples.FromImpressions(
            sources.Proposing(earlier.Train, dropsSeen: false), features, later, ranker.Candidates, context.Cancellation);
    }

    private static string Date(long time) =>
        DateTimeOffset.FromUnixTimeSeconds(time).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <returns>A cut of the data into what the sources of a ranker learn from and what it is taught by.</returns>
    internal static Holdout Earlier(Interactions data, int seed) =>
        new TimeOrRandomSplit { ValidationFraction = 0, Seed = seed }.Split(data).Final;

    private TrainedPipeline WithModels(PipelineConfig config, Interactions data, TrainingContext context, string purpose)
    {
        var models = config.Trainers.Select(trainer => TrainModel(purpose, data, trainer, context)).ToArray();
        var trained = new TrainedPipeline(config, models, new Dictionary<string, IndexWithManifest>());
        var indexes = new Dictionary<string, IndexWithManifest>(StringComparer.Ordinal);
        foreach (var source in config.Sources.OfType<ModelSource>().Where(source => source.Index is not null))
        {
            var model = (IEmbeddingModel)trained.ModelOf(source.TrainerIn(config.Catalog)!);
            var advised = new IndexTuner { Kind = source.Index!, TargetRecall = source.Recall, K = source.Count }.Build(
                model, QuerySample.Of(model, data, QuerySample.Enough, context.Seed),
                new() { Seed = context.Seed, Workers = context.Workers, Cancellation = context.Cancellation });
            indexes.Add(source.StepName, advised.For(source.Model, ""));
        }
        return trained with { Indexes = indexes };
    }

    private RankingExamples ExamplesFor(
        LearnedRankerConfig ranker, TrainedPipeline sources, Interactions data, Holdout earlier, TrainingContext context)
    {
        var proposing = sources.Proposing(earlier.Train);
        var names = ranker.Features ?? FeatureSet.NamesFor(data, proposing.Sources, sources.Embeddings);
        FeatureSet Features(Interactions known) => new(names, known, proposing.Sources, sources.Embeddings);
        return Impressions.Count > 0 ? FromImpressions(ranker, sources, Features(data), earlier, context)
            : ranker.Examples == ExampleKind.Visits
            ? RankingExamples.AtMoments(
                proposing, Features(data), earlier, new() { MostCandidates = ranker.Candidates }, context.Cancellation)
            : RankingExamples.From(proposing, Features(earlier.Train), earlier, ranker.Candidates, context.Cancellation);
    }
}
