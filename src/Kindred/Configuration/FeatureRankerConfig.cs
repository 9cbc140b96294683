using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Storage;

namespace Kindred.Configuration;

/// <summary>A ranker that scores a row of features of each candidate; a snapshot keeps it in a file of its own.</summary>
internal abstract record FeatureRankerConfig : RankerConfig
{
    /// <param name="trainers">Of the program: what else it can open.</param>
    /// <returns>The ranker as it was saved.</returns>
    internal abstract IFeatureRanker Load(TensorFile file, TrainerCatalog trainers);

    internal override IStage Bind(TrainedPipeline trained, Interactions data)
    {
        var scorer = trained.Ranker ?? throw new InputException("The ranker is not trained.");
        return StageOf(scorer, new FeatureSet(scorer.Features, data, trained.Config.SourceNames, trained.Embeddings) { IsServing = true });
    }

    private protected virtual IStage StageOf(IFeatureRanker scorer, FeatureSet features) => new FeatureRanker(scorer, features);
}
