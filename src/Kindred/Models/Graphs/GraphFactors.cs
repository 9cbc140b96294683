using Kindred.Data;
using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Graphs;

/// <summary>Embeddings that were spread over a graph.</summary>
/// <remarks>
/// The history decides: one that was trained on gets the embedding of its user. Any other one is joined to its items, as a user without an
/// embedding of their own: x = Σ fold(i) / √|history|, see <see cref="BipartiteGraph.FoldIn"/>. Items that nobody touched say nothing.
/// </remarks>
internal sealed class GraphFactors : IEmbeddingModel
{
    private readonly bool _cosine;
    private readonly Matrix _users, _foldIn; // [users, d], [items, d]
    private readonly HistoryLookup _histories;

    /// <param name="users">[users, d]; zero: had no events.</param>
    /// <param name="items">[items, d], as served: of length 1 with cosine; zero: nobody touched the item.</param>
    public GraphFactors(Vocabulary vocabulary, bool cosine, Matrix users, Matrix items, Matrix foldIn, HistoryLookup histories)
    {
        (Items, ItemEmbeddings, _cosine, _users, _foldIn, _histories) = (vocabulary, items, cosine, users, foldIn, histories);
    }

    public Vocabulary Items { get; }

    public Matrix ItemEmbeddings { get; }

    public bool TryEmbed(in Query query, Span<float> embedding)
    {
        if (query.History.IsEmpty)
        {
            if ((uint)query.LearnedUser >= (uint)_users.Rows) return false;
            _users.Row(query.LearnedUser).CopyTo(embedding);
        }
        else
        {
            var history = query.ToSparseRow(Items.Count).Row(0);
            if (history.Length == 0) return false;
            if (_histories.TryFind(HistoryLookup.HashOf(history), out int user)) _users.Row(user).CopyTo(embedding);
            else FoldIn(history.Columns, embedding);
        }
        if (!embedding.ContainsAnyExcept(0)) return false;
        if (_cosine) SgdModel.Normalize(embedding);
        return true;
    }

    public void Save(TensorWriter writer)
    {
        writer.AddText("cosine", _cosine ? "true" : "false");
        writer.Add("users", _users);
        writer.Add("items", ItemEmbeddings);
        writer.Add("foldIn", _foldIn);
        _histories.Save(writer);
    }

    public static GraphFactors Load(TensorFile file, Vocabulary items) => new(
        items, file.Text("cosine") == "true", file.Matrix("users"), file.Matrix("items"), file.Matrix("foldIn"), HistoryLookup.Load(file));

    private void FoldIn(ReadOnlySpan<int> items, Span<float> embedding)
    {
        embedding.Clear();
        int known = 0;
        foreach (int item in items)
        {
            if (!_foldIn.Row(item).ContainsAnyExcept(0)) continue;
            known++;
            Kernels.AddScaled(1, _foldIn.Row(item), embedding);
        }
        foreach (ref float value in embedding) value /= MathF.Sqrt(Math.Max(1, known));
    }
}
