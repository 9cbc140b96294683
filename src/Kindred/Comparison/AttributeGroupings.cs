using Kindred.Data;
using Kindred.Splitting;

namespace Kindred.Comparison;

/// <summary>Groups of users and of items by what is known of them.</summary>
internal sealed class AttributeGroupings(Interactions data)
{
    /// <returns>[items]; null: it is an attribute of users.</returns>
    /// <exception cref="InputException">There is no such attribute.</exception>
    public Grouping? ForItems(string attribute) =>
        In(data.ItemAttributes, attribute) ?? (In(data.UserAttributes, attribute) is null ? throw Missing(attribute) : null);

    /// <returns>[users]; null: it is an attribute of items.</returns>
    public Grouping? ForUsers(string attribute) => In(data.UserAttributes, attribute);

    private static Grouping? In(Catalog catalog, string attribute) =>
        catalog.Labels.TryGetValue(attribute, out var labels) ? Groupings.Of(attribute, labels)
        : catalog.Texts.TryGetValue(attribute, out var texts) ? Groupings.Of(attribute, texts)
        : null;

    private InputException Missing(string attribute)
    {
        string[] known =
            [.. new[] { data.UserAttributes, data.ItemAttributes }.SelectMany(c => c.Labels.Keys.Concat(c.Texts.Keys)).Distinct()];
        return new($"There is no attribute '{attribute}' to group by; there " +
            $"are {(known.Length == 0 ? "none" : string.Join(", ", known))}.");
    }
}
