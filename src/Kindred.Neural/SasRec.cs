using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Models.Sequences;
using Kindred.Numerics;

namespace Kindred.Neural;

/// <summary>
/// What comes next in a history, by causal self-attention. W.-C. Kang, J. McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018;
/// with many negatives: A. Petrov, C. Macdonald, "gSASRec", RecSys 2023.
/// </summary>
/// <remarks>
/// Network and formulas: <see cref="Transformer"/>. Every item of a user's last L + 1 is to be foretold from those before it, by
/// <see cref="SequenceLoss"/>. Deviations: layers are normalized at their entry throughout; attention weights are not dropped out, so that
/// they need not be kept; positions are counted from the end of the sequence as in the paper, but sequences are filled up at
/// their end, where it costs nothing.
/// Cost of an epoch: 3·tokens·(blocks·(8·d² + 4·d·h + 4·L·d) + 2·negatives·d) flops.
/// </remarks>
public sealed record SasRec : NextItemTrainer
{
    /// <summary>Parts of an embedding that look at the history apart.</summary>
    [Range(1, int.MaxValue)]
    public int HeadCount { get; init; } = 1;

    public override TrainerSummary Summary => new(
        "sasrec", "what comes next in a history, by self-attention", "events in their order",
        "tokens · layers · (d² + historyLength · d), and negatives · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.Epochs | Capabilities.Resumable);

    internal static SearchSpace Space { get; } = SearchSpace.Of<SasRec>("dimensions",
        ("dimensions", "32|64|128"), ("epochs", "10..100:log"), ("learningRate", "0.0003..0.003:log"), ("dropout", "0.1..0.6"),
        ("layerCount", "1..3"));

    private protected override void Check()
    {
        base.Check();
        if (Dimensions % HeadCount != 0) throw new InputException($"headCount must divide dimensions = {Dimensions}, was {HeadCount}.");
    }

    private protected override ModelTrainingTask CreateTask(Interactions interactions, TrainingContext context, Rng rng)
    {
        CheckSize(Dimensions, interactions.Items.Count + HistoryLength, 6 * LayerCount);
        var shape = new TransformerShape(
            interactions.Items.Count, HistoryLength, Dimensions, LayerCount, HeadCount, Dimensions, Attention.Forwards);
        return new SequenceTrainingTask(interactions,
            new TransformerNetwork(shape, TransformerNetwork.Create(shape, rng, Devices.Find(context.Device))), Questions(interactions),
            Objective);
    }
}
