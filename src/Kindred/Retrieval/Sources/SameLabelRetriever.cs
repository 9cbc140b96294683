using System.Runtime.InteropServices;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Retrieval.Sources;

/// <summary>
/// Proposes what shares a label, a creator or a category, with what the user had last. An item scores 1 / (events since) for each shared
/// label, and a little for being popular, so that the order among equals means something.
/// </summary>
internal sealed class SameLabelRetriever : IRetriever
{
    private readonly LabelColumn _labels;
    private readonly int[][] _itemsOf; // [labels], the most popular first
    private readonly float[] _share; // [items], of the most popular one's events, below 1
    private readonly int _recent;
    private readonly ScratchPool<Scratch> _scratch = new(() => new([], []));

    /// <param name="labels">[items]</param>
    /// <param name="recent">How many of the history's last events count.</param>
    public SameLabelRetriever(Interactions interactions, LabelColumn labels, int recent = 10)
        : this(CountsOf(interactions), labels, recent) { }

    /// <param name="counts">[items] Events of each.</param>
    /// <param name="labels">[items]</param>
    /// <param name="recent">As above.</param>
    public SameLabelRetriever(int[] counts, LabelColumn labels, int recent)
    {
        (_labels, _recent) = (labels, recent);
        int most = counts.Length == 0 ? 0 : counts.Max();
        _share = Array.ConvertAll(counts, count => count / (most + 1f));
        var items = new List<int>[labels.Labels.Count];
        for (int label = 0; label < items.Length; label++) items[label] = [];
        for (int item = 0; item < counts.Length; item++) foreach (int label in labels[item]) items[label].Add(item);
        _itemsOf = [.. items.Select(list => list.OrderByDescending(item => counts[item]).ToArray())]; // stable: equal ones by item
    }

    private static int[] CountsOf(Interactions interactions)
    {
        var counts = new int[interactions.Items.Count];
        foreach (int item in interactions.Histories.Items.Span) counts[item]++;
        return counts;
    }

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        using var lease = _scratch.Take();
        var (weights, sums) = lease.Scratch;
        weights.Clear();
        sums.Clear();
        var history = query.Liked.Span;
        for (int n = Math.Max(0, history.Length - _recent); n < history.Length; n++)
            foreach (int label in _labels[history[n]]) weights[label] = weights.GetValueOrDefault(label) + (1f / (history.Length - n));

        foreach (var (label, weight) in weights)
        {
            // the most popular ones alone: a label of half the catalogue is no news
            foreach (int item in _itemsOf[label].AsSpan(0, Math.Min(_itemsOf[label].Length, 2 * items.Length)))
            {
                if (query.Allowed?.Contains(item) == false) continue;
                ref float sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, item, out bool isThere);
                sum = (isThere ? sum : _share[item] * 0.01f) + weight;
            }
        }
        var best = new TopK(items, scores);
        foreach (var (item, score) in sums) best.Offer(item, score);
        best.Sort();
        return best.Count;
    }

    /// <param name="Weights">Of labels.</param>
    /// <param name="Sums">Of items.</param>
    private sealed record Scratch(Dictionary<int, float> Weights, Dictionary<int, float> Sums);
}
