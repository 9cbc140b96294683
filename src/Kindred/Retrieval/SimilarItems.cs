using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Retrieval;

/// <summary>
/// Items like an item, by what a model learned: the cosine of two item embeddings where there are any, otherwise the scores of somebody
/// whose whole history is that item. Immutable; exact: every item is scored.
/// </summary>
public sealed class SimilarItems
{
    private readonly IModel _model;
    private readonly string _source;
    private readonly float[] _norms; // [items], of the embeddings; empty for a model without

    /// <param name="source">Name of the model: the source of the candidates.</param>
    public SimilarItems(IModel model, string source)
    {
        _model = model;
        _source = source;
        _norms = model is IEmbeddingModel embedding ? NormsOf(embedding.ItemEmbeddings) : [];
        IsSupported = model is IEmbeddingModel || !AnswersWithoutHistory(model);
    }

    /// <summary>False for a model that knows no similarity, such as popularity: it has the same answer whatever the history.</summary>
    public bool IsSupported { get; }

    /// <returns>At most <paramref name="count"/> items, best first, never the item itself; none when nothing is known about it.</returns>
    /// <exception cref="InputException">The model knows no similarity.</exception>
    public IReadOnlyList<Candidate> Find(int item, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)item, (uint)_model.Items.Count, nameof(item));
        if (!IsSupported) throw new InputException("This model knows no similarity between items; use one that learns from histories.");

        int items = _model.Items.Count;
        var scores = new float[items];
        if (_model is IEmbeddingModel embedding) ScoreByCosine(embedding.ItemEmbeddings, item, scores);
        else _model.Score(new Query(-1, new[] { item }), scores);
        scores[item] = float.NaN;

        var (best, bestScores) = (new int[Math.Min(count, items)], new float[Math.Min(count, items)]);
        var top = new TopK(best, bestScores);
        top.OfferAll(scores);
        top.Sort();
        var found = new Candidate[top.Count];
        for (int n = 0; n < found.Length; n++) found[n] = new(best[n], bestScores[n], _source);
        return found;
    }

    /// <summary>An item whose embedding is zero was never touched: it has no direction, 0 / 0 is NaN.</summary>
    private void ScoreByCosine(Matrix embeddings, int item, Span<float> scores)
    {
        Kernels.Multiply(embeddings, embeddings.Row(item), scores);
        for (int n = 0; n < scores.Length; n++) scores[n] /= _norms[item] * _norms[n];
    }

    private static float[] NormsOf(Matrix embeddings)
    {
        var norms = new float[embeddings.Rows];
        for (int item = 0; item < norms.Length; item++) norms[item] = MathF.Sqrt(Kernels.Dot(embeddings.Row(item), embeddings.Row(item)));
        return norms;
    }

    private static bool AnswersWithoutHistory(IModel model)
    {
        var scores = new float[model.Items.Count];
        model.Score(new Query(-1, default), scores);
        return !Array.TrueForAll(scores, float.IsNaN);
    }
}
