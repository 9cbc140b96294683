using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Reranking.Rules;

/// <summary>Proposes what rules pin, so that it is in the list whatever the other sources propose: the first item of each pin that is allowed.</summary>
/// <remarks>Which of several items is first does not depend on the user; a pin that is about one item is meant. Cost: up to the whole catalog a pin.</remarks>
/// <param name="items">How many items there are.</param>
public sealed class PinnedItems(RuleSet rules, int items) : IRetriever
{
    public int Retrieve(in Query query, Span<int> found, Span<float> scores)
    {
        int count = 0;
        foreach (var rule in rules.Active(query))
        {
            if (rule.Kind != RuleActionKind.Pin || count == found.Length) continue;
            for (int item = 0; item < items; item++)
            {
                if (!rule.Holds(item) || query.Allowed?.Contains(item) == false || found[..count].Contains(item)) continue;
                (found[count], scores[count]) = (item, 1f / (count + 1));
                count++;
                break;
            }
        }
        return count;
    }
}
