using System.Collections.Concurrent;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Retrieval;

/// <summary>Scores every item and keeps the best: exact, for any model. Cost: one <see cref="IModel.Score"/> and one pass over the items.</summary>
/// <param name="source">The name its candidates carry.</param>
public sealed class ModelRetriever(IModel model, string source) : IRetriever
{
    private readonly ConcurrentBag<ModelScan> _idle = [];

    public void Retrieve(in Query query, int count, Candidates candidates)
    {
        if (!_idle.TryTake(out var scan)) scan = new(model);
        scan.Find(query, count, excluded: []);
        for (int n = 0; n < scan.Items.Length; n++) candidates.Add(new(scan.Items[n], scan.Scores[n], source));
        _idle.Add(scan);
    }
}
