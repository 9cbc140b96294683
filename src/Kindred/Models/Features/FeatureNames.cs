using Kindred.Data;

namespace Kindred.Models.Features;

/// <summary>Reads a list of features such as <c>user + item + item.* + hour</c> against the columns that data has.</summary>
internal static class FeatureNames
{
    private const int MostListed = 40;

    private static readonly (string Name, FeatureSource Source)[] Known =
    [
        ("user", FeatureSource.User), ("item", FeatureSource.Item), ("hour", FeatureSource.Hour), ("weekday", FeatureSource.Weekday),
        ("last-item", FeatureSource.LastItem), ("history", FeatureSource.History),
    ];

    private static readonly (string Prefix, FeatureSource Source)[] Groups =
    [
        ("user.", FeatureSource.UserAttribute), ("item.", FeatureSource.ItemAttribute), ("history.", FeatureSource.HistoryAttribute),
        ("context.", FeatureSource.Context),
    ];

    /// <param name="text">Names between +, comma, semicolon or bar.</param>
    /// <returns>Each once, in the order in which they are written.</returns>
    /// <exception cref="InputException">An unknown name, or no feature of the item.</exception>
    public static IReadOnlyList<FeatureName> Resolve(string text, Interactions data)
    {
        var features = Split(text).SelectMany(name => Matching(name, data)).DistinctBy(f => f.Name).ToList();
        if (!features.Exists(f => f.Source >= FeatureSource.Item)) throw NothingOfItems(text, data.ItemAttributes);
        if (features.Exists(f => f.Source is FeatureSource.Hour or FeatureSource.Weekday)
            && data.Histories is { HasTimes: false, Count: > 0 })
            throw new InputException("The features hour and weekday need the time of each event, and this data has none; leave them out.");
        return features;
    }

    /// <returns>The names as they are written.</returns>
    public static string[] Split(string text) =>
        text.Split(['+', ',', ';', '|'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <returns>The vector that a column is a number of, such as item.clip for item.clip.17; null: it is none of any.</returns>
    public static string? VectorOf(string name)
    {
        int prefix = name.IndexOf('.', StringComparison.Ordinal) + 1;
        return Catalog.VectorOf(name[prefix..]) is { } vector ? name[..prefix] + vector : null;
    }

    /// <returns>The names, of the numbers of a vector the first and the last alone.</returns>
    public static string[] WithoutNumbersOfVectors(IEnumerable<string> names) =>
        [.. names.GroupBy(name => VectorOf(name) ?? name, (_, own) => own.ToArray())
            .Select(own => own.Length == 1 ? own[0] : $"{own[0]} to {own[^1]}")];

    private static IEnumerable<FeatureName> Matching(string name, Interactions data)
    {
        var all = Columns(data).ToList();
        int group = Array.FindIndex(Groups, g => name == g.Prefix + "*");
        if (group >= 0)
        {
            FeatureName[] members = [.. all.Where(f => f.Feature.Source == Groups[group].Source && !f.IsText).Select(f => f.Feature)];
            var lengths = members.Select(f => VectorOf(f.Name)).OfType<string>().CountBy(vector => vector).ToDictionary();
            return members.Select(f => VectorOf(f.Name) is { } vector ? f with { Together = lengths[vector] } : f);
        }
        if (name.EndsWith('*'))
        {
            FeatureName[] together = [.. all.Where(f => f.Feature.Name.StartsWith(name[..^1], StringComparison.Ordinal) && !f.IsText)
                .Select(f => f.Feature)];
            if (together.Length > 0) return together.Select(f => f with { Together = together.Length });
        }
        int found = all.FindIndex(f => f.Feature.Name == name);
        if (found >= 0) return [all[found].Feature];
        int known = Array.FindIndex(Known, f => f.Name == name);
        if (known >= 0) return [new(name, Known[known].Source, "")];
        // the numbers of a vector by their common name: a vector has hundreds
        var columns = all.Select(f => VectorOf(f.Feature.Name) is { } vector ? $"{vector}.*" : f.Feature.Name);
        string[] names = [.. Known.Select(f => f.Name).Concat(columns).Distinct()];
        string[] shown = names.Length <= MostListed ? names : [.. names[..MostListed], $"{names.Length - MostListed} more"];
        bool isAttribute = name.Contains('.', StringComparison.Ordinal);
        string[] near = Spelling.NearestTo(name, names.Where(other => other.Contains('.', StringComparison.Ordinal) == isAttribute));
        throw new InputException($"There is no feature '{name}'; " + (near.Length > 0
            ? $"did you mean {string.Join(" or ", near)}?" : $"{Spelling.All(shown)}."));
    }

    private static InputException NothingOfItems(string text, Catalog items) => new(
        !text.Contains("item.", StringComparison.Ordinal) ? $"Features must name something of the item, such as item, was '{text}'."
        : items.IsEmpty ? $"The items have no attributes, so '{text}' names nothing of them; give them some, as kindred import does with "
            + "--item-attributes."
        : $"The items have only texts, and item.* stands for labels and numbers; name a text, such as item.{items.Texts.Keys.First()}.");

    private static IEnumerable<(FeatureName Feature, bool IsText)> Columns(Interactions data) =>
        In(data.UserAttributes, FeatureSource.UserAttribute, "user.")
            .Concat(In(data.ItemAttributes, FeatureSource.ItemAttribute, "item."))
            .Concat(In(data.ItemAttributes, FeatureSource.HistoryAttribute, "history."))
            .Concat(In(data.Context, FeatureSource.Context, ""));

    private static IEnumerable<(FeatureName Feature, bool IsText)> In(Catalog catalog, FeatureSource source, string prefix) =>
        catalog.Labels.Keys.Concat(catalog.Numbers.Keys).Select(column => (new FeatureName(prefix + column, source, column), false))
            .Concat(catalog.Texts.Keys.Select(column => (new FeatureName(prefix + column, source, column), true)));
}

/// <summary>A feature as it was asked for.</summary>
/// <param name="Column">In its catalog; "" for what is in none.</param>
/// <param name="Together">How many columns one beginning, such as item.clip.*, named: numbers that are a vector, and weigh 1/√ of how many
/// each.</param>
internal sealed record FeatureName(string Name, FeatureSource Source, string Column, int Together = 1);
