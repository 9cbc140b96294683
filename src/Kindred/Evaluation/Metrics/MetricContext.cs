using Kindred.Data;
using Kindred.Numerics;
using Kindred.Splitting;

namespace Kindred.Evaluation.Metrics;

/// <summary>What a run has for metrics that look at more than hits. Each metric takes what it needs, and says what is missing.</summary>
/// <param name="Train">What the model learned from.</param>
internal sealed record MetricContext(ItemAudience Train)
{
    private static readonly string[] UsualLabels = ["genres", "genre", "categories", "category", "tags"];

    /// <summary>Labels of items are in it.</summary>
    public Catalog? Items { get; init; }

    /// <summary>Which column of <see cref="Items"/>; null: the one with a usual name, or the only one.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>[items, d]</summary>
    public Matrix? Embeddings { get; init; }

    /// <summary>Each [items].</summary>
    public IReadOnlyList<Grouping> ItemGroupings { get; init; } = [];

    internal bool HasLabels => LabelName is { } name && LabelColumns.ContainsKey(name);

    private IReadOnlyDictionary<string, LabelColumn> LabelColumns => Items?.Labels ?? new Dictionary<string, LabelColumn>();

    private string? LabelName =>
        LabelColumn ?? UsualLabels.FirstOrDefault(LabelColumns.ContainsKey) ?? (LabelColumns.Count == 1 ? LabelColumns.Keys.First() : null);

    /// <param name="metric">As it was asked for.</param>
    internal LabelColumn LabelsFor(string metric)
    {
        var (columns, name) = (LabelColumns, LabelName);
        if (name is not null && columns.TryGetValue(name, out var labels)) return labels;
        if (columns.Count == 0)
            throw new InputException(
                $"{metric} needs labels of items, such as genres, and this data has none; import items with a column of labels.");
        string there = string.Join(", ", columns.Keys.Order(StringComparer.Ordinal));
        throw new InputException(name is null
            ? $"{metric} needs to know which labels of items to look at; there are {there}."
            : $"{metric} cannot look at the labels '{name}', which items do not have; there are {there}.");
    }

    internal Matrix EmbeddingsFor(string metric) => Embeddings
        ?? throw new InputException($"{metric} needs embeddings of items, and there are none; measure a model that has them.");

    /// <param name="name">Of the grouping; null: the only one.</param>
    internal Grouping GroupingFor(string metric, string? name)
    {
        if (ItemGroupings.Count == 0)
            throw new InputException(
                $"{metric} needs items in groups, such as those of each brand, and there are none; name a column to group by.");
        var grouping = name is null && ItemGroupings.Count == 1 ? ItemGroupings[0]
            : ItemGroupings.FirstOrDefault(g => g.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return grouping ?? throw new InputException(
            $"{metric} must name one of the groupings of items: {string.Join(", ", ItemGroupings.Select(g =>
                $"exposureParity:{g.Name}@10"))}.");
    }
}
