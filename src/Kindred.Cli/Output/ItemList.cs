using Kindred.Data;
using Kindred.Pipelines;

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

    /// <summary>The title where there is one, otherwise the id.</summary>
    private string NameOf(int item) => catalog.TitleOf(item) ?? items.Id(item);

    /// <summary>The first few labels of the item; "" where there are none.</summary>
    private string KindsOf(int item) => Kinds is { } column
        ? string.Join(", ", column[item].ToArray().Take(MostKinds).Select(column.Labels.Id)) : "";

    private bool HasTitles => catalog.Texts.Count > 0 && Enumerable.Range(0, catalog.Count).Any(item => catalog.TitleOf(item) is not null);

    /// <param name="reasons">[candidates]: past items that speak for it.</param>
    public Grid ToGrid(IReadOnlyList<Candidate> candidates, IReadOnlyList<IReadOnlyList<int>> reasons)
    {
        bool titled = HasTitles, explained = reasons.Any(r => r.Count > 0);
        List<Column> columns = [new("rank", IsNumber: true), new("item")];
        if (titled) columns.Add(new("title", Wraps: true));
        columns.AddRange([new("score", IsNumber: true), new("source")]);
        if (explained) columns.Add(new("because you liked", Wraps: true));
        return new(columns, [.. candidates.Select((candidate, n) =>
        {
            List<string> row = [$"{n + 1}", items.Id(candidate.Item)];
            if (titled) row.Add(TitleOf(candidate.Item));
            row.AddRange([Format.Score(candidate.Score), candidate.Source]);
            if (explained) row.Add(string.Join("; ", reasons[n].Select(NameOf)));
            return row.ToArray();
        })]);
    }

    /// <summary>Rank, title, labels and reasons: for reading, not for looking ids up.</summary>
    public Grid ToCarousel(IReadOnlyList<Candidate> candidates, IReadOnlyList<IReadOnlyList<int>> reasons)
    {
        List<Column> columns = [new("#", IsNumber: true), new("recommended", Wraps: true)];
        bool explained = reasons.Any(r => r.Count > 0);
        if (explained) columns.Add(new("because you liked", Wraps: true));
        if (KindsName is { } kinds) columns.Add(new(kinds, Wraps: true, IsExtra: true));
        return new(columns, [.. candidates.Select((candidate, n) =>
        {
            List<string> row = [$"{n + 1}", TitleOf(candidate.Item)];
            if (explained) row.Add(string.Join("; ", reasons[n].Select(NameOf)));
            if (Kinds is not null) row.Add(KindsOf(candidate.Item));
            return row.ToArray();
        })]);
    }

    /// <param name="reasons">[candidates]</param>
    public object[] ToJson(IReadOnlyList<Candidate> candidates, IReadOnlyList<IReadOnlyList<int>> reasons) =>
        [.. candidates.Select((c, n) => new
        {
            rank = n + 1,
            itemId = items.Id(c.Item),
            title = catalog.TitleOf(c.Item),
            c.Score,
            c.Source,
            because = reasons[n].Count == 0 ? null : reasons[n]
                .Select(past => new { itemId = items.Id(past), title = catalog.TitleOf(past) }).ToArray(),
        })];
}
