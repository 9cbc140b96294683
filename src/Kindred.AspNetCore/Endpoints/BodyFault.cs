using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kindred.AspNetCore.Endpoints;

/// <summary>Says what is wrong with a body that could not be read: which member, what is expected there, and what stands there.</summary>
internal static class BodyFault
{
    /// <returns>One sentence about the first fault; null: there is none that could be found.</returns>
    public static string? In(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return In(json.RootElement, typeof(RecommendationRequest), "");
        }
        catch (JsonException e)
        {
            string reason = e.Message.Split(" LineNumber:")[0].Split(" Path:")[0].TrimEnd('.');
            string where = string.Create(CultureInfo.InvariantCulture, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
            return $"The body is not JSON at {where}: {reason}.";
        }
        catch (InvalidOperationException)
        {
            return "The body has a text with half of a character; look for a lone \\ud800 to \\udfff.";
        }
    }

    private static string? In(JsonElement json, Type type, string path)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(HistoryEvent))
            return json.ValueKind == JsonValueKind.Object ? InEvent(json, path)
                : Expected(json, path, "an item id in quotes, or an object with itemId and weight", IsText(json));
        if (type == typeof(string)) return Expected(json, path, "a text in quotes", IsText(json));
        if (type == typeof(bool)) return Expected(json, path, "true or false", json.ValueKind is JsonValueKind.True or JsonValueKind.False);
        if (type == typeof(float)) return Expected(json, path, "a number", json.ValueKind == JsonValueKind.Number);
        if (type == typeof(int) || type == typeof(long)) return InWhole(json, type, path);
        if (type == typeof(DateTimeOffset))
            return Expected(json, path, "a time such as \"2026-01-31T18:30:00Z\"", IsText(json) && json.TryGetDateTimeOffset(out _));
        var contract = ContractsJson.Default.GetTypeInfo(type)!;
        return contract.Kind switch
        {
            JsonTypeInfoKind.Object => InObject(json, MembersOf(contract), path),
            JsonTypeInfoKind.Dictionary => InMap(json, contract.ElementType!, path),
            _ => InList(json, contract.ElementType!, path),
        };
    }

    private static Dictionary<string, Type> MembersOf(JsonTypeInfo contract) =>
        contract.Properties.ToDictionary(p => p.Name, p => p.PropertyType, StringComparer.OrdinalIgnoreCase);

    private static string? InObject(JsonElement json, Dictionary<string, Type> members, string path)
    {
        if (Expected(json, path, "an object in braces", json.ValueKind == JsonValueKind.Object) is { } fault) return fault;
        if (RepeatedIn(json, path, members.Comparer) is { } repeated) return repeated;
        foreach (var member in json.EnumerateObject())
        {
            if (!members.TryGetValue(member.Name, out var type)) return Unknown(member.Name, members.Keys, path);
            bool isLeftOut = member.Value.ValueKind == JsonValueKind.Null; // whatever may be left out may be null
            if (!isLeftOut && In(member.Value, type, PathOf(path, member.Name)) is { } inner) return inner;
        }
        return null;
    }

    private static string? InEvent(JsonElement json, string path)
    {
        if (InObject(json, new() { ["itemId"] = typeof(string), ["weight"] = typeof(float) }, path) is { } fault) return fault;
        bool isNamed = json.TryGetProperty("itemId", out var id) && IsText(id);
        return isNamed ? null : $"{path} needs an itemId, a text in quotes.";
    }

    private static string? InMap(JsonElement json, Type value, string path)
    {
        if (Expected(json, path, "an object in braces", json.ValueKind == JsonValueKind.Object) is { } fault) return fault;
        return RepeatedIn(json, path, StringComparer.Ordinal)
            ?? json.EnumerateObject().Select(member => In(member.Value, value, PathOf(path, member.Name)))
                .FirstOrDefault(fault => fault is not null);
    }

    private static string? InList(JsonElement json, Type item, string path) =>
        Expected(json, path, "a list in brackets", json.ValueKind == JsonValueKind.Array)
            ?? json.EnumerateArray().Select((element, n) => In(element, item, $"{path}[{n}]")).FirstOrDefault(fault => fault is not null);

    private static string? InWhole(JsonElement json, Type type, string path)
    {
        bool isNumber = json.ValueKind == JsonValueKind.Number;
        if (isNumber && (type == typeof(int) ? json.TryGetInt32(out _) : json.TryGetInt64(out _))) return null;
        bool isLarge = isNumber && !json.GetRawText().AsSpan().ContainsAny(".eE");
        return isLarge ? $"{path} is too large: {Written(json)}." : Expected(json, path, "a whole number", isMet: false);
    }

    private static string? RepeatedIn(JsonElement json, string path, IEqualityComparer<string> comparer)
    {
        var seen = new HashSet<string>(comparer);
        foreach (var member in json.EnumerateObject())
            if (!seen.Add(member.Name)) return $"{PathOf(path, member.Name)} is given twice; give it once.";
        return null;
    }

    private static string Unknown(string name, IEnumerable<string> known, string path) =>
        $"{(path.Length == 0 ? "The body" : path)} has no member '{PlainText.Shorten(name)}'" +
        Spelling.Hint(name, [.. known]);

    private static string? Expected(JsonElement json, string path, string what, bool isMet) =>
        isMet ? null
        : json.ValueKind == JsonValueKind.Null ? $"{path} is null; give {what}, or leave it out."
        : $"{(path.Length == 0 ? "The body" : path)} must be {what}, was {Written(json)}.";

    // throws where it is no text
    private static bool IsText(JsonElement json) => json.ValueKind == JsonValueKind.String && json.GetString() is not null;

    private static string PathOf(string path, string member) =>
        path.Length == 0 ? PlainText.Shorten(member) : $"{path}.{PlainText.Shorten(member)}";

    private static string Written(JsonElement json) => PlainText.Shorten(json.GetRawText());
}
