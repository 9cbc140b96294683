using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>How different are two items?</summary>
internal interface IItemDistance
{
    /// <summary>What it looks at, appended to the names of metrics: "" (labels), "ByEmbedding".</summary>
    string Suffix { get; }

    /// <summary>As part of a sentence: what the distance of two items is.</summary>
    string Formula { get; }

    /// <returns>0 for equal ones; NaN when too little is known of one of them.</returns>
    double Between(int item, int other);
}

/// <summary>1 − the share of labels in common (P. Jaccard 1912): 0 for equal labels, 1 for none in common.</summary>
internal sealed class LabelDistance(LabelColumn labels) : IItemDistance
{
    /// <summary>A row's labels need not be sorted or different.</summary>
    private readonly int[][] _labels = [.. Enumerable.Range(0, labels.Starts.Length - 1)
        .Select(item => labels[item].ToArray().Distinct().Order().ToArray())];

    public string Suffix => "";

    public string Formula => "1 - labels in common / labels of either";

    public double Between(int item, int other)
    {
        int[] a = _labels[item], b = _labels[other];
        if (a.Length == 0 || b.Length == 0) return double.NaN;
        int common = 0;
        for (int n = 0, m = 0; n < a.Length && m < b.Length;)
        {
            if (a[n] == b[m]) common++;
            (n, m) = a[n] < b[m] ? (n + 1, m) : a[n] > b[m] ? (n, m + 1) : (n + 1, m + 1);
        }
        return 1 - ((double)common / (a.Length + b.Length - common));
    }
}

/// <summary>1 − the cosine of the angle: 0 for one direction, 1 for a right angle, 2 for opposite ones.</summary>
/// <param name="embeddings">[items, d]; an item whose row is zero or has a NaN is unknown.</param>
internal sealed class EmbeddingDistance(Matrix embeddings) : IItemDistance
{
    private readonly double[] _norms =
        [.. Enumerable.Range(0, embeddings.Rows).Select(item => Math.Sqrt(Kernels.Dot(embeddings.Row(item), embeddings.Row(item))))];

    public string Suffix => "ByEmbedding";

    public string Formula => "1 - cosine of their embeddings";

    public double Between(int item, int other) =>
        1 - (Kernels.Dot(embeddings.Row(item), embeddings.Row(other)) / (_norms[item] * _norms[other])); // 0 / 0 is NaN
}
