using System.Buffers;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Retrieval;

/// <summary>Scores every item and keeps the best: exact, for any model. Cost: one <see cref="IModel.Score"/> and one pass over the items.</summary>
/// <param name="source">The name its candidates carry.</param>
public sealed class ModelRetriever(IModel model, string source) : IRetriever
{
    public void Retrieve(in Query query, int count, Candidates candidates)
    {
        int items = model.Items.Count;
        count = Math.Min(count, items);
        var scores = ArrayPool<float>.Shared.Rent(items);
        var best = ArrayPool<int>.Shared.Rent(count);
        var bestScores = ArrayPool<float>.Shared.Rent(count);
        try
        {
            model.Score(query, scores.AsSpan(0, items));
            var top = new TopK(best.AsSpan(0, count), bestScores.AsSpan(0, count));
            top.OfferAll(scores.AsSpan(0, items));
            top.Sort();
            for (int n = 0; n < top.Count; n++) candidates.Add(new(best[n], bestScores[n], source));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(scores);
            ArrayPool<int>.Shared.Return(best);
            ArrayPool<float>.Shared.Return(bestScores);
        }
    }
}

public static class ModelExtensions
{
    /// <summary>The model alone as a recommender: every item scored, the history left out.</summary>
    public static IRecommender AsRecommender(this IModel model, string source = "model") =>
        new Pipeline([new ModelRetriever(model, source)], [new ExcludeHistory()]);
}
