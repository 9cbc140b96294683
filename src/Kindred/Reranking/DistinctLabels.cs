using Kindred.Data;

namespace Kindred.Reranking;

/// <summary>The labels of each item, each once. Memory: a word a label, and four an item.</summary>
internal sealed class DistinctLabels
{
    private readonly int[][] _labels; // [items][labels], ascending

    /// <param name="column">[items]; a row's labels need not be sorted or different.</param>
    public DistinctLabels(LabelColumn column)
    {
        _labels = new int[column.Starts.Length - 1][];
        for (int item = 0; item < _labels.Length; item++) _labels[item] = [.. column[item].ToArray().Distinct().Order()];
    }

    /// <summary>Ascending; none for an item that the column does not know.</summary>
    public ReadOnlySpan<int> this[int item] => (uint)item < (uint)_labels.Length ? _labels[item] : [];
}
