using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>retrievers → merge by best score → stages → best <c>count</c>. Whatever the retrievers do, nothing is answered that is not allowed.</summary>
public sealed class Pipeline(IReadOnlyList<IRetriever> retrievers, IReadOnlyList<IStage> stages) : IRecommender
{
    public IReadOnlyList<Candidate> Recommend(in Query query, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var candidates = new Candidates();
        // A filter may remove the whole history, so that many more are asked for.
        foreach (var retriever in retrievers) retriever.Retrieve(query, count + query.History.Length, candidates);
        if (query.Allowed is { } allowed) candidates.RemoveWhere(candidate => !allowed.Contains(candidate.Item));
        candidates.Sort();
        if (retrievers.Count > 1) KeepBestOfEachItem(candidates);
        foreach (var stage in stages) stage.Apply(query, candidates);
        candidates.Truncate(count);
        return candidates.List;
    }

    private static void KeepBestOfEachItem(Candidates sorted)
    {
        var kept = new HashSet<int>();
        sorted.RemoveWhere(candidate => !kept.Add(candidate.Item));
    }
}
