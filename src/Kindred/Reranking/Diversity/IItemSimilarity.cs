namespace Kindred.Reranking.Diversity;

/// <summary>How alike are items? Safe to share between threads.</summary>
internal interface IItemSimilarity
{
    /// <summary>
    /// That of opposites: −1 where there are such, otherwise 0. Equal items have 1, those of which too little is known 0.
    /// </summary>
    float Lowest { get; }

    /// <summary>Compares one item with many.</summary>
    /// <param name="others">[n]</param>
    /// <param name="similarities">[n], overwritten.</param>
    void Compare(int item, ReadOnlySpan<int> others, Span<float> similarities);
}
