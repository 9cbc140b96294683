using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Retrieval.Sources;

/// <summary>Proposes what the user had last, each item once: to continue with. Needs a pipeline that lets seen items through.</summary>
internal sealed class LastViewedRetriever : IRetriever
{
    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        var history = query.History.Span;
        int count = 0;
        for (int n = history.Length - 1; n >= 0 && count < items.Length; n--)
        {
            if (items[..count].Contains(history[n]) || (query.Allowed is { } allowed && !allowed.Contains(history[n]))) continue;
            (items[count], scores[count]) = (history[n], 1f / (1 + count));
            count++;
        }
        return count;
    }
}
