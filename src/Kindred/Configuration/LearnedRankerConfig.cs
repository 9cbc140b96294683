using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Storage;

namespace Kindred.Configuration;

/// <summary>A ranker that learns an order from what became of candidates.</summary>
internal abstract record LearnedRankerConfig : FeatureRankerConfig
{
    [Description("Features of a candidate, such as score:SOURCE, similarity:SOURCE, item.events:7, match.genres. Default: all there are.")]
    public IReadOnlyList<string>? Features { get; set; }

    [Description("Training examples. period: what each user took after the sources were trained; visits: what each user took at each " +
        "visit, with what was known at that time.")]
    public ExampleKind Examples { get; set; } = ExampleKind.Period;

    [Description("Number of candidates of each training example."), Range(10, 10_000)]
    public int Candidates { get; set; } = 300;

    internal override RankerConfig WithoutSource(string source) =>
        this with
        {
            Features = Features is null ? null
            : [.. Features.Where(feature => !feature.EndsWith($":{source}", StringComparison.Ordinal))]
        };

    /// <returns>What trains it.</returns>
    /// <exception cref="InputException">The program has nothing that does, or an option cannot be used.</exception>
    internal abstract Func<RankingExamples, TrainingContext, IFeatureRanker> TrainingBy(PipelineTrainer trainer);
}

/// <summary>What a ranker learns from.</summary>
internal enum ExampleKind
{
    /// <summary>A question for each user, see <see cref="RankingExamples.From"/>.</summary>
    Period,

    /// <summary>A question for each visit, see <see cref="RankingExamples.AtMoments"/>.</summary>
    Visits,
}

[Description("Rank by boosted trees over features of each candidate (LambdaRank).")]
internal sealed record LambdaRankConfig : LearnedRankerConfig
{
    [Description("Maximum number of trees. Held-out users decide how many are kept."), Range(1, 10_000)]
    public int Trees { get; set; } = 500;

    [Description("Maximum number of leaves of a tree."), Range(2, 1_024)]
    public int Leaves { get; set; } = 15;

    [Description("Learning rate."), Range(.001, 1.0)]
    public double LearningRate { get; set; } = .05;

    [Description("Minimum number of candidates of a leaf."), Range(1, 100_000)]
    public int MinLeafRows { get; set; } = 50;

    [Description("Share of the features that each tree uses."), Range(.01, 1.0)]
    public double FeatureFraction { get; set; } = .7;

    internal override Func<RankingExamples, TrainingContext, IFeatureRanker> TrainingBy(PipelineTrainer trainer)
    {
        OptionCheck.Check(this);
        return trainer.TrainForest is { } train
            ? (examples, context) => train(this, examples, context)
            : throw new InputException("this program cannot train boosted trees.");
    }

    internal override IFeatureRanker Load(TensorFile file, TrainerCatalog trainers) => Forest.Load(file);

    private protected override IStage StageOf(IFeatureRanker scorer, FeatureSet features) => new ForestRanker((Forest)scorer, features);
}

[Description("Rank by a cross network (DCN-v2) over features of each candidate: products of features, and a small network. " +
    "`kindred-neural` trains it.")]
internal sealed record CrossNetworkConfig : LearnedRankerConfig
{
    [Description("Number of layers of products; each raises their degree by one. 0: only the hidden layers."), Range(0, 8)]
    public int CrossLayers { get; set; } = 2;

    [Description("Sizes of the hidden layers. []: only the products."), Range(1, 4_096)]
    public IReadOnlyList<int> HiddenDimensions { get; set; } = [64, 32];

    [Description("Length of the embedding of a category."), Range(1, 256)]
    public int Dimensions { get; set; } = 8;

    [Description("Maximum number of epochs. Held-out users decide how many are kept."), Range(1, 1_000)]
    public int Epochs { get; set; } = 30;

    [Description("Number of lists of a training step."), Range(1, 10_000)]
    public int BatchSize { get; set; } = 16;

    [Description("Learning rate."), Range(.00001, 1.0)]
    public double LearningRate { get; set; } = .003;

    [Description("Weight decay."), Range(0.0, 10.0)]
    public double Regularization { get; set; } = .01;

    [Description("Share of hidden values that are set to zero during training."), Range(0.0, .9)]
    public double Dropout { get; set; } = .1;

    internal override Func<RankingExamples, TrainingContext, IFeatureRanker> TrainingBy(PipelineTrainer trainer)
    {
        Check();
        return trainer.TrainCrossNetwork is { } train
            ? (examples, context) => train(this, examples, context)
            : throw new InputException("this program cannot train a cross network; kindred-neural can.");
    }

    internal override IFeatureRanker Load(TensorFile file, TrainerCatalog trainers) => CrossNetwork.Load(file);

    /// <exception cref="InputException">An option is out of its range, or there would be no layer.</exception>
    internal void Check()
    {
        OptionCheck.Check(this);
        if (CrossLayers == 0 && HiddenDimensions.Count == 0)
            throw new InputException("A cross network needs a layer: set crossLayers, or hiddenDimensions.");
    }
}
