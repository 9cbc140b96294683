using System.Collections.Concurrent;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval.Sources;

namespace Kindred.Retrieval;

/// <summary>Any model alone: every item scored, the history left out. Cost of a query: as <see cref="ModelRetriever"/>.</summary>
/// <param name="source">The name its candidates carry.</param>
internal sealed class ModelRecommender(IModel model, string source) : IBatchRecommender
{
    private readonly ConcurrentBag<ModelScan> _idle = []; // as many as there are threads

    public IReadOnlyList<Candidate> Recommend(in Query query, int count)
    {
        var lists = new RankedLists();
        Recommend(new ReadOnlySpan<Query>(in query), count, lists);
        return lists.CandidatesOf(0, source);
    }

    public void Recommend(ReadOnlySpan<Query> queries, int count, RankedLists lists)
    {
        lists.Reset(queries.Length, Math.Min(count, model.Items.Count));
        if (!_idle.TryTake(out var scan)) scan = new(model);
        for (int n = 0; n < queries.Length; n++)
        {
            scan.Find(queries[n], count, queries[n].History.Span);
            lists.Add(n, scan.Items, scan.Scores);
        }
        _idle.Add(scan);
    }
}
