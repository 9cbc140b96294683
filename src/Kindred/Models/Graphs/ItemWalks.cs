using Kindred.Models.Features;
using Kindred.Numerics;

namespace Kindred.Models.Graphs;

/// <summary>
/// Neighbours of items by short random walks with restarts, over the users who touched them and over their labels: item, user or label,
/// item. R. Ying et al., "Graph Convolutional Neural Networks for Web-Scale Recommender Systems", KDD 2018, section 3.1; C. Eksombatchai et
/// al.,
/// "Pixie: A System for Recommending 3+ Billion Items to 200+ Million Users in Real-Time", WWW 2018.
/// </summary>
/// <remarks>
/// A step goes to one of the item's users or labels, each alike, and from there to one of its items, each alike. Labels that many items
/// have are seldom the way to any one of them, so rare labels count more without being told to. An item that nobody touched is joined by
/// its labels alone. Each item's walk has a generator of its own, so that workers change nothing. Cost: items·steps; memory:
/// items·neighbours.
/// </remarks>
internal sealed class ItemWalks
{
    private const int BlockItems = 256;

    private readonly WalkOptions _options;
    private readonly SparseMatrix _byItem, _byUser, _labels, _byLabel;
    private readonly SparseMatrix? _late; // [late items], labels

    /// <param name="rows">[items], features; those in columns of labels are the labels to walk by.</param>
    public ItemWalks(WalkOptions options, Interactions data, FeatureSpace space, FeatureRows rows)
        : this(options, data.ByItem, data.ByUser, space, rows, null)
    {
    }

    /// <param name="late">Features of items that follow the others: walks begin at them and never come to them. Null: none.</param>
    public ItemWalks(
        WalkOptions options, SparseMatrix byItem, SparseMatrix byUser, FeatureSpace space, FeatureRows rows, FeatureRows? late)
    {
        (_options, _byItem, _byUser) = (options, byItem, byUser);
        var isLabel = new bool[space.Columns];
        foreach (var field in space.Fields)
            if (field is { Source: FeatureSource.ItemAttribute, Number: null })
                foreach (int column in field.Columns) if (column >= 0) isLabel[column] = true;
        _labels = LabelsOf(rows, isLabel);
        _byLabel = _labels.Transpose();
        _late = late is null ? null : LabelsOf(late, isLabel);
    }

    /// <returns>
    /// [items, items]: the Neighbours most visited others of each item, by the share of their visits in those of all that are kept; equal
    /// visits: the lower index first.
    /// </returns>
    /// <param name="withUsers">False: as if nobody had touched the item that the walk begins at.</param>
    public SparseMatrix Neighbourhoods(bool withUsers, Rng rng, int workers, CancellationToken cancellation)
    {
        int items = _byItem.Rows;
        var neighbours = new (int Item, float Weight)[items][];
        Blocks.ForEach(items, BlockItems, workers, (first, end) =>
        {
            for (int item = first; item < end; item++) neighbours[item] = NeighboursOf(item, withUsers, rng.Fork("walk", item));
        }, cancellation);
        var starts = new int[items + 1];
        for (int item = 0; item < items; item++) starts[item + 1] = starts[item] + neighbours[item].Length;
        return SparseMatrix.FromRows(
            items, items, starts, neighbours.SelectMany(row => row).Select(n => n.Item).ToArray(),
            neighbours.SelectMany(row => row).Select(n => n.Weight).ToArray());
    }

    /// <returns>Other items by how often a walk of Steps steps came to them.</returns>
    public Dictionary<int, int> Visits(int item, bool withUsers, Rng rng)
    {
        var visits = new Dictionary<int, int>();
        int at = item;
        for (int step = 0; step < _options.Steps; step++)
        {
            if (rng.NextFloat() < _options.Restart) at = item;
            at = Step(at, withUsers || at != item, rng);
            if (at < 0) break; // there is no way from here, and there never was one
            if (at != item) visits[at] = visits.GetValueOrDefault(at) + 1;
        }
        return visits;
    }

    /// <returns>The Neighbours most visited others, and their shares of the visits.</returns>
    public (int Item, float Weight)[] NeighboursOf(int item, bool withUsers, Rng rng)
    {
        var kept = Visits(item, withUsers, rng).OrderByDescending(v => v.Value).ThenBy(v => v.Key).Take(_options.Neighbours).ToArray();
        float all = kept.Sum(v => v.Value);
        return [.. kept.Select(v => (v.Key, v.Value / all))];
    }

    // an item two edges away; −1: there is no edge
    private int Step(int item, bool withUsers, Rng rng)
    {
        var users = withUsers ? _byItem.Row(item).Columns : [];
        var labels = item < _labels.Rows ? _labels.Row(item).Columns : _late!.Row(item - _labels.Rows).Columns;
        if (users.IsEmpty && labels.IsEmpty) return -1;
        bool byLabel = users.IsEmpty || (!labels.IsEmpty && rng.NextFloat() < _options.LabelShare);
        var items = byLabel ? _byLabel.Row(OneOf(labels, rng)).Columns : _byUser.Row(OneOf(users, rng)).Columns;
        return items.IsEmpty ? -1 : OneOf(items, rng); // a label of late items alone
    }

    private static int OneOf(ReadOnlySpan<int> choices, Rng rng) => choices[rng.NextInt(choices.Length)];

    private static SparseMatrix LabelsOf(FeatureRows rows, bool[] isLabel)
    {
        var starts = new int[rows.Count + 1];
        var columns = new List<int>();
        for (int item = 0; item < rows.Count; item++)
        {
            foreach (int column in rows.ColumnsOf(item)) if (isLabel[column]) columns.Add(column);
            starts[item + 1] = columns.Count;
        }
        int[] all = [.. columns];
        return SparseMatrix.FromRows(rows.Count, isLabel.Length, starts, all, new float[all.Length]);
    }
}

/// <param name="Steps">Of the walk that begins at each item.</param>
/// <param name="Restart">How likely a step begins at the item again.</param>
/// <param name="LabelShare">How likely a step goes by a label where there are users too.</param>
/// <param name="Neighbours">The most visited items that are kept.</param>
internal sealed record WalkOptions(int Steps, float Restart, float LabelShare, int Neighbours);
