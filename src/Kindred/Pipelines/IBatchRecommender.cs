using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>A recommender that answers many queries together for less than one by one.</summary>
public interface IBatchRecommender : IRecommender
{
    /// <summary>The lists that <see cref="IRecommender.Recommend"/> gives to each query alone, up to rounding of equal scores.</summary>
    /// <param name="queries">Any number; some hundred are enough to be fast.</param>
    /// <param name="count">The most items in a list.</param>
    /// <param name="lists">Overwritten: list n answers <paramref name="queries"/>[n].</param>
    void Recommend(ReadOnlySpan<Query> queries, int count, RankedLists lists);
}

public static class BatchExtensions
{
    /// <summary>Together where the recommender can do that, otherwise one by one.</summary>
    public static void RecommendAll(this IRecommender recommender, ReadOnlySpan<Query> queries, int count, RankedLists lists)
    {
        if (recommender is IBatchRecommender batch)
        {
            batch.Recommend(queries, count, lists);
            return;
        }
        lists.Reset(queries.Length, count);
        for (int n = 0; n < queries.Length; n++)
            foreach (var candidate in recommender.Recommend(queries[n], count).Take(count)) lists.Add(n, [candidate.Item], [candidate.Score]);
    }
}
