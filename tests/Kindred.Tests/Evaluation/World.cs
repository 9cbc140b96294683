using Kindred.Data;
using Kindred.Evaluation.Metrics;
using Kindred.Numerics;
using Kindred.Splitting;

namespace Kindred.Tests.Evaluation;

/// <summary>Everything that a metric may ask for: training data, labels and embeddings of items, items in groups.</summary>
internal sealed record World(Interactions Train, string[][] Labels, Matrix Embeddings, Grouping Groups)
{
    /// <summary>Everything at random. Some items have no label, or an embedding of zeros.</summary>
    public static World Random(Interactions train, int seed)
    {
        var rng = new Rng((ulong)seed);
        int items = train.Items.Count;
        string[][] labels = [.. Enumerable.Range(0, items).Select(_ =>
            Enumerable.Range(0, rng.NextInt(4)).Select(_ => "abcde"[rng.NextInt(5)].ToString()).Distinct().ToArray())];
        var embeddings = new Matrix(items, 3);
        for (int item = 0; item < items; item++)
            if (rng.NextInt(6) > 0) foreach (ref float value in embeddings.Row(item)) value = (float)rng.NextNormal();
        return new(
            train, labels, embeddings, new("brand", ["x", "y", "z"], Enumerable.Range(0, items).Select(_ => rng.NextInt(4) - 1).ToArray()));
    }

    public MetricContext Background => new(Train)
    {
        Items = Catalog.Empty(Train.Items.Count) with { Labels = new Dictionary<string, LabelColumn> { ["genres"] = ColumnOf(Labels) } },
        Embeddings = Embeddings,
        ItemGroupings = [Groups],
    };

    public static LabelColumn ColumnOf(params string[][] labels)
    {
        string[] names = [.. labels.SelectMany(own => own).Distinct()];
        int[] starts = [0, .. labels.Select(own => own.Length)];
        for (int n = 1; n < starts.Length; n++) starts[n] += starts[n - 1];
        return new(starts, labels.SelectMany(own => own).Select(label => Array.IndexOf(names, label)).ToArray(), new Vocabulary(names));
    }
}
