using System.Globalization;
using Kindred.Data;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Maps;

/// <summary>Which color each item of a map has.</summary>
/// <param name="By">The attribute, "popularity" or "age".</param>
/// <param name="Names">Of the colors.</param>
/// <param name="Of">[items of the map] A place in <paramref name="Names"/>; −1: the attribute says nothing.</param>
internal sealed record MapColors(string By, IReadOnlyList<string> Names, IReadOnlyList<int> Of)
{
    public const string Popularity = "popularity", Age = "age";

    private const int MostLabels = 9, Steps = 5;

    /// <returns>What a map can be colored by.</returns>
    public static IReadOnlyList<string> Choices(ItemMap map, Catalog catalog)
    {
        string[] attributes = [.. catalog.Labels.Keys.Order(StringComparer.Ordinal), .. catalog.Numbers.Keys.Order(StringComparer.Ordinal)];
        return [Popularity, .. map.Ages is not null && !attributes.Contains(Age) ? (string[])[Age] : [], .. attributes];
    }

    /// <param name="by">Null: the labels that say most, else popularity.</param>
    /// <exception cref="InputException">There is no such attribute.</exception>
    public static MapColors For(ItemMap map, Catalog catalog, string? by)
    {
        by ??= catalog.MainLabels ?? Popularity;
        if (by == Popularity) return InSteps(by, [.. map.Events.Select(events => (float)events)], " users");
        if (catalog.Labels.TryGetValue(by, out var labels)) return ByLabel(by, map, labels);
        if (catalog.Numbers.TryGetValue(by, out var numbers))
            return InSteps(by, [.. map.Items.Select(item => item < numbers.Values.Length ? numbers.Values.Span[item] : float.NaN)], "");
        if (by == Age && map.Ages is { } ages) return InSteps(by, ages, " days");
        throw new InputException($"Items have no attribute '{PlainText.Shorten(by)}'; a map is colored by "
            + $"{string.Join(", ", Choices(map, catalog))}.");
    }

    /// <summary>An item with several labels has the color of its rarest one among those that have a color: it says most.</summary>
    private static MapColors ByLabel(string by, ItemMap map, LabelColumn column)
    {
        int[] LabelsOf(int item) => item < column.Starts.Length - 1 ? column[item].ToArray() : [];
        var counts = map.Items.SelectMany(LabelsOf).CountBy(label => label)
            .OrderByDescending(count => count.Value).ThenBy(count => count.Key).Take(MostLabels).ToList();
        int[] colored = [.. counts.Select(count => count.Key)];
        return new(by, [.. colored.Select(column.Labels.Id)],
            [.. map.Items.Select(item => LabelsOf(item).Select(label => Array.IndexOf(colored, label)).DefaultIfEmpty(-1).Max())]);
    }

    private static MapColors InSteps(string by, IReadOnlyList<float> values, string unit)
    {
        float[] sorted = [.. values.Where(float.IsFinite).Order()];
        float[] ends = sorted.Length == 0 ? [] :
            [.. Enumerable.Range(1, Steps).Select(step => sorted[Math.Max(0, (step * sorted.Length / Steps) - 1)]).Distinct()];
        int StepOf(float value) => float.IsFinite(value) ? Array.FindIndex(ends, end => value <= end) : -1;
        // years are not counted
        bool areYears = ends.Length > 0 && ends.All(end => end is >= 1000 and < 3000 && end == MathF.Floor(end)) && unit.Length == 0;
        string TextOf(float end) => areYears
            ? end.ToString("0", CultureInfo.InvariantCulture)
            : $"{Format.Number(end >= 10 && unit.Length > 0 ? MathF.Round(end) : end)}{unit}";
        return new(by, [.. ends.Select(end => $"up to {TextOf(end)}")], [.. values.Select(StepOf)]);
    }
}
