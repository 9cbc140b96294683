using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kindred.Server.Ingestion;

/// <summary>Values of a record's fields. What does not fit is skipped whole, so that the next field can be read, and gets a
/// reason.</summary>
internal static class JsonField
{
    /// <summary>Longest id, in characters.</summary>
    public const int LongestId = 512;

    private const int LongestObject = 16 << 10; // characters

    /// <returns>The name that the reader stands on; what is not valid Unicode is replaced.</returns>
    public static string Name(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    /// <returns>Null: it is null, or there is a reason.</returns>
    public static string? Text(ref Utf8JsonReader reader, string name, ref string? reason)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.String) return Refuse<string>(ref reader, $"{name} must be a text in quotes", ref reason);
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException) // half of a pair of surrogates, or bytes that are not UTF-8
        {
            reason ??= $"{name} is not valid Unicode.";
            return null;
        }
        if (text.Length > LongestId) reason ??= $"{name} is longer than {LongestId} characters.";
        else if (string.IsNullOrWhiteSpace(text)) reason ??= $"{name} is empty.";
        else if (text.Contains('\0')) reason ??= $"{name} has a character of code 0.";
        return text;
    }

    /// <summary>A text, or a whole number, which is the text of its digits: databases have ids of both kinds.</summary>
    public static string? Id(ref Utf8JsonReader reader, string name, ref string? reason)
    {
        if (reader.TokenType != JsonTokenType.Number) return Text(ref reader, name, ref reason);
        if (!reader.ValueSpan.ContainsAnyExceptInRange((byte)'0', (byte)'9') && reader.ValueSpan.Length <= LongestId)
            return Encoding.UTF8.GetString(reader.ValueSpan);
        return Refuse<string>(ref reader, $"{name} must be a text in quotes, or a whole number from 0", ref reason);
    }

    public static double? Number(ref Utf8JsonReader reader, string name, ref string? reason)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out double value) && double.IsFinite(value)) return value;
        Refuse<string>(ref reader, $"{name} must be a number", ref reason);
        return null;
    }

    public static int? Count(ref Utf8JsonReader reader, string name, ref string? reason)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int value) && value >= 0) return value;
        Refuse<string>(ref reader, $"{name} must be a whole number from 0", ref reason);
        return null;
    }

    public static bool? Flag(ref Utf8JsonReader reader, string name, ref string? reason)
    {
        if (reader.TokenType is JsonTokenType.True or JsonTokenType.False) return reader.GetBoolean();
        if (reader.TokenType != JsonTokenType.Null) Refuse<string>(ref reader, $"{name} must be true or false", ref reason);
        return null;
    }

    /// <summary>ISO 8601, in UTC where no offset is given, or a Unix time in seconds or milliseconds.</summary>
    public static DateTimeOffset? Time(ref Utf8JsonReader reader, string name, ref string? reason)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String when TryReadTime(ref reader, out var time):
                return Checked(time, name, ref reason);
            case JsonTokenType.Number when reader.TryGetDouble(out double number):
                // 100 billion seconds are the year 5138, as many milliseconds 1973
                double ms = Math.Abs(number) < 1e11 ? number * 1000 : number;
                if (ms is >= 0 and < 253_402_300_800_000) return DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(ms));
                break;
        }
        Refuse<string>(ref reader, $"{name} must be a time such as 2026-01-31T12:00:00Z, or Unix seconds or milliseconds", ref reason);
        return null;
    }

    /// <returns>A JSON object, as it was written, without blanks around its parts.</returns>
    public static string? Object(ref Utf8JsonReader reader, string name, ref string? reason, int longest = LongestObject)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.StartObject) return Refuse<string>(ref reader, $"{name} must be a JSON object", ref reason);
        using var document = JsonDocument.ParseValue(ref reader);
        try
        {
            string json = Compact(document.RootElement);
            if (json.Length > longest) reason ??= $"{name} has more than {longest / 1024} KiB.";
            if (NameGivenTwice(document.RootElement) is { } twice)
                reason ??= $"{name} has the name '{PlainText.Shorten(twice)}' twice.";
            if (json.Contains("\\u0000", StringComparison.Ordinal)) reason ??= $"{name} has a character of code 0.";
            return json;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            reason ??= $"{name} is not valid Unicode.";
            return null;
        }
    }

    /// <summary>Skips the value, and says why.</summary>
    public static T? Refuse<T>(ref Utf8JsonReader reader, string sentence, ref string? reason)
    {
        string given = reader.TokenType switch
        {
            JsonTokenType.String => $"'{PlainText.Shorten(Encoding.UTF8.GetString(reader.ValueSpan))}'",
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
            JsonTokenType.True => "true",
            JsonTokenType.False => "false",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.StartObject => "an object",
            _ => "null",
        };
        reason ??= PlainText.OneLine($"{sentence}, was {given}.");
        reader.Skip();
        return default;
    }

    private static string? NameGivenTwice(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
            return value.EnumerateArray().Select(NameGivenTwice).FirstOrDefault(name => name is not null);
        if (value.ValueKind != JsonValueKind.Object) return null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
            if (!seen.Add(property.Name)) return property.Name;
        return value.EnumerateObject().Select(property => NameGivenTwice(property.Value)).FirstOrDefault(name => name is not null);
    }

    private static string Compact(JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(buffer, options)) value.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static bool TryReadTime(ref Utf8JsonReader reader, out DateTimeOffset time)
    {
        if (!reader.HasValueSequence && reader.TryGetDateTime(out var read))
        {
            time = read.Kind == DateTimeKind.Unspecified ? new(read, TimeSpan.Zero) : new DateTimeOffset(read.ToUniversalTime());
            return true;
        }
        string[] forms = ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm"];
        return DateTimeOffset.TryParseExact(Encoding.UTF8.GetString(reader.ValueSpan), forms, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    private static DateTimeOffset? Checked(DateTimeOffset time, string name, ref string? reason)
    {
        if (time >= DateTimeOffset.UnixEpoch) return time;
        reason ??= $"{name} is before 1970.";
        return null;
    }
}
