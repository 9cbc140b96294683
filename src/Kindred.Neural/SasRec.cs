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
public sealed record SasRec : NeuralTrainer
{
    /// <summary>d, the length of an embedding.</summary>
    public int Dimensions { get; init; } = 64;

    /// <summary>L: the most recent items that are looked at.</summary>
    public int HistoryLength { get; init; } = 50;

    public int LayerCount { get; init; } = 2;

    /// <summary>Parts of an embedding that look at the history apart.</summary>
    public int HeadCount { get; init; } = 1;

    public SequenceLoss Loss { get; init; } = SequenceLoss.Softmax;

    /// <summary>Items that an observed one is told from; 0 with Softmax: all.</summary>
    public int NegativeCount { get; init; } = 512;

    /// <summary>t of <see cref="SequenceLoss.Calibrated"/>: 0: scores are those of plain cross-entropy, 1: they are calibrated probabilities.</summary>
    public float Calibration { get; init; } = 0.75f;

    internal static TrainerSummary Summary { get; } = new(
        "what comes next in a history, by self-attention", "events in their order", "tokens · layers · (d² + historyLength · d), and negatives · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.Epochs | Capabilities.Resumable);

    internal static SearchSpace Space { get; } = SearchSpace.Of<SasRec>("dimensions",
        ("dimensions", "32|64|128"), ("epochs", "10..100:log"), ("learningRate", "0.0003..0.003:log"), ("dropout", "0.1..0.6"), ("layerCount", "1..3"));

    private Objective Objective => new(Loss, NegativeCount, Calibration);

    private protected override void Check()
    {
        base.Check();
        if (Dimensions < 1) throw new InputException($"Dimensions must be >= 1, was {Dimensions}.");
        if (HistoryLength < 1) throw new InputException($"HistoryLength must be >= 1, was {HistoryLength}.");
        if (LayerCount < 1) throw new InputException($"LayerCount must be >= 1, was {LayerCount}.");
        if (HeadCount < 1 || Dimensions % HeadCount != 0) throw new InputException($"HeadCount must divide Dimensions = {Dimensions}, was {HeadCount}.");
        Objective.Check();
    }

    private protected override ModelTrainingTask CreateLearner(Interactions interactions, TrainingContext context, Rng rng)
    {
        var shape = new TransformerShape(interactions.Items.Count, HistoryLength, Dimensions, LayerCount, HeadCount, Dimensions, Attention.Forwards);
        var questions = new NextItems(new(interactions, HistoryLength, Objective), HistoryLength);
        return new SequenceTrainingTask(interactions, new TransformerNetwork(shape, TransformerNetwork.Create(shape, rng, Devices.Find(context.Device))), questions, Objective);
    }
}
