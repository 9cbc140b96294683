using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Retrieval.Sources;

/// <summary>Proposes the items that were seen first last: those that no model has had the time to learn. The same for all users.</summary>
internal sealed class NewestItemsRetriever : IRetriever
{
    private readonly int[] _items; // the newest first

    /// <param name="interactions">With times; an item that nobody touched has none and is not proposed.</param>
    public NewestItemsRetriever(Interactions interactions)
    {
        var histories = interactions.Histories;
        if (!histories.HasTimes && histories.Count > 0)
            throw new InputException("The events have no times, so that no item is newer than another; leave out this source.");
        var first = new Dictionary<int, long>();
        for (int n = 0; n < histories.Count; n++)
        {
            int item = histories.Items.Span[n];
            first[item] = Math.Min(first.GetValueOrDefault(item, long.MaxValue), histories.Times.Span[n]);
        }
        _items = [.. first.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Select(pair => pair.Key)];
    }

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        int count = 0;
        for (int n = 0; n < _items.Length && count < items.Length; n++)
        {
            if (query.Allowed is { } allowed && !allowed.Contains(_items[n])) continue;
            (items[count], scores[count]) = (_items[n], 1f / (1 + n));
            count++;
        }
        return count;
    }
}
