using Kindred.Data;

namespace Kindred.Models.Factorization;

/// <summary>Reads a list of features such as <c>user + item + item.* + hour</c> against the columns that data has.</summary>
internal static class FeatureNames
{
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
    public static IReadOnlyList<(string Name, FeatureSource Source, string Column)> Resolve(string text, Interactions data)
    {
        var features = new List<(string Name, FeatureSource Source, string Column)>();
        foreach (string name in text.Split(['+', ',', ';', '|'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            features.AddRange(Matching(name, data));
        features = [.. features.Distinct()];
        if (!features.Exists(f => f.Source >= FeatureSource.Item))
            throw new InputException($"Features must name something of the item, such as item, was '{text}'.");
        if (features.Exists(f => f.Source is FeatureSource.Hour or FeatureSource.Weekday) && data.Histories is { HasTimes: false, Count: > 0 })
            throw new InputException("The features hour and weekday need the time of each event, and this data has none; leave them out.");
        return features;
    }

    private static IEnumerable<(string Name, FeatureSource Source, string Column)> Matching(string name, Interactions data)
    {
        var all = Columns(data).ToList();
        int group = Array.FindIndex(Groups, g => name == g.Prefix + "*");
        if (group >= 0) return all.Where(f => f.Source == Groups[group].Source && !f.IsText).Select(Named);
        if (name.EndsWith('*') && all.Exists(f => f.Name.StartsWith(name[..^1], StringComparison.Ordinal)))
            return all.Where(f => f.Name.StartsWith(name[..^1], StringComparison.Ordinal) && !f.IsText).Select(Named);
        int found = all.FindIndex(f => f.Name == name);
        if (found >= 0) return [Named(all[found])];
        int known = Array.FindIndex(Known, f => f.Name == name);
        if (known >= 0) return [(name, Known[known].Source, "")];
        string names = string.Join(", ", Known.Select(f => f.Name).Concat(all.Select(f => f.Name)).Distinct());
        throw new InputException($"There is no feature '{name}'; there are {names}.");
    }

    private static (string Name, FeatureSource Source, string Column) Named((string Name, FeatureSource Source, string Column, bool IsText) feature) =>
        (feature.Name, feature.Source, feature.Column);

    private static IEnumerable<(string Name, FeatureSource Source, string Column, bool IsText)> Columns(Interactions data) =>
        In(data.UserAttributes, FeatureSource.UserAttribute, "user.")
            .Concat(In(data.ItemAttributes, FeatureSource.ItemAttribute, "item."))
            .Concat(In(data.ItemAttributes, FeatureSource.HistoryAttribute, "history."))
            .Concat(In(data.Context, FeatureSource.Context, ""));

    private static IEnumerable<(string Name, FeatureSource Source, string Column, bool IsText)> In(Catalog catalog, FeatureSource source, string prefix) =>
        catalog.Labels.Keys.Concat(catalog.Numbers.Keys).Select(column => (prefix + column, source, column, false))
            .Concat(catalog.Texts.Keys.Select(column => (prefix + column, source, column, true)));
}
