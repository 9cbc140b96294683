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
        return "the value is of the wrong type, or it is not JSON"
            + IsObject([.. (type.Kind == JsonTypeInfoKind.Object ? type : root).Properties.Select(property => property.Name)]);
    }

    private static string IsObject(string[] names) => $"; it is an object of {string.Join(", ", names)}";

    private static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    [GeneratedRegex(@"\['[^']*'\]|\[\d+\]|\.[^.\[]+")]
    private static partial Regex Steps();
}
