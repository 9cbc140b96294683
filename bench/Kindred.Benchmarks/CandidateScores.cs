using Kindred.Models;
using Kindred.Numerics.Dense;

namespace Kindred.Benchmarks;

/// <summary>Scores chosen items alone, as a ranker of candidates does.</summary>
internal static class CandidateScores
{
    /// <summary>The query is embedded once; then each candidate costs one inner product.</summary>
    /// <param name="items">[candidates]</param>
    /// <param name="scores">[candidates], overwritten when the result is true; NaN for an item without an embedding.</param>
    /// <returns>False when nothing is known of the query.</returns>
    public static bool TryScore(this IEmbeddingModel model, in Query query, ReadOnlySpan<int> items, Span<float> scores)
    {
        if (scores.Length != items.Length) throw new ArgumentException($"{scores.Length} scores for {items.Length} items.", nameof(scores));
        var embeddings = model.ItemEmbeddings;
        Span<float> embedding = embeddings.Columns <= 256 ? stackalloc float[embeddings.Columns] : new float[embeddings.Columns];
        if (!model.TryEmbed(query, embedding)) return false;
        GatheredRows.Multiply(embeddings, items, 0, embedding, scores);
        for (int n = 0; n < items.Length; n++)
            if (scores[n] == 0 && !embeddings.Row(items[n]).ContainsAnyExcept(0)) scores[n] = float.NaN;
        return true;
    }
}
