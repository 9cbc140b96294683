using System.ComponentModel.DataAnnotations;

namespace Kindred.Neural;

/// <summary>A trainer of networks that read a history item by item.</summary>
public abstract record SequenceTrainer : NeuralTrainer
{
    private protected SequenceTrainer() { }

    /// <summary>L: the most recent items that are looked at.</summary>
    [Range(1, int.MaxValue)]
    public int HistoryLength { get; init; } = 50;

    /// <summary>Layers of the network.</summary>
    [Range(1, int.MaxValue)]
    public int LayerCount { get; init; } = 2;

    /// <summary>Items that the right one is told from; 0 with the softmax: all.</summary>
    [Range(0, int.MaxValue)]
    public int NegativeCount { get; init; } = 512;

    private protected abstract Objective Objective { get; }

    private protected override void Check()
    {
        base.Check();
        Objective.Check();
    }
}

/// <summary>A trainer of networks that learn what comes next after each item of a history.</summary>
public abstract record NextItemTrainer : SequenceTrainer
{
    private protected NextItemTrainer() { }

    /// <summary>What is minimized.</summary>
    public SequenceLoss Loss { get; init; } = SequenceLoss.Softmax;

    /// <summary>
    /// t of <see cref="SequenceLoss.Calibrated"/>: 0: scores are those of plain cross-entropy, 1: they are calibrated probabilities.
    /// </summary>
    [Range(0, 1)]
    public float Calibration { get; init; } = 0.75f;

    private protected sealed override Objective Objective => new(Loss, NegativeCount, Calibration);

    private protected NextItems Questions(Interactions interactions) => new(new(interactions, HistoryLength, Objective), HistoryLength);
}
