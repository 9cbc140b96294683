using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Storage;

namespace Kindred.Store;

/// <summary>The JSON of settings, which people write: what is not meant is refused with a sentence.</summary>
internal static class SettingJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <param name="name">Of the setting.</param>
    /// <exception cref="InputException">A name is unknown or given twice, or a value is of another type than its property.</exception>
    public static T Read<T>(string name, string json) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"The setting '{name}' cannot be read at {PlainText.Shorten(e.Path ?? "$")}: "
                + $"{JsonProblem.Of(e, Options.GetTypeInfo(typeof(T)))}.", e);
        }
    }

    public static string Write<T>(T setting) => JsonSerializer.Serialize(setting, Options);
}
