using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kindred.Configuration;

/// <summary>
/// Compares JSON with the types it is to become: unknown and missing names, kinds, types and ranges, each with its place and what there is.
/// </summary>
internal sealed class ConfigShape(ConfigText text)
{
    /// <exception cref="InputException">The first thing that does not fit.</exception>
    public void Check(JsonElement json, Type type, string path)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(JsonObject)) Expect(json, path, "an object", JsonValueKind.Object);
        else if (type == typeof(string)) Expect(json, path, "a text in quotes", JsonValueKind.String);
        else if (type == typeof(int) || type == typeof(long)) CheckWhole(json, path);
        else if (type == typeof(double) || type == typeof(float)) Expect(json, path, "a number", JsonValueKind.Number);
        else if (type.IsEnum) CheckEnum(json, type, path);
        else if (ItemOf(type, typeof(IReadOnlyDictionary<,>)) is { } value) CheckMap(json, value, path);
        else if (type.IsArray || ItemOf(type, typeof(IReadOnlyList<>)) is not null)
            CheckList(json, type.GetElementType() ?? type.GetGenericArguments()[0], path);
        else CheckObject(json, type, path);
    }

    private static Type? ItemOf(Type type, Type shape) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == shape ? type.GetGenericArguments()[^1] : null;

    private void CheckWhole(JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Number || !json.TryGetInt64(out _)) throw Wrong(path, "a whole number");
    }

    private void CheckEnum(JsonElement json, Type type, string path)
    {
        string[] names = [.. Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName)];
        if (json.ValueKind != JsonValueKind.String || !names.Contains(json.GetString()))
            throw Wrong(path, $"one of {string.Join(", ", names)}");
    }

    private void CheckMap(JsonElement json, Type value, string path)
    {
        Expect(json, path, "an object", JsonValueKind.Object);
        foreach (var member in json.EnumerateObject()) Check(member.Value, value, $"{path}.{member.Name}");
    }

    private void CheckList(JsonElement json, Type item, string path)
    {
        Expect(json, path, "a list in brackets", JsonValueKind.Array);
        int n = 0;
        foreach (var element in json.EnumerateArray()) Check(element, item, $"{path}[{n++}]");
    }

    private void CheckObject(JsonElement json, Type type, string path)
    {
        Expect(json, path, "an object", JsonValueKind.Object);
        string what = "the pipeline";
        if (ConfigJson.KindsOf(type) is { Count: > 0 } kinds)
        {
            string names = string.Join(", ", kinds.Select(kind => kind.Name));
            if (!json.TryGetProperty(ConfigJson.Kind, out var kind))
                throw new InputException($"{text.At(path)}: a kind is missing; there are {names}.");
            if (kind.ValueKind != JsonValueKind.String
                || kinds.FirstOrDefault(entry => entry.Name == kind.GetString()) is not { Type: not null } found)
                throw new InputException(
                    $"{text.At($"{path}.{ConfigJson.Kind}")}: there is no kind {kind.GetRawText()} here; there are {names}.");
            (what, type) = (found.Name, found.Type);
        }
        else if (path != "$") what = path[(path.LastIndexOf('.') + 1)..];
        var members = ConfigJson.MembersOf(type);
        foreach (var member in json.EnumerateObject())
        {
            string at = $"{path}.{member.Name}";
            if (member.Name == ConfigJson.Kind && ConfigJson.KindsOf(type).Count > 0) continue;
            if (!members.TryGetValue(member.Name, out var property))
                throw new InputException($"{text.At(at)}: {what} has no '{member.Name}'{Spelling.Hint(member.Name, [.. members.Keys])}");
            Check(member.Value, property.PropertyType, at);
            CheckRange(member.Value, property, at);
        }
        foreach (var (name, property) in members)
            if (property.IsDefined(typeof(RequiredMemberAttribute)) && !json.TryGetProperty(name, out _))
                throw new InputException($"{text.At(path)}: {what} needs '{name}'.");
    }

    private void CheckRange(JsonElement json, PropertyInfo property, string path)
    {
        object? value = json.ValueKind switch
        {
            JsonValueKind.Number => json.GetDouble(),
            JsonValueKind.Array => Numbers(json.EnumerateArray()),
            JsonValueKind.Object => Numbers(json.EnumerateObject().Select(member => member.Value)),
            _ => null,
        };
        if (value is not null && OptionCheck.Violation(property, value) is { } sentence)
            throw new InputException($"{text.At(path)}: {sentence}");
    }

    private static double[] Numbers(IEnumerable<JsonElement> values) =>
        [.. values.Where(value => value.ValueKind == JsonValueKind.Number).Select(value => value.GetDouble())];

    private void Expect(JsonElement json, string path, string what, JsonValueKind kind)
    {
        if (json.ValueKind != kind) throw Wrong(path, what);
    }

    private InputException Wrong(string path, string what) =>
        new($"{text.At(path)}: {(path == "$" ? "a pipeline" : path[(path.LastIndexOf('.') + 1)..])} must be {what}.");
}
