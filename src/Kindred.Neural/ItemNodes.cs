using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Models.Graphs;
using Kindred.Numerics;

namespace Kindred.Neural;

/// <summary>
/// The items of <see cref="PinSage"/> as nodes of a graph, each twice: node i is item i as it is, node items + i the item as if nobody had
/// touched it. Neighbours of both are nodes of the first kind.
/// </summary>
internal sealed class ItemNodes
{
    private readonly FeatureField? _id;
    private readonly SparseMatrix _untouched; // [items, items]
    private readonly int _layers;

    public ItemNodes(PinSage options, Interactions data, FeatureSpace space, TrainingContext context, Rng rng)
    {
        (Space, Features, _id, _layers) = (space, space.ItemRows(data), space[FeatureSource.Item], options.LayerCount);
        Numbers = new(space);
        Walks = new(options.WalkSteps, options.Restart, options.LabelShare, options.Neighbours);
        var walks = new ItemWalks(Walks, data, space, Features);
        Neighbours = walks.Neighbourhoods(withUsers: true, rng, context.Workers, context.Cancellation);
        _untouched = walks.Neighbourhoods(withUsers: false, rng, context.Workers, context.Cancellation);
    }

    public int Items => Features.Count;

    public FeatureSpace Space { get; }

    public NumberColumns Numbers { get; }

    public WalkOptions Walks { get; }

    /// <summary>[items], as they are.</summary>
    public FeatureRows Features { get; }

    /// <summary>[items, items], of items as they are.</summary>
    public SparseMatrix Neighbours { get; }

    /// <summary>Something is known of the node.</summary>
    public bool IsKnown(int node)
    {
        if (NeighboursOf(node).Length > 0) return true;
        foreach (int column in Features.ColumnsOf(node % Items)) if (column != WithoutColumn(node)) return true;
        return false;
    }

    /// <param name="outputs">Nodes to be embedded, each once.</param>
    public NodeBatch BatchOf(IReadOnlyList<int> outputs)
    {
        var nodes = new List<int>(outputs);
        var places = new Dictionary<int, int>();
        foreach (int node in outputs) places.Add(node, places.Count);
        List<long> edgeRows = [], edgePlaces = [];
        List<float> edgeWeights = [];
        int[] nodeCounts = new int[_layers + 1], edgeCounts = new int[_layers + 1];
        nodeCounts[_layers] = nodes.Count;
        for (int layer = _layers, first = 0; layer > 0; layer--)
        {
            for (int row = first; row < nodeCounts[layer]; row++)
            {
                var neighbours = NeighboursOf(nodes[row]);
                for (int n = 0; n < neighbours.Length; n++)
                {
                    if (places.TryAdd(neighbours.Columns[n], nodes.Count)) nodes.Add(neighbours.Columns[n]);
                    edgeRows.Add(row);
                    edgePlaces.Add(places[neighbours.Columns[n]]);
                    edgeWeights.Add(neighbours.Values[n]);
                }
            }
            first = nodeCounts[layer];
            (nodeCounts[layer - 1], edgeCounts[layer]) = (nodes.Count, edgeRows.Count);
        }
        return FeaturesOf(nodes, new(nodeCounts, edgeCounts, [.. edgeRows], [.. edgePlaces], [.. edgeWeights]));
    }

    private NodeBatch FeaturesOf(List<int> nodes, NodeBatch batch)
    {
        List<long> rows = [], columns = [];
        List<float> values = [];
        var numbers = new float[nodes.Count * Numbers.Count];
        for (int row = 0; row < nodes.Count; row++)
        {
            int item = nodes[row] % Items, without = WithoutColumn(nodes[row]);
            var own = Features.ColumnsOf(item);
            for (int n = 0; n < own.Length; n++)
            {
                float value = Features.ValuesOf(item)[n];
                if (Numbers.PlaceOf(own[n]) is >= 0 and int place) numbers[(row * Numbers.Count) + place] = value;
                else if (own[n] != without)
                {
                    rows.Add(row);
                    columns.Add(own[n]);
                    values.Add(value);
                }
            }
        }
        return batch with { FeatureRows = [.. rows], FeatureColumns = [.. columns], FeatureValues = [.. values], Numbers = numbers };
    }

    private SparseRow NeighboursOf(int node) => node < Items ? Neighbours.Row(node) : _untouched.Row(node - Items);

    // the column of the id, which an item that nobody touched does not have; −1: it has all
    private int WithoutColumn(int node) => node < Items ? -1 : _id?.ColumnOf(node - Items) ?? -1;
}

/// <summary>
/// Nodes with all that their embeddings depend on. Those that a layer computes are the first ones of those it reads, and its edges the
/// first ones of all, so that a layer is given by two counts.
/// </summary>
/// <param name="NodeCounts">[layers + 1], nodes after layer k; 0: all there are, of which only the features are read.</param>
/// <param name="EdgeCounts">[layers + 1], edges of layer k; at 0 none.</param>
/// <param name="EdgeRows">[edges], the node that hears.</param>
/// <param name="EdgePlaces">[edges], the node that is heard.</param>
/// <param name="EdgeWeights">[edges], α.</param>
internal sealed record NodeBatch(int[] NodeCounts, int[] EdgeCounts, long[] EdgeRows, long[] EdgePlaces, float[] EdgeWeights)
{
    /// <summary>[features], the node of each.</summary>
    public long[] FeatureRows { get; init; } = [];

    /// <summary>[features]</summary>
    public long[] FeatureColumns { get; init; } = [];

    /// <summary>[features]</summary>
    public float[] FeatureValues { get; init; } = [];

    /// <summary>[nodes, numbers], the features that are numbers; they are not among the others.</summary>
    public float[] Numbers { get; init; } = [];
}
