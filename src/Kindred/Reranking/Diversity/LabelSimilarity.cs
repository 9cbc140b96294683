using Kindred.Data;

namespace Kindred.Reranking.Diversity;

/// <summary>The labels that two items share, of the labels that either has (P. Jaccard 1912).</summary>
/// <remarks>Cost: the labels of both a pair. An item without labels is like no other: 0.</remarks>
internal sealed class LabelSimilarity : IItemSimilarity
{
    private readonly DistinctLabels _labels;

    /// <param name="labels">[items]</param>
    public LabelSimilarity(LabelColumn labels) => _labels = new(labels);

    public float Lowest => 0;

    public void Compare(int item, ReadOnlySpan<int> others, Span<float> similarities)
    {
        var own = _labels[item];
        for (int n = 0; n < others.Length; n++) similarities[n] = Shared(own, _labels[others[n]]);
    }

    private static float Shared(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        if (a.IsEmpty || b.IsEmpty) return 0;
        int common = 0;
        for (int n = 0, m = 0; n < a.Length && m < b.Length;)
        {
            if (a[n] == b[m]) common++;
            (n, m) = a[n] < b[m] ? (n + 1, m) : a[n] > b[m] ? (n, m + 1) : (n + 1, m + 1);
        }
        return (float)common / (a.Length + b.Length - common);
    }
}
