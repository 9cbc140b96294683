using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Models.Sequences;
using Kindred.Numerics;

namespace Kindred.Neural;

/// <summary>
/// What is hidden in a history, by self-attention in both directions. F. Sun, J. Liu, J. Wu, C. Pei, X. Lin, W. Ou, P. Jiang, "BERT4Rec:
/// Sequential Recommendation with Bidirectional Encoder Representations from Transformer", CIKM 2019.
/// </summary>
/// <remarks>
/// Network and formulas: <see cref="Transformer"/>, read both ways; the question "what is here?" has a row of its own in the table of
/// items. In each epoch other items of a user's last L are hidden, and their cross-entropy over the items is minimized. Only what is hidden
/// teaches something, so it needs several times the epochs of <see cref="SasRec"/>; A. Petrov, C. Macdonald, "A Systematic Review and
/// Replicability Study of BERT4Rec", RecSys 2022. Deviations: layers are normalized at their entry, max(0, x) in place of GELU, no layer
/// between what was read and the items.
/// </remarks>
public sealed record Bert4Rec : SequenceTrainer
{
    public Bert4Rec() => NegativeCount = 0;

    /// <summary>Parts of an embedding that look at the history apart.</summary>
    [Range(1, int.MaxValue)]
    public int HeadCount { get; init; } = 2;

    /// <summary>The share of the items that is hidden.</summary>
    [Range(0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public float MaskShare { get; init; } = 0.2f;

    /// <summary>The share of the sequences whose last item alone is hidden, as it is when the model is used.</summary>
    [Range(0, 1)]
    public float LastShare { get; init; } = 0.1f;

    public override TrainerSummary Summary => new(
        "bert4rec", "what is hidden in a history, by self-attention both ways", "events in their order",
        "tokens · layers · (d² + historyLength · d), and items · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.Epochs | Capabilities.Resumable);

    internal static SearchSpace Space { get; } = SearchSpace.Of<Bert4Rec>("dimensions",
        ("dimensions", "32|64|128"), ("epochs", "50..400:log"), ("learningRate", "0.0003..0.003:log"), ("dropout", "0.1..0.5"),
        ("maskShare", "0.1..0.6"));

    private protected override Objective Objective => new(SequenceLoss.Softmax, NegativeCount);

    private protected override void Check()
    {
        base.Check();
        if (HistoryLength < 2)
            throw new InputException($"historyLength must be at least 2, as the question takes a place, was {HistoryLength}.");
        if (Dimensions % HeadCount != 0) throw new InputException($"headCount must divide dimensions = {Dimensions}, was {HeadCount}.");
    }

    private protected override ModelTrainingTask CreateTask(Interactions interactions, TrainingContext context, Rng rng)
    {
        CheckSize(Dimensions, interactions.Items.Count + HistoryLength, 12 * LayerCount);
        int items = interactions.Items.Count;
        var shape = new TransformerShape(items, HistoryLength, Dimensions, LayerCount, HeadCount, 4 * Dimensions, Attention.BothWays);
        var questions = new HiddenItems(new(interactions, HistoryLength, Objective), HistoryLength, hidden: items, MaskShare, LastShare);
        return new SequenceTrainingTask(interactions,
            new TransformerNetwork(shape, TransformerNetwork.Create(shape, rng, Devices.Find(context.Device))), questions, Objective);
    }
}
