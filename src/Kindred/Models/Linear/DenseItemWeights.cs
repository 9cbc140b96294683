using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Linear;

/// <summary>The model of <see cref="ItemWeights"/> with every weight, as <see cref="Ease"/> has them where it keeps all.</summary>
/// <remarks>Memory: 4·items² bytes. Scoring reads 4·items bytes for each item of the history.</remarks>
/// <param name="weights">[items, items]: B, a row for each source</param>
internal sealed class DenseItemWeights(Vocabulary items, bool eventWeights, Matrix weights) : IExplainableModel
{
    /// <summary>The longest square that one array holds.</summary>
    public const int MostItems = 46_340;

    public Vocabulary Items => items;

    /// <returns>Bytes of a model of so many items.</returns>
    public static long BytesOf(int items) => sizeof(float) * (long)items * items;

    public static bool IsIn(TensorFile file) => file.Contains(Name);

    public static DenseItemWeights Load(TensorFile file, Vocabulary items) =>
        new(items, file.Text("eventWeights") == bool.TrueString, file.Matrix(Name));

    public void Score(in Query query, Span<float> scores)
    {
        scores.Clear();
        var history = query.ToSparseRow(items.Count).Row(0);
        for (int n = 0; n < history.Length; n++)
            Kernels.AddScaled(eventWeights ? history.Values[n] : 1, weights.Row(history.Columns[n]), scores);
        Kernels.ReplaceZeros(scores, float.NaN);
    }

    /// <summary>Events of the same item share what it brings: by their weights, or equally where weights do not count.</summary>
    public void Explain(in Query query, int item, Span<float> contributions)
    {
        var history = query.History.Span;
        for (int n = 0; n < history.Length; n++)
        {
            float observed = !query.IsLiked(n) ? 0 : eventWeights ? query.WeightOf(n) : 1f / history.Count(history[n]);
            contributions[n] = observed * weights.Row(history[n])[item];
        }
    }

    public void Save(TensorWriter writer)
    {
        writer.AddText("eventWeights", eventWeights.ToString());
        writer.Add(Name, weights);
    }

    private const string Name = "matrix";
}
