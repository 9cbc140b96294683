using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Kindred.Server.Experiments;

/// <summary>
/// A report as the store keeps it: it outlives the rows that it was made of, so that it is read although another version of Kindred wrote
/// it. What is not known any more is left out; what is missing, or cannot be read, is named.
/// </summary>
/// <param name="Missing">Figures by their names in JSON; those of a list by the name of the list.</param>
/// <param name="Version">Of the format that it was written in; 0: before there were versions.</param>
internal sealed record KeptReport<T>(T Report, int Version, IReadOnlyList<string> Missing)
{
    /// <summary>To be raised whenever the figures of a report change.</summary>
    private const int Current = 1;

    public static string Write(T report, JsonTypeInfo<T> type) =>
        new JsonObject { ["version"] = Current, ["report"] = JsonSerializer.SerializeToNode(report, type) }.ToJsonString();

    /// <exception cref="InputException">It is no report at all.</exception>
    public static KeptReport<T> Read(string experiment, string kept, JsonTypeInfo<T> type)
    {
        try
        {
            var json = JsonNode.Parse(kept)!.AsObject();
            bool isVersioned = json["report"] is JsonObject;
            int version = isVersioned ? json["version"]!.GetValue<int>() : 0;
            var missing = new SortedSet<string>(StringComparer.Ordinal);
            var whole = Mend((isVersioned ? json["report"]! : json).AsObject(), type, "", missing);
            return new(whole.Deserialize(type)!, version, [.. missing]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new InputException(
                $"The report that was kept of experiment '{experiment}' is damaged, and what it was made of is gone.", e);
        }
    }

    /// <summary>What readers of the report must know; null: nothing.</summary>
    public string? Note => Missing.Count == 0 ? null
        : $"This report was kept by {(Version > Current ? "a later" : "an earlier")} version of Kindred; these figures are missing: "
            + $"{string.Join(", ", Missing)}.";

    /// <returns>An object that can be read: with every figure that must be there, and no other.</returns>
    private static JsonObject Mend(JsonObject given, JsonTypeInfo type, string path, SortedSet<string> missing)
    {
        var whole = new JsonObject();
        foreach (var property in type.Properties.Where(property => property.Set is not null || property.AssociatedParameter is not null))
        {
            string name = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            var of = type.Options.GetTypeInfo(property.PropertyType);
            var value = Mended(given[property.Name], of, name, missing);
            bool mayMiss = Nullable.GetUnderlyingType(property.PropertyType) is not null
                || (!property.PropertyType.IsValueType && property.IsGetNullable);
            if (value is null && !mayMiss) missing.Add(name);
            bool isNeeded = property.IsRequired || property.AssociatedParameter is { HasDefaultValue: false };
            if (value is null && isNeeded && !mayMiss) value = Placeholder(of);
            if (value is not null) whole[property.Name] = value;
        }
        return whole;
    }

    /// <returns>Null: it is not there, or cannot be read.</returns>
    private static JsonNode? Mended(JsonNode? value, JsonTypeInfo type, string path, SortedSet<string> missing) => (type.Kind, value) switch
    {
        (JsonTypeInfoKind.Object, JsonObject one) => Mend(one, type, path, missing),
        (JsonTypeInfoKind.Enumerable, JsonArray all) => new JsonArray(
            [.. all.Select(one => Mended(one, type.Options.GetTypeInfo(type.ElementType!), path, missing)).Where(one => one is not null)]),
        (JsonTypeInfoKind.Object or JsonTypeInfoKind.Enumerable, _) or (_, null) => null,
        _ => IsReadable(value, type) ? value.DeepClone() : null,
    };

    private static bool IsReadable(JsonNode value, JsonTypeInfo type)
    {
        try
        {
            return value.Deserialize(type) is not null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Says as little as can be said.</summary>
    private static JsonNode? Placeholder(JsonTypeInfo type)
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable) return new JsonArray();
        if (type.Kind == JsonTypeInfoKind.Object) return Mend([], type, "", new(StringComparer.Ordinal));
        if (type.Type == typeof(string)) return "";
        if (type.Type == typeof(double)) return JsonSerializer.SerializeToNode(double.NaN, type);
        object least = Activator.CreateInstance(type.Type)!;
        foreach (string open in (string[])["Undecided", "Unknown"]) // the last one that there is
            if (type.Type.IsEnum && Enum.TryParse(type.Type, open, out object? known)) least = known;
        return JsonSerializer.SerializeToNode(least, type);
    }
}
