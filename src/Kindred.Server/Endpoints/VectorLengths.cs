using System.Text.Json;
using Kindred.Data;
using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.Server.Endpoints;

/// <summary>Vectors among attributes that no model can take: of another length than the others, or with a number out of range.</summary>
internal static class VectorLengths
{
    /// <param name="known">What answers know of users, or of items.</param>
    public static IEnumerable<ConflictAnswer> ConflictsIn(IReadOnlyList<CatalogEntry> entries, Catalog known)
    {
        var lengths = known.Numbers.Keys.Select(Catalog.VectorOf).OfType<string>().CountBy(name => name)
            .ToDictionary(StringComparer.Ordinal);
        foreach (var entry in entries.Where(entry => entry.Attributes.Contains('[')))
        {
            using var attributes = JsonDocument.Parse(entry.Attributes);
            foreach (var attribute in attributes.RootElement.EnumerateObject())
            {
                if (attribute.Value.ValueKind != JsonValueKind.Array || attribute.Value.GetArrayLength() is not (> 0 and var length)
                    || attribute.Value.EnumerateArray().Any(value => value.ValueKind != JsonValueKind.Number)) continue;
                if (CatalogChanges.VectorIn(attribute.Value) is null)
                    yield return new(entry.Id, attribute.Name, "numbers", "numbers out of range");
                else if (!lengths.TryAdd(attribute.Name, length) && lengths[attribute.Name] != length)
                    yield return new(entry.Id, attribute.Name, $"{lengths[attribute.Name]} numbers", $"{length} numbers");
            }
        }
    }
}
