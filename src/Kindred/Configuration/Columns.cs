using Kindred.Data;

namespace Kindred.Configuration;

/// <summary>Finds the columns that a config names.</summary>
internal static class Columns
{
    /// <param name="whose">"items" or "users".</param>
    /// <exception cref="InputException">There is no such column of labels.</exception>
    public static LabelColumn Labels(Catalog catalog, string name, string whose) => catalog.Labels.TryGetValue(name, out var column) ? column
        : throw new InputException(catalog.Labels.Count == 0
            ? $"There is no column of labels '{name}': the {whose} of these data have none."
            : $"There is no column of labels '{name}' of the {whose}; there are {string.Join(", ", catalog.Labels.Keys)}.");
}
