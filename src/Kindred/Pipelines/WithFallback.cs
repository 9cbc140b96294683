using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>
/// Answers with the first recommender and, where that has less to say than was asked, fills the list up from the second. The scores of the
/// two are not comparable and are not compared: what the second one adds stands below.
/// </summary>
public sealed class WithFallback(IRecommender first, IRecommender second) : IRecommender
{
    public IReadOnlyList<Candidate> Recommend(in Query query, int count)
    {
        var list = first.Recommend(query, count);
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
}
