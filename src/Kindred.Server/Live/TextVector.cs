using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>
/// The vector of an item's texts, as an attribute of its entry: <c>{"of": …, "values": […]}</c>, so that it is exported, reaches other
/// servers of the store, and is learned from. Models read it as columns of numbers, <c>item.textVector.*</c>.
/// </summary>
/// <param name="Of">Hash of model and text.</param>
internal sealed record TextVector(string Of, float[] Values)
{
    /// <summary>The name of the attribute.</summary>
    public const string Name = "textVector";

    public static string KeyOf(string model, string text) => IdHash.From($"{model}\0{text}");

    /// <returns>What the attributes say in words, one attribute after the other, as <see cref="Catalog.TextsOf"/> does; "":
    /// nothing.</returns>
    public static string TextOf(JsonElement attributes, IReadOnlyList<string> names) => string.Join(". ", names
        .Select(name => attributes.TryGetProperty(name, out var value) ? string.Join(", ", CatalogChanges.LabelsOf(value)) : "")
        .Where(words => !string.IsNullOrWhiteSpace(words)));

    /// <returns>Null: the attributes have none that can be read.</returns>
    public static TextVector? In(JsonElement attributes)
    {
        if (!attributes.TryGetProperty(Name, out var vector) || vector.ValueKind != JsonValueKind.Object
            || !vector.TryGetProperty("of", out var of) || of.ValueKind != JsonValueKind.String
            || !vector.TryGetProperty("values", out var values) || values.ValueKind != JsonValueKind.Array) return null;
        var numbers = new float[values.GetArrayLength()];
        int n = 0;
        foreach (var value in values.EnumerateArray())
            if (value.ValueKind != JsonValueKind.Number || !value.TryGetSingle(out numbers[n++])) return null;
        return numbers.Length == 0 ? null : new(of.GetString()!, numbers);
    }

    /// <returns>A merge patch of the attributes.</returns>
    /// <param name="vector">Null: there is none any more.</param>
    public static string PatchOf(TextVector? vector)
    {
        JsonNode? value = vector is null ? null
            : new JsonObject { ["of"] = vector.Of, ["values"] = new JsonArray([.. vector.Values.Select(n => JsonValue.Create(n))]) };
        return new JsonObject { [Name] = value }.ToJsonString();
    }

    /// <returns>The catalog with the vectors of changed rows. Those of another length than the others are not taken.</returns>
    /// <param name="changed">By row; the catalog's columns already have nothing there.</param>
    public static Catalog Into(Catalog catalog, IReadOnlyDictionary<int, JsonElement> changed)
    {
        var vectors = changed.Select(pair => (Row: pair.Key, Vector: In(pair.Value))).Where(pair => pair.Vector is not null)
            .OrderBy(pair => pair.Row).ToArray();
        if (vectors.Length == 0) return catalog;
        int known = catalog.Numbers.Keys.Count(column => Catalog.VectorOf(column) == Name);
        int length = known > 0 ? known : vectors[0].Vector!.Values.Length;
        var numbers = catalog.Numbers.ToDictionary();
        for (int n = 0; n < length; n++)
        {
            var values = new float[catalog.Count];
            if (known > 0) numbers[$"{Name}.{n}"].Values.CopyTo(values);
            else values.AsSpan().Fill(float.NaN);
            foreach (var (row, vector) in vectors) if (vector!.Values.Length == length) values[row] = vector.Values[n];
            numbers[$"{Name}.{n}"] = new(values);
        }
        return catalog with { Numbers = numbers };
    }
}
