using System.Collections.Concurrent;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Retrieval.Sources;

/// <summary>Scores every item and keeps the best: exact, for any model. Cost: one <see cref="IModel.Score"/> and one pass over the items.</summary>
public sealed class ModelRetriever(IModel model) : IRetriever
{
    private readonly ConcurrentBag<ModelScan> _idle = [];

    public int Retrieve(in Query query, Span<int> items, Span<float> scores)
    {
        if (!_idle.TryTake(out var scan)) scan = new(model);
        scan.Find(query, items.Length, excluded: []);
        scan.Items.CopyTo(items);
        scan.Scores.CopyTo(scores);
        _idle.Add(scan);
        return scan.Items.Length;
    }
}
