using System.Runtime.InteropServices;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Retrieval.Sources;

/// <summary>Proposes the neighbours of what the user had last: a look-up for each item, whatever the size of the catalogue.</summary>
/// <param name="table">Of similar items.</param>
/// <param name="recent">How many of the history's last events count.</param>
/// <param name="halfLife">Later events after which one counts half; 0: all alike.</param>
internal sealed class NeighbourRetriever(SimilarityTable table, int recent = 20, double halfLife = 0) : IRetriever
{
    private readonly ScratchPool<Dictionary<int, float>> _sums = new(() => []);

    public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
    {
        using var lease = _sums.Take();
        var sums = lease.Scratch;
        sums.Clear();
        var history = query.Liked.Span;
        for (int n = Math.Max(0, history.Length - recent); n < history.Length; n++)
        {
            if ((uint)history[n] >= (uint)table.Items) continue;
            float weight = halfLife > 0 ? MathF.Pow(2, (float)(-(history.Length - 1 - n) / halfLife)) : 1;
            var neighbours = table.NeighboursOf(history[n]);
            var similarities = table.SimilaritiesOf(history[n]);
            for (int k = 0; k < neighbours.Length; k++)
                CollectionsMarshal.GetValueRefOrAddDefault(sums, neighbours[k], out _) += weight * similarities[k];
        }
        var best = new TopK(items, scores);
        foreach (var (item, score) in sums)
            if (query.Allowed is null || query.Allowed.Contains(item)) best.Offer(item, score);
        best.Sort();
        return best.Count;
    }
}
