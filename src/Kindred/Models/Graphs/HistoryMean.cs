using Kindred.Data;
using Kindred.Models.Sgd;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Graphs;

/// <summary>
/// Embeddings of items; a history is embedded as the mean of those of its items, of length 1, each item once. Nobody has to be folded in.
/// </summary>
/// <param name="embeddings">[items, d], of length 1; zero: nothing is known of the item.</param>
/// <param name="later">Null: items that came later are not embedded.</param>
internal sealed class HistoryMean(Vocabulary items, Matrix embeddings, LaterItems? later = null) : IAttributeFoldIn
{
    public Vocabulary Items => items;

    public Matrix ItemEmbeddings => embeddings;

    public bool TryEmbed(in Query query, Span<float> embedding)
    {
        embedding.Clear();
        foreach (int item in query.ToSparseRow(items.Count).Row(0).Columns) Kernels.AddScaled(1, embeddings.Row(item), embedding);
        SgdModel.Normalize(embedding);
        return embedding.ContainsAnyExcept(0);
    }

    public Matrix? EmbedItems(Catalog attributes) => later?.Embed(attributes);

    public void Save(TensorWriter writer)
    {
        writer.Add("items", embeddings);
        later?.Save(writer);
    }

    public static HistoryMean Load(TensorFile file, Vocabulary items) =>
        new(items, file.Matrix("items"), LaterItems.Load(file, items.Count));
}
