using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace Kindred.Storage;

/// <summary>What is wrong with a JSON text that people wrote, in words of the text instead of the program's.</summary>
internal static partial class JsonProblem
{
    /// <returns>What is wrong at the place that the error names, and what is right there: the end of a sentence.</returns>
    /// <param name="root">Of what was read.</param>
    public static string Of(JsonException error, JsonTypeInfo root)
    {
        if (error.InnerException is JsonException)
            return $"this is no JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1})";
        var type = root;
        foreach (string step in Steps().Matches(error.Path ?? "").Select(step => step.Value.Trim('.', '[', ']', '\'')))
        {
            if (type.Kind is JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary)
            {
                type = root.Options.GetTypeInfo(Plain(type.ElementType!));
                continue;
            }
            if (type.Kind != JsonTypeInfoKind.Object) break;
            string[] names = [.. type.Properties.Select(property => property.Name)];
            if (type.Properties.FirstOrDefault(property => property.Name == step) is not { } property)
                return (Spelling.NearestTo(step, names) is [_, ..] near
                    ? $"there is no such name (did you mean {string.Join(" or ", near)}?)" : "there is no such name") + IsObject(names);
            type = root.Options.GetTypeInfo(Plain(property.PropertyType));
        }
        if (type.Type.IsEnum)
            return $"it must be one of {string.Join(", ", Enum.GetNames(type.Type).Select(JsonNamingPolicy.CamelCase.ConvertName))}";
        return $"it must be {Expected(type)}";
    }

    private static string Expected(JsonTypeInfo type) => type.Kind switch
    {
        JsonTypeInfoKind.Object => $"an object of {string.Join(", ", type.Properties.Select(property => property.Name))}",
        JsonTypeInfoKind.Dictionary => "an object",
        JsonTypeInfoKind.Enumerable => $"a list in brackets, each {Expected(type.Options.GetTypeInfo(Plain(type.ElementType!)))}",
        _ when type.Type == typeof(string) => "a text in quotes",
        _ when type.Type == typeof(bool) => "true or false",
        _ when type.Type == typeof(int) || type.Type == typeof(long) => "a whole number",
        _ when type.Type == typeof(DateTimeOffset) || type.Type == typeof(DateTime) => "a time such as \"2026-01-31T18:30:00Z\"",
        _ when type.Type.IsPrimitive || type.Type == typeof(decimal) => "a number",
        _ => "another value",
    };

    private static string IsObject(string[] names) => $"; it is an object of {string.Join(", ", names)}";

    private static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    [GeneratedRegex(@"\['[^']*'\]|\[\d+\]|\.[^.\[]+")]
    private static partial Regex Steps();
}
