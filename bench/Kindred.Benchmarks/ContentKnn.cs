using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Benchmarks;

/// <summary>
/// Items whose labels are like those of the user's history: the baseline for items that nobody touched. Nothing is learned.
/// </summary>
/// <remarks>
///   score(u, i) = Σ over items j of the history of u: cos(x_i, x_j)^Exponent;  x_i[label] = ln(items / items with the label)
/// </remarks>
/// <param name="Exponent">1: all of the history counts; the greater, the more its most similar items do.</param>
internal sealed record ContentKnn(string Column, double Exponent = 1) : ITrainer
{
    public TrainerSummary Summary =>
        new("content-knn", "items with similar labels", "labels of items", "labels of the catalogue", Capabilities.Personal);

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        var labels = interactions.ItemAttributes.Labels[Column];
        int items = interactions.Items.Count;
        var frequencies = new int[labels.Labels.Count];
        foreach (int label in labels.Rows.Span) frequencies[label]++;
        var weights = new float[labels.Rows.Length];
        for (int item = 0; item < items; item++)
        {
            var own = labels[item];
            var row = weights.AsSpan(labels.Starts.Span[item], own.Length);
            for (int n = 0; n < own.Length; n++) row[n] = MathF.Log((float)items / frequencies[own[n]]);
            float length = MathF.Sqrt(row.ToArray().Sum(w => w * w));
            foreach (ref float weight in row) weight /= length;
        }
        var rows = SparseMatrix.FromRows(items, frequencies.Length, labels.Starts.Span, labels.Rows.Span, weights);
        return new Model(interactions.Items, rows, (float)Exponent);
    }

    /// <param name="rows">[items, labels], each row of length 1 or empty.</param>
    private sealed class Model(Vocabulary items, SparseMatrix rows, float exponent) : IModel
    {
        private readonly SparseMatrix _byLabel = rows.Transpose();

        public Vocabulary Items => items;

        public void Score(in Query query, Span<float> scores)
        {
            for (int item = 0; item < scores.Length; item++) scores[item] = rows.Row(item).Columns.IsEmpty ? float.NaN : 0;
            var cosines = new float[scores.Length];
            var touched = new List<int>();
            foreach (int past in query.History.Span)
            {
                var own = rows.Row(past);
                for (int n = 0; n < own.Columns.Length; n++)
                {
                    var others = _byLabel.Row(own.Columns[n]);
                    for (int k = 0; k < others.Columns.Length; k++)
                    {
                        int item = others.Columns[k];
                        if (cosines[item] == 0) touched.Add(item);
                        cosines[item] += own.Values[n] * others.Values[k];
                    }
                }
                foreach (int item in touched)
                {
                    scores[item] += exponent == 1 ? cosines[item] : MathF.Pow(cosines[item], exponent);
                    cosines[item] = 0;
                }
                touched.Clear();
            }
        }

        public void Save(TensorWriter writer) => throw new NotSupportedException("A baseline of benchmarks is not kept.");
    }
}
