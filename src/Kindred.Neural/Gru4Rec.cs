using Kindred.Models;
using Kindred.Models.Sequences;
using Kindred.Numerics;

namespace Kindred.Neural;

/// <summary>
/// What comes next in a history, by a recurrent network: the small baseline. B. Hidasi, A. Karatzoglou, L. Baltrunas, D. Tikk,
/// "Session-based Recommendations with Recurrent Neural Networks", ICLR 2016; with a softmax and more negatives: B. Hidasi, A. Karatzoglou,
/// "Recurrent Neural Networks with Top-k Gains for Session-based Recommendations", CIKM 2018.
/// </summary>
/// <remarks>
/// Network and formulas: <see cref="GatedRecurrence"/>. Every item of a user's last L + 1 is to be foretold from those before it.
/// Deviation: one table of items is both read and compared with ("constrained embeddings" of the second paper).
/// Cost of an epoch: 3·tokens·(layers·12·d² + 2·negatives·d) flops, one position after the other.
/// </remarks>
public sealed record Gru4Rec : NextItemTrainer
{
    public Gru4Rec() => LayerCount = 1;

    public override TrainerSummary Summary => new(
        "gru4rec", "what comes next in a history, by a recurrent network", "events in their order",
        "tokens · layers · d², and negatives · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.Epochs | Capabilities.Resumable);

    internal static SearchSpace Space { get; } = SearchSpace.Of<Gru4Rec>("dimensions",
        ("dimensions", "32|64|128"), ("epochs", "10..100:log"), ("learningRate", "0.0003..0.005:log"), ("dropout", "0..0.5"),
        ("layerCount", "1|2"));

    private protected override ModelTrainingTask CreateTask(Interactions interactions, TrainingContext context, Rng rng)
    {
        CheckSize(Dimensions, interactions.Items.Count + HistoryLength, 6 * LayerCount);
        var shape = new RecurrenceShape(interactions.Items.Count, HistoryLength, Dimensions, LayerCount);
        return new SequenceTrainingTask(
            interactions, new RecurrentNetwork(shape, rng, Devices.Find(context.Device)), Questions(interactions), Objective);
    }
}
