using Kindred.Data;
using Kindred.Reports.Markup;

namespace Kindred.Server.Dashboard;

/// <summary>What items are called, by what answers now.</summary>
internal sealed class ItemTitles(Served served)
{
    /// <returns>Its id, where it has no title.</returns>
    public string Of(string id) =>
        served.Interactions.Items.TryGetIndex(id, out int item) && item < served.Catalog.Count && served.Catalog.TitleOf(item) is { } title
            ? title : id;

    private readonly LabelColumn? _labels = served.Catalog.MainLabels is { } name ? served.Catalog.Labels[name] : null;

    /// <returns>The labels of an item, such as its genres.</returns>
    public IReadOnlyList<string> LabelsOf(string id)
    {
        if (!served.Interactions.Items.TryGetIndex(id, out int item) || item >= served.Catalog.Count) return [];
        return _labels is not { } column ? [] : [.. column[item].ToArray().Select(column.Labels.Id)];
    }
}

/// <summary>Recommended items as cards: what each is, and why it is there.</summary>
internal static class ItemCards
{
    private const int MostReasons = 2, MostLabels = 4;

    /// <param name="others">Items of a list beside; one that is not in it is marked.</param>
    public static void Write(
        PageWriter page, IReadOnlyList<RecommendedItem> items, ItemTitles titles, string label, IReadOnlySet<string>? others = null)
    {
        var html = page.Html;
        if (items.Count == 0)
        {
            html.Element("p", "Nothing: there is no item that could be recommended.");
            return;
        }
        using (html.In("ol", ("class", "cards"), ("aria-label", label)))
            for (int n = 0; n < items.Count; n++)
                using (html.In("li")) Write(page, items[n], n + 1, titles, others?.Contains(items[n].ItemId) == false);
    }

    /// <returns>How an item came to its place, in a sentence.</returns>
    public static string WayOf(ItemExplanation way)
    {
        string sources = string.Join(", ", way.Sources.Select(source => $"{source.Source} at {Format.Count(source.Rank)}"));
        string stages = string.Join("; ", way.Stages.Select(stage => stage.RankAfter == 0 ? $"{stage.Stage} removed it"
            : $"{stage.Stage} {stage.RankBefore} → {stage.RankAfter}" + ReasonsOf(stage.Reasons)));
        return (sources.Length > 0 ? $"Proposed by {sources}." : "") + (stages.Length > 0 ? $" {stages}." : "");
    }

    private static void Write(PageWriter page, RecommendedItem item, int place, ItemTitles titles, bool isOnlyHere)
    {
        var html = page.Html;
        html.Element("span", $"{place}", ("class", "place"));
        if (isOnlyHere) html.Element("span", " only here", ("class", "marker"));
        using (html.In("h3")) page.ItemLink(item.ItemId, item.Title);
        if (titles.LabelsOf(item.ItemId) is { Count: > 0 } labels)
            html.Element("p", string.Join(" · ", labels.Take(MostLabels)), ("class", "note labels"));
        if (item.Because.Count > 0)
            html.Element("p", $"Because of {string.Join(" and ", item.Because.Take(MostReasons).Select(titles.Of))}".TrimEnd('.') + ".");
        if (item.Explanation is { } way) html.Element("p", WayOf(way), ("class", "note"));
        html.Element("p", $"Score {Format.Number(item.Score)} by {item.Source}"
            + (item.Propensity is { } chance ? $", shown with a chance of {Format.Percent(chance)}" : "") + ".", ("class", "note"));
    }

    private static string ReasonsOf(IReadOnlyList<Pipelines.Reason> reasons) => reasons.Count == 0 ? ""
        : $" ({string.Join(", ", reasons.Take(MostReasons).Select(reason =>
            reason.Amount is { } amount ? $"{reason.What}: {Format.Number(amount)}" : reason.What))})";
}
