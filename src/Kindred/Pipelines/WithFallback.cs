using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>
/// Answers with the first recommender and, where that has less to say than was asked, fills the list up from the second. The scores of the
/// two are not comparable and are not compared: what the second one adds stands below.
/// </summary>
public sealed class WithFallback(IRecommender first, IRecommender second) : IBatchRecommender
{
    public IReadOnlyList<Candidate> Recommend(in Query query, int count) => Fill(first.Recommend(query, count), query, count);

    /// <returns>A list of the first recommender, filled up from the second.</returns>
    public IReadOnlyList<Candidate> Fill(IReadOnlyList<Candidate> list, in Query query, int count)
    {
        if (list.Count >= count) return list;

        var filled = new List<Candidate>(list);
        var present = list.Select(candidate => candidate.Item).ToHashSet();
        foreach (var candidate in second.Recommend(query, count + list.Count))
        {
            if (filled.Count == count) break;
            if (present.Add(candidate.Item)) filled.Add(candidate);
        }
        return filled;
    }

    public void Recommend(ReadOnlySpan<Query> queries, int count, RankedLists lists)
    {
        first.RecommendAll(queries, count, lists);
        // the second is asked for as many as it would be by each query alone, so those of one length go together
        var shorter = Enumerable.Range(0, queries.Length).Where(n => lists.ItemsOf(n).Length < count).ToLookup(n => lists.ItemsOf(n).Length);
        if (shorter.Count == 0) return;
        var fallback = new RankedLists();
        foreach (var group in shorter)
        {
            int[] places = [.. group];
            var asked = new Query[places.Length];
            for (int n = 0; n < places.Length; n++) asked[n] = queries[places[n]];
            second.RecommendAll(asked, count + group.Key, fallback);
            for (int n = 0; n < places.Length; n++) Fill(lists, places[n], count, fallback.ItemsOf(n), fallback.ScoresOf(n));
        }
    }

    private static void Fill(RankedLists lists, int list, int count, ReadOnlySpan<int> items, ReadOnlySpan<float> scores)
    {
        int own = lists.ItemsOf(list).Length;
        for (int n = 0; n < items.Length && lists.ItemsOf(list).Length < count; n++)
            if (!lists.ItemsOf(list)[..own].Contains(items[n])) lists.Add(list, items.Slice(n, 1), scores.Slice(n, 1));
    }
}
