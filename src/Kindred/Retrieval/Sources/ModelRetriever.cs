using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Retrieval.Sources;

/// <summary>
/// Scores every item and keeps the best: exact, for any model. Cost: one <see cref="IModel.Score"/> and one pass over the items.
/// </summary>
internal sealed class ModelRetriever(IModel model) : IRetriever
{
    private readonly ScratchPool<ModelScan> _scans = new(() => new(model));

    public bool CanExcludeHistory => true;

    public IModel? Model => model;

    public int ItemCount => model.Items.Count;

    public IRetriever? Exhaustive => this;

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        using var lease = _scans.Take();
        var scan = lease.Scratch;
        scan.Find(query, items.Length);
        scan.Items.CopyTo(items);
        scan.Scores.CopyTo(scores);
        return scan.Items.Length;
    }

    public void RetrieveAll(ReadOnlySpan<Query> queries, int count, RankedLists lists)
    {
        lists.Reset(queries.Length, Math.Min(count, model.Items.Count));
        using var lease = _scans.Take();
        for (int n = 0; n < queries.Length; n++)
        {
            lease.Scratch.Find(queries[n], count);
            lists.Add(n, lease.Scratch.Items, lease.Scratch.Scores);
        }
    }
}
