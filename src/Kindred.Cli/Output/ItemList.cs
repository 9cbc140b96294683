using Kindred.Data;

namespace Kindred.Cli.Output;

/// <summary>Ranked items with what is known about them.</summary>
/// <param name="catalog">[items]</param>
internal sealed class ItemList(Vocabulary items, Catalog catalog)
{
    private const int MostKinds = 3;

    private static readonly string[] LabelNames = ["genres", "genre", "categories", "category", "tags"];

    /// <summary>The column that says what kind of thing an item is, such as its genres; null where there is none.</summary>
    public LabelColumn? Kinds => KindsName is { } name ? catalog.Labels[name] : null;

    private string? KindsName { get; } = LabelNames.FirstOrDefault(catalog.Labels.ContainsKey);

    /// <summary>The title, with the year where there is one; otherwise the id.</summary>
    public string TitleOf(int item)
    {
        string title = NameOf(item);
        return catalog.Numbers.TryGetValue("year", out var years) && years.Values.Span[item] is var year && year > 0
            && !title.Contains($"({year:0})", StringComparison.Ordinal) ? $"{title} ({year:0})" : title;
    }

    public string TitleOf(string id) => TitleOf(IndexOf(id));

    /// <summary>The title where there is one, otherwise the id.</summary>
    private string NameOf(int item) => catalog.TitleOf(item) ?? items.Id(item);

    /// <summary>The first few labels of the item; "" where there are none.</summary>
    private string KindsOf(int item) => Kinds is { } column
        ? string.Join(", ", column[item].ToArray().Take(MostKinds).Select(column.Labels.Id)) : "";

    private bool HasTitles => catalog.Texts.Count > 0 && Enumerable.Range(0, catalog.Count).Any(item => catalog.TitleOf(item) is not null);

    public Grid ToGrid(IReadOnlyList<RecommendedItem> ranked)
    {
        bool titled = HasTitles, explained = ranked.Any(item => item.Because.Count > 0);
        List<Column> columns = [new("rank", IsNumber: true), new("item")];
        if (titled) columns.Add(new("title", Wraps: true));
        columns.AddRange([new("score", IsNumber: true), new("source")]);
        if (explained) columns.Add(new("because you liked", Wraps: true));
        return new(columns, [.. ranked.Select((item, n) =>
        {
            List<string> row = [$"{n + 1}", item.ItemId];
            if (titled) row.Add(TitleOf(IndexOf(item.ItemId)));
            row.AddRange([Format.Score(item.Score), item.Source]);
            if (explained) row.Add(NamesOf(item.Because));
            return row.ToArray();
        })]);
    }

    /// <summary>Rank, title, labels and reasons: for reading, not for looking ids up.</summary>
    public Grid ToCarousel(IReadOnlyList<RecommendedItem> ranked)
    {
        List<Column> columns = [new("#", IsNumber: true), new("recommended", Wraps: true)];
        bool explained = ranked.Any(item => item.Because.Count > 0);
        if (explained) columns.Add(new("because you liked", Wraps: true));
        if (KindsName is { } kinds) columns.Add(new(kinds, Wraps: true, IsExtra: true));
        return new(columns, [.. ranked.Select((item, n) =>
        {
            List<string> row = [$"{n + 1}", TitleOf(IndexOf(item.ItemId))];
            if (explained) row.Add(NamesOf(item.Because));
            if (Kinds is not null) row.Add(KindsOf(IndexOf(item.ItemId)));
            return row.ToArray();
        })]);
    }

    public object[] ToJson(IReadOnlyList<RecommendedItem> ranked) =>
        [.. ranked.Select((item, n) => new
        {
            rank = n + 1,
            item.ItemId,
            item.Title,
            item.Score,
            item.Source,
            because = item.Because.Count == 0 ? null
                : item.Because.Select(past => new { itemId = past, title = catalog.TitleOf(IndexOf(past)) }).ToArray(),
        })];

    private string NamesOf(IReadOnlyList<string> ids) => string.Join("; ", ids.Select(id => NameOf(IndexOf(id))));

    private int IndexOf(string id) =>
        items.TryGetIndex(id, out int item) ? item : throw new ArgumentException($"There is no item '{id}'.", nameof(id));
}
