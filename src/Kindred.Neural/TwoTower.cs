using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Models.Towers;
using Kindred.Numerics;

namespace Kindred.Neural;

/// <summary>
/// Users from their history and attributes, items from their id and attributes, each by a network of its own, compared by a cosine: who or
/// what has no event yet has an embedding all the same. P. Covington, J. Adams, E. Sargin, "Deep Neural Networks for YouTube
/// Recommendations", RecSys 2016; P.-S. Huang et al., "Learning Deep Structured Semantic Models for Web Search using Clickthrough Data",
/// CIKM 2013. Its loss: X. Yi et al., "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys 2019, eq. 3;
/// mixed negatives: J. Yang et al.,
/// "Mixed Negative Sampling for Learning Two-tower Neural Networks in Recommendations", WWW 2020.
/// </summary>
/// <remarks>
/// Features as those of <see cref="FactorizationMachine"/>; the towers: <see cref="Tower"/>.
///   minimize, over events,  −ln( e^(s⁺/T − ln q⁺) / Σ items of the shard, not the user's: e^(s/T − ln q) )
/// q: how often an item is expected in a shard, as the item of one of its events or drawn uniformly. The history of an event is all other
/// items of its user, the last HistoryLength of them. Cost of an epoch: events·(features·d + 12·d·h + 6·items of a shard·d) flops.
/// </remarks>
public sealed record TwoTower : NeuralTrainer
{
    /// <summary>
    /// Names with + between them: history, history.genres (what its items are like), last-item, user.age, item, item.genres, hour, weekday,
    /// a column of the events' context; user.*, item.*, history.* and context.* stand for all labels and numbers there are, a text is
    /// named: item.title. A user has no number of their own here: their history is who they are.
    /// </summary>
    public string Features { get; init; } = "history + user.* + item + item.*";

    /// <summary>How much the labels of an attribute count beside each other.</summary>
    public LabelWeights LabelWeights { get; init; }

    /// <summary>h, of the layer between two of d.</summary>
    [Range(1, int.MaxValue)]
    public int HiddenDimensions { get; init; } = 128;

    /// <summary>Maximum number of items of the feature history, the last ones.</summary>
    [Range(1, int.MaxValue)]
    public int HistoryLength { get; init; } = 50;

    /// <summary>How the items of the feature history become one vector.</summary>
    public HistoryPooling Pooling { get; init; }

    /// <summary>Items drawn uniformly for a shard, beside those of its events.</summary>
    [Range(0, int.MaxValue)]
    public int NegativeCount { get; init; } = 512;

    /// <summary>Items for each event of a shard that the model holds nearest to its user, of 1,024 drawn uniformly.</summary>
    [Range(0, HardNegatives.Pool)]
    public int HardNegativeCount { get; init; }

    /// <summary>T: the smaller, the more the hardest negatives count.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float Temperature { get; init; } = 0.1f;

    /// <summary>How often an item is learned without its id, so that its attributes learn to stand alone.</summary>
    [Range(0, 1)]
    public float IdDropout { get; init; } = 0.2f;

    public override TrainerSummary Summary => new(
        "two-tower", "users from history and attributes, items from attributes", "events; attributes of items or users",
        "events · (features · d + d · h + negatives · d)",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.Epochs | Capabilities.Resumable);

    internal static SearchSpace Space { get; } = SearchSpace.Of<TwoTower>("dimensions",
        ("dimensions", "32|64|128|256"), ("epochs", "5..50:log"), ("learningRate", "0.0003..0.01:log"), ("temperature", "0.05..0.3:log"),
        ("dropout", "0..0.5"), ("idDropout", "0..0.8"), ("labelWeights", "equal|idf"), ("hardNegativeCount", "0..2"));

    private protected override ModelTrainingTask CreateTask(Interactions interactions, TrainingContext context, Rng rng)
    {
        CheckSize(Math.Max(Dimensions, HiddenDimensions), interactions.Items.Count, 2);
        var space = FeatureSpace.Of(Features, 0, interactions, null, out _, rareLabels: LabelWeights == LabelWeights.Idf);
        if (space[FeatureSource.User] is not null)
            throw new InputException("Two towers know a user by history and attributes, not by number; leave the feature user out.");
        if (Pooling == HistoryPooling.Attention && space[FeatureSource.History] is null)
            throw new InputException("Attention pools the feature history, and Features have none; add it, or use the pooling mean.");
        return new TowerTrainingTask(this, interactions, space, TowerTrainingTask.Create(this, space, rng, Devices.Find(context.Device)));
    }
}

/// <summary>How much each label of an attribute counts beside the others of its row; together they are of length 1.</summary>
public enum LabelWeights
{
    /// <summary>All alike.</summary>
    Equal,

    /// <summary>The rarer the more: ln((rows + 1) / rows with the label).</summary>
    Idf,
}

/// <summary>How much each item of a history counts.</summary>
public enum HistoryPooling
{
    /// <summary>All alike.</summary>
    Mean,

    /// <summary>By what it is and by how many came after it: <see cref="HistoryAttention"/>.</summary>
    Attention,
}
