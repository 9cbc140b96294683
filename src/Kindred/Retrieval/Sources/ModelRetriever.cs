using System.Collections.Concurrent;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Retrieval.Sources;

/// <summary>
/// Scores every item and keeps the best: exact, for any model. Cost: one <see cref="IModel.Score"/> and one pass over the items.
/// </summary>
internal sealed class ModelRetriever(IModel model) : IRetriever
{
    private readonly ConcurrentBag<ModelScan> _idle = []; // as many as there are threads

    public bool CanExcludeHistory => true;

    public IModel? Model => model;

    public int ItemCount => model.Items.Count;

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        if (!_idle.TryTake(out var scan)) scan = new(model);
        scan.Find(query, items.Length);
        int length = scan.Items.Length;
        scan.Items.CopyTo(items);
        scan.Scores.CopyTo(scores);
        _idle.Add(scan);
        return length;
    }

    public void RetrieveAll(ReadOnlySpan<Query> queries, int count, RankedLists lists)
    {
        lists.Reset(queries.Length, Math.Min(count, model.Items.Count));
        if (!_idle.TryTake(out var scan)) scan = new(model);
        for (int n = 0; n < queries.Length; n++)
        {
            scan.Find(queries[n], count);
            lists.Add(n, scan.Items, scan.Scores);
        }
        _idle.Add(scan);
    }
}
