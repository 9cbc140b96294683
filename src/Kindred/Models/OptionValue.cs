using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Storage;

namespace Kindred.Models;

/// <summary>The value of an option as JSON: a number, true or false, a text, or the name of an enum's value in camelCase.</summary>
internal static class OptionValue
{
    public static void Write(Utf8JsonWriter writer, string name, object value)
    {
        switch (value)
        {
            case bool flag: writer.WriteBoolean(name, flag); break;
            case int whole: writer.WriteNumber(name, whole); break;
            case long whole: writer.WriteNumber(name, whole); break;
            case float number when float.IsFinite(number): writer.WriteNumber(name, number); break;
            case double number when double.IsFinite(number): writer.WriteNumber(name, number); break;
            case float or double: writer.WriteString(name, ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)); break;
            case Enum choice: writer.WriteString(name, NameOf(choice)); break;
            case string text: writer.WriteString(name, text); break;
            default: throw new NotSupportedException($"The option {name} is a {value.GetType().Name}, which is no number, text or choice.");
        }
    }

    /// <returns>A choice as users write it.</returns>
    public static string NameOf(Enum choice) => JsonNamingPolicy.CamelCase.ConvertName(choice.ToString());

    /// <param name="type">Of the option.</param>
    /// <returns>False: the value does not fit.</returns>
    public static bool TryRead(JsonNode? value, Type type, out object? read)
    {
        read = null;
        if (value is null) return Nullable.GetUnderlyingType(type) is not null || !type.IsValueType;
        using var document = JsonDocument.Parse(value.ToJsonString(StorageJson.Kept.Options));
        var json = document.RootElement;
        type = Nullable.GetUnderlyingType(type) ?? type;
        read = json.ValueKind switch
        {
            JsonValueKind.True or JsonValueKind.False when type == typeof(bool) => json.GetBoolean(),
            JsonValueKind.Number when type == typeof(int) => json.TryGetInt32(out int whole) ? whole : null,
            JsonValueKind.Number when type == typeof(long) => json.TryGetInt64(out long whole) ? whole : null,
            JsonValueKind.Number when type == typeof(float) => json.GetSingle(),
            JsonValueKind.Number when type == typeof(double) => json.GetDouble(),
            JsonValueKind.Number when type.IsEnum => json.TryGetInt32(out int number) ? Enum.ToObject(type, number) : null,
            JsonValueKind.String when type == typeof(string) => json.GetString(),
            JsonValueKind.String when type.IsEnum =>
                Enum.TryParse(type, json.GetString(), ignoreCase: true, out object? choice) ? choice : null,
            JsonValueKind.String when type == typeof(float) => NumberNamed(json.GetString()!) is { } number ? (float)number : null,
            JsonValueKind.String when type == typeof(double) => NumberNamed(json.GetString()!),
            _ => null,
        };
        return read is not null;
    }

    /// <returns>What a value of the type is, in words.</returns>
    public static string InWords(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName))}"
            : type == typeof(bool) ? "true or false"
            : type == typeof(int) || type == typeof(long) ? "a whole number"
            : type == typeof(float) || type == typeof(double) ? "a number"
            : "a text";
    }

    private static double? NumberNamed(string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => null,
    };
}
