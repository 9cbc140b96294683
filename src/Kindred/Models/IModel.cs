using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models;

/// <summary>A trained model: immutable and safe to share between threads.</summary>
public interface IModel
{
    Vocabulary Items { get; }

    /// <summary>Scores every item for a query; higher is better, NaN means "cannot score".</summary>
    /// <param name="scores">[items], overwritten.</param>
    void Score(in Query query, Span<float> scores);

    /// <summary>Hands its arrays to a file; the trainer's entry in <see cref="TrainerCatalog"/> reads them back.</summary>
    void Save(TensorWriter writer);
}

/// <summary>
/// A model whose score is an inner product: score(q, i) = ⟨Embed(q), ItemEmbeddings[i]⟩. That is what an index can serve.
/// </summary>
/// <remarks>An item whose embedding is zero, such as one that nobody touched, has none: it cannot be scored.</remarks>
public interface IEmbeddingModel : IModel
{
    /// <summary>[items, d]</summary>
    Matrix ItemEmbeddings { get; }

    /// <param name="embedding">[d], overwritten when the result is true.</param>
    /// <returns>False when nothing is known: an unknown user without history.</returns>
    bool TryEmbed(in Query query, Span<float> embedding);

    void IModel.Score(in Query query, Span<float> scores)
    {
        Span<float> embedding = new float[ItemEmbeddings.Columns];
        if (!TryEmbed(query, embedding))
        {
            scores.Fill(float.NaN);
            return;
        }
        Kernels.Multiply(ItemEmbeddings, embedding, scores);
        for (int item = 0; item < scores.Length; item++)
            if (scores[item] == 0 && !ItemEmbeddings.Row(item).ContainsAnyExcept(0)) scores[item] = float.NaN;
    }
}

/// <summary>A factor model that can place an item it was not trained on among the others, from the users who touched it.</summary>
public interface IItemFoldIn : IEmbeddingModel
{
    /// <param name="users">Users of the training data, in any order; one who occurs more than once counts with the sum of their
    /// weights.</param>
    /// <param name="weights">[users], the weight of each event; empty: every event weighs 1.</param>
    /// <param name="embedding">[d], overwritten when the result is true; comparable with
    /// <see cref="IEmbeddingModel.ItemEmbeddings"/>.</param>
    /// <returns>False when nothing is known: nobody, or only users who had no events.</returns>
    bool TryEmbedItem(ReadOnlySpan<int> users, ReadOnlySpan<float> weights, Span<float> embedding);
}

/// <summary>A model of embeddings that can place items it was not trained on among the others, from their attributes alone.</summary>
internal interface IAttributeFoldIn : IEmbeddingModel
{
    /// <param name="attributes">[rows], of any items; columns and labels are found by what they are called.</param>
    /// <returns>[rows, d], zeros where nothing is known; null: the model was trained without attributes of items.</returns>
    Matrix? EmbedItems(Catalog attributes);
}

/// <summary>
/// A model whose score is in the unit of the events' weights: a rating, where the source has ratings. It can be measured by its error.
/// </summary>
public interface IRatingModel : IModel
{
    /// <returns>The value predicted for an item whose score is NaN, as nothing is known of it; always a number once there was an
    /// event.</returns>
    float FallbackScore(in Query query);

    /// <summary>
    /// Predicts the values of some items: scores, and <see cref="FallbackScore"/> where there is none. A model that knows the range of the
    /// training values stays inside it here; its scores do not, as equal scores at the end of the scale could not be ranked.
    /// </summary>
    /// <param name="values">[items], overwritten.</param>
    void Predict(in Query query, ReadOnlySpan<int> items, Span<float> values)
    {
        var scores = new float[Items.Count];
        Score(query, scores);
        float unknown = FallbackScore(query);
        for (int n = 0; n < items.Length; n++) values[n] = float.IsNaN(scores[items[n]]) ? unknown : scores[items[n]];
    }
}

/// <summary>A model whose score is a sum over the query's history: it can say which past item brought how much.</summary>
public interface IExplainableModel : IModel
{
    /// <param name="contributions">[history], overwritten: one per event of the query's history; they sum to the item's score.</param>
    void Explain(in Query query, int item, Span<float> contributions);
}
