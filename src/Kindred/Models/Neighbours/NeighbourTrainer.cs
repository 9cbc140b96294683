using System.ComponentModel.DataAnnotations;
using Kindred.Models;
using Kindred.Models.Neighbours;

namespace Kindred;

/// <summary>A trainer that compares items by their users, or users by their items: the options of the comparison.</summary>
public abstract record NeighbourTrainer : ITrainer
{
    private protected NeighbourTrainer() { }

    /// <summary>How alike two rows are: one of the similarities of the literature.</summary>
    public Similarity Similarity { get; init; }

    /// <summary>How many of the most similar count.</summary>
    [Range(1, int.MaxValue)]
    public int Neighbours { get; init; } = 100;

    /// <summary>
    /// λ, added to the denominator: similarities with little support shrink towards zero. In its units: of a cosine, (weight)²; else a
    /// count. Not given, in item-knn: 100 / (events / users), from .3 to 50.
    /// </summary>
    [Range(0, double.MaxValue)]
    public float? Shrinkage { get; init; }

    /// <summary>Pairs that share less have no similarity.</summary>
    [Range(1, int.MaxValue)]
    public int MinimumOverlap { get; init; } = 1;

    /// <summary>What is less similar than that is no neighbour.</summary>
    [Range(0, double.MaxValue)]
    public float MinimumSimilarity { get; init; }

    /// <summary>α of Tversky's index: how much it counts what is in the history's side alone; 1 and 1: Jaccard.</summary>
    [Range(0, double.MaxValue)]
    public float TverskyAlpha { get; init; } = 0.5f;

    /// <summary>β of Tversky's index: how much it counts what is in the other side alone.</summary>
    [Range(0, double.MaxValue)]
    public float TverskyBeta { get; init; } = 0.5f;

    /// <summary>α of the conditional probability: 0: as it is; 1: in proportion less where the other is frequent.</summary>
    [Range(0, 1)]
    public float ConditionalExponent { get; init; } = 0.5f;

    /// <summary>k of BM25: the weight at which an event counts half as much as it can.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public float Bm25Saturation { get; init; } = 1.2f;

    /// <summary>b of BM25: 0: what is frequent is not held down; 1: in proportion.</summary>
    [Range(0, 1)]
    public float Bm25Length { get; init; } = 0.75f;

    public abstract TrainerSummary Summary { get; }

    /// <summary>0: everything shared says the same; 1: what is shared by many says proportionally less.</summary>
    internal abstract float FrequencyPenalty { get; }

    public abstract IModel Train(Interactions interactions, TrainingContext context);

    /// <exception cref="InputException">An option is out of range.</exception>
    private protected virtual void Check() => OptionCheck.Check(this);
}
