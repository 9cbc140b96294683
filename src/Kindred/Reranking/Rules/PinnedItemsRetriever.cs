using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Reranking.Rules;

/// <summary>
/// Proposes what rules pin, so that it is in the list whatever the other sources propose: the first allowed item of each pin.
/// </summary>
/// <remarks>Which of several items is first does not depend on the user; pins about one item are meant. Cost: a pin whose condition
/// compares item and request, up to the catalog.</remarks>
/// <param name="count">How many items there are.</param>
internal sealed class PinnedItemsRetriever(RuleSet rules, int count) : IRetriever
{
    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        int found = 0;
        foreach (var rule in rules.Active(query))
        {
            if (rule.Kind != RuleActionKind.Pin || found == items.Length) continue;
            foreach (int item in rule.ItemsBelow(count))
            {
                if (query.Allowed?.Contains(item) == false || items[..found].Contains(item)) continue;
                (items[found], scores[found]) = (item, 1f / (found + 1));
                found++;
                break;
            }
        }
        return found;
    }
}
