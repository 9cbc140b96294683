using Kindred.Models;
using Kindred.Models.Neighbours;

namespace Kindred;

/// <summary>A trainer that compares items by their users, or users by their items: the options of the comparison.</summary>
public abstract record NeighbourTrainer : ITrainer
{
    private protected NeighbourTrainer() { }

    public Similarity Similarity { get; init; }

    /// <summary>How many of the most similar count.</summary>
    public int Neighbours { get; init; } = 100;

    /// <summary>λ, added to the denominator: similarities with little support shrink towards zero. In its units: of a cosine, (weight)²; else a count.</summary>
    public float Shrinkage { get; init; } = 3;

    /// <summary>Pairs that share less have no similarity.</summary>
    public int MinimumOverlap { get; init; } = 1;

    /// <summary>What is less similar than that is no neighbour.</summary>
    public float MinimumSimilarity { get; init; }

    /// <summary>α of Tversky's index: how much it counts what is in the history's side alone; 1 and 1: Jaccard.</summary>
    public float TverskyAlpha { get; init; } = 0.5f;

    /// <summary>β of Tversky's index: how much it counts what is in the other side alone.</summary>
    public float TverskyBeta { get; init; } = 0.5f;

    /// <summary>α of the conditional probability: 0: as it is; 1: in proportion less where the other is frequent.</summary>
    public float ConditionalExponent { get; init; } = 0.5f;

    /// <summary>k of BM25: the weight at which an event counts half as much as it can.</summary>
    public float Bm25Saturation { get; init; } = 1.2f;

    /// <summary>b of BM25: 0: what is frequent is not held down; 1: in proportion.</summary>
    public float Bm25Length { get; init; } = 0.75f;

    public abstract TrainerSummary Summary { get; }

    /// <summary>0: everything shared says the same; 1: what is shared by many says proportionally less.</summary>
    internal abstract float FrequencyPenalty { get; }

    public abstract IModel Train(Interactions interactions, TrainingContext context);

    /// <exception cref="InputException">An option is out of range.</exception>
    private protected virtual void Check()
    {
        if (!Enum.IsDefined(Similarity))
            throw new InputException($"Similarity must be one of {string.Join(", ", Enum.GetNames<Similarity>())}, was {Similarity}.");
        if (Neighbours < 1) throw new InputException($"Neighbours must be >= 1, was {Neighbours}.");
        if (!(Shrinkage >= 0 && float.IsFinite(Shrinkage))) throw new InputException($"Shrinkage must be >= 0, was {Shrinkage}.");
        if (!(TverskyAlpha >= 0 && float.IsFinite(TverskyAlpha))) throw new InputException($"TverskyAlpha must be >= 0, was {TverskyAlpha}.");
        if (!(TverskyBeta >= 0 && float.IsFinite(TverskyBeta))) throw new InputException($"TverskyBeta must be >= 0, was {TverskyBeta}.");
        if (!(ConditionalExponent is >= 0 and <= 1)) throw new InputException($"ConditionalExponent must be in 0..1, was {ConditionalExponent}.");
        if (!(Bm25Saturation > 0 && float.IsFinite(Bm25Saturation))) throw new InputException($"Bm25Saturation must be > 0, was {Bm25Saturation}.");
        if (!(Bm25Length is >= 0 and <= 1)) throw new InputException($"Bm25Length must be in 0..1, was {Bm25Length}.");
        if (MinimumOverlap < 1) throw new InputException($"MinimumOverlap must be >= 1, was {MinimumOverlap}.");
        if (!(MinimumSimilarity >= 0)) throw new InputException($"MinimumSimilarity must be >= 0, was {MinimumSimilarity}.");
    }
}
