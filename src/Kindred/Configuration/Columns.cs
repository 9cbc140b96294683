using Kindred.Data;
using Kindred.Reranking.Rules;

namespace Kindred.Configuration;

/// <summary>Finds the columns that a config names.</summary>
internal static class Columns
{
    private const string OfUser = "user.";

    /// <returns>The columns of the data, and those that requests alone have, which are empty.</returns>
    public static RuleColumns OfRules(Interactions data, IReadOnlyDictionary<string, AttributeKind> context)
    {
        var columns = RuleColumns.Of(data);
        foreach (var (name, kind) in context)
        {
            columns = name.StartsWith(OfUser, StringComparison.Ordinal)
                ? columns with { Users = With(columns.Users, name[OfUser.Length..], kind) }
                : columns with { Context = With(columns.Context, name, kind) };
        }
        return columns;
    }

    private static Catalog With(Catalog catalog, string name, AttributeKind kind)
    {
        if (catalog.Labels.ContainsKey(name) || catalog.Numbers.ContainsKey(name)) return catalog; // what the data say goes before
        float[] unknown = new float[catalog.Count];
        unknown.AsSpan().Fill(float.NaN);
        return kind == AttributeKind.Labels
            ? catalog with { Labels = new Dictionary<string, LabelColumn>(catalog.Labels) { [name] = LabelColumn.From(new string?[catalog.Count]) } }
            : catalog with { Numbers = new Dictionary<string, NumberColumn>(catalog.Numbers) { [name] = new(unknown) } };
    }

    /// <param name="whose">"items" or "users".</param>
    /// <exception cref="InputException">There is no such column of labels.</exception>
    public static LabelColumn Labels(Catalog catalog, string name, string whose) => catalog.Labels.TryGetValue(name, out var column) ? column
        : throw new InputException(catalog.Labels.Count == 0
            ? $"There is no column of labels '{name}': the {whose} of these data have none."
            : $"There is no column of labels '{name}' of the {whose}; there are {string.Join(", ", catalog.Labels.Keys)}.");
}
