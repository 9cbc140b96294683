namespace Kindred.Models.Neighbours;

/// <summary>What the trainers of neighbours have in common; each names these options itself.</summary>
internal sealed record NeighbourOptions(Similarity Similarity, int Neighbours, float Shrinkage, float ActivityPenalty)
{
    public float TverskyAlpha { get; init; } = 0.5f;

    public float TverskyBeta { get; init; } = 0.5f;

    public float ConditionalExponent { get; init; } = 0.5f;

    public float Bm25Saturation { get; init; } = 1.2f;

    public float Bm25Length { get; init; } = 0.75f;

    public int MinimumOverlap { get; init; } = 1;

    public float MinimumSimilarity { get; init; }

    /// <param name="penalty">How the trainer calls <see cref="ActivityPenalty"/>.</param>
    /// <exception cref="InputException">An option is out of range.</exception>
    public void Check(string penalty)
    {
        if (!Enum.IsDefined(Similarity))
            throw new InputException($"Similarity must be one of {string.Join(", ", Enum.GetNames<Similarity>())}, was {Similarity}.");
        if (Neighbours < 1) throw new InputException($"Neighbours must be >= 1, was {Neighbours}.");
        if (!(Shrinkage >= 0 && float.IsFinite(Shrinkage))) throw new InputException($"Shrinkage must be >= 0, was {Shrinkage}.");
        if (!(ActivityPenalty is >= 0 and <= 2)) throw new InputException($"{penalty} must be in 0..2, was {ActivityPenalty}.");
        if (!(TverskyAlpha >= 0 && float.IsFinite(TverskyAlpha))) throw new InputException($"TverskyAlpha must be >= 0, was {TverskyAlpha}.");
        if (!(TverskyBeta >= 0 && float.IsFinite(TverskyBeta))) throw new InputException($"TverskyBeta must be >= 0, was {TverskyBeta}.");
        if (!(ConditionalExponent is >= 0 and <= 1)) throw new InputException($"ConditionalExponent must be in 0..1, was {ConditionalExponent}.");
        if (!(Bm25Saturation > 0 && float.IsFinite(Bm25Saturation))) throw new InputException($"Bm25Saturation must be > 0, was {Bm25Saturation}.");
        if (!(Bm25Length is >= 0 and <= 1)) throw new InputException($"Bm25Length must be in 0..1, was {Bm25Length}.");
        if (MinimumOverlap < 1) throw new InputException($"MinimumOverlap must be >= 1, was {MinimumOverlap}.");
        if (!(MinimumSimilarity >= 0)) throw new InputException($"MinimumSimilarity must be >= 0, was {MinimumSimilarity}.");
    }
}
