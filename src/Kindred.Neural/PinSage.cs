using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Models.Graphs;
using Kindred.Numerics;

namespace Kindred.Neural;

/// <summary>
/// Items from their features and those of their neighbours, which random walks over users and labels find; users are the mean of their
/// items. Who or what has no event yet has an embedding all the same. R. Ying, R. He, K. Chen, P. Eksombatchai, W. L. Hamilton, J.
/// Leskovec, "Graph Convolutional Neural Networks for Web-Scale Recommender Systems", KDD 2018, algorithms 1 and 2. Its loss here: X. Yi et
/// al.,
/// "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys 2019, eq. 3.
/// </summary>
/// <remarks>
/// Neighbours and their weights α: <see cref="ItemWalks"/>, drawn once; layers: <see cref="ConvolutionNetwork"/>.
///   minimize, over users and items they touched,  −ln( e^(s⁺/T − ln q⁺) / Σ items of the shard, not the user's: e^(s/T − ln q) )
///   s = z(i)·m/|m|, m the sum of z over the user's other items
/// q: how often an item is expected in a shard, as a user's or drawn uniformly. ColdShare of the items that are compared are so as if
/// nobody had touched them: without id, and with the neighbours that a walk finds by their labels. Deviations: a history asks, not one
/// item; a softmax over shared negatives takes the place of the max-margin loss and its curriculum of hard negatives; z has the sum of the
/// features beside what comes out of the layers; walks go by labels too. Cost of an epoch: users / 64 times nodes·(features·d +
/// K·(neighbours·m + 4·d·m)) flops, where the nodes are 64 users' items and their neighbours, with more layers soon all items.
/// </remarks>
public sealed record PinSage : NeuralTrainer
{
    /// <summary>Names with + between them: item, item.genres; item.* stands for all labels and numbers there are.</summary>
    public string Features { get; init; } = "item + item.*";

    /// <summary>m, of what a neighbour says and of the layer before the last.</summary>
    [Range(1, int.MaxValue)]
    public int HiddenDimensions { get; init; } = 64;

    /// <summary>K: from how far neighbours are heard; the paper has 2.</summary>
    [Range(1, int.MaxValue)]
    public int LayerCount { get; init; } = 1;

    /// <summary>The most visited items of a walk, which an item hears.</summary>
    [Range(1, int.MaxValue)]
    public int Neighbours { get; init; } = 10;

    /// <summary>Steps of the walk from each item.</summary>
    [Range(1, int.MaxValue)]
    public int WalkSteps { get; init; } = 1000;

    /// <summary>How likely a step begins at the item again.</summary>
    [Range(0, 1)]
    public float Restart { get; init; } = 0.5f;

    /// <summary>How likely a step goes by a label where there are users too.</summary>
    [Range(0, 1)]
    public float LabelShare { get; init; } = 0.5f;

    /// <summary>Items of a user at most that are learned from in an epoch, drawn at random.</summary>
    [Range(2, int.MaxValue)]
    public int HistoryLength { get; init; } = 50;

    /// <summary>Items drawn uniformly for a shard, beside those of its users.</summary>
    [Range(0, int.MaxValue)]
    public int NegativeCount { get; init; } = 256;

    /// <summary>T: the smaller, the more the hardest negatives count.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float Temperature { get; init; } = 0.1f;

    /// <summary>How often an item is compared as if nobody had touched it, so that attributes learn to stand alone.</summary>
    [Range(0, 1)]
    public float ColdShare { get; init; } = 0.2f;

    public override TrainerSummary Summary => new(
        "pinsage", "items from attributes and neighbours on the graph, users from history", "events; attributes of items",
        "users / 64 · nodes · (features + layers · (neighbours + d)) · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.Epochs | Capabilities.Resumable);

    internal static SearchSpace Space { get; } = SearchSpace.Of<PinSage>("dimensions",
        ("dimensions", "32|64|128"), ("epochs", "5..50:log"), ("learningRate", "0.0003..0.01:log"), ("temperature", "0.05..0.3:log"),
        ("dropout", "0..0.5"), ("coldShare", "0..1"), ("labelShare", "0..1"), ("layerCount", "1..3"));

    private protected override ModelTrainingTask CreateTask(Interactions interactions, TrainingContext context, Rng rng)
    {
        CheckSize(Math.Max(Dimensions, HiddenDimensions), interactions.Items.Count, 2);
        var space = FeatureSpace.Of(Features, 0, interactions, null, out _);
        if (space.Fields.FirstOrDefault(f => !f.IsOfItem) is { } other)
            throw new InputException(
                $"PinSage knows users by their items, and items by features of theirs; leave the feature {other.Name} out.");
        var nodes = new ItemNodes(this, interactions, space, context, rng.Fork("walks"));
        var parameters = PinSageTrainingTask.Create(this, Math.Max(1, space.Columns), rng, Devices.Find(context.Device));
        return new PinSageTrainingTask(this, interactions, nodes, context, parameters);
    }
}
