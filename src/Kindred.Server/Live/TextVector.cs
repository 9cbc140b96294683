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
    public static TextVector? In(JsonElement attributes) => attributes.TryGetProperty(Name, out var vector) ? Read(vector) : null;

    /// <returns>Null: the value of the attribute is none.</returns>
    public static TextVector? Read(JsonElement vector) => vector.ValueKind == JsonValueKind.Object
        && vector.TryGetProperty("of", out var of) && of.ValueKind == JsonValueKind.String
        && vector.TryGetProperty("values", out var values) && CatalogChanges.VectorIn(values) is { } numbers
        ? new(of.GetString()!, numbers) : null;

    /// <returns>A merge patch of the attributes.</returns>
    /// <param name="vector">Null: there is none any more.</param>
    public static string PatchOf(TextVector? vector)
    {
        JsonNode? value = vector is null ? null
            : new JsonObject { ["of"] = vector.Of, ["values"] = new JsonArray([.. vector.Values.Select(n => JsonValue.Create(n))]) };
        return new JsonObject { [Name] = value }.ToJsonString();
    }
}
