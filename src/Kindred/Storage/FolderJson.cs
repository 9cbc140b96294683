using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Kindred.Storage;

/// <summary>
/// How manifests and configurations are written and read: camelCase, indented, unknown names are errors. What the library needs to train,
/// keep and serve models has contracts that are generated with it, a context for each folder, so that a program may be trimmed or compiled
/// ahead of time.
/// </summary>
internal static class FolderJson
{
    /// <summary>For types of any program, by reflection.</summary>
    public static JsonSerializerOptions Options { get; } = ByReflection();

    /// <returns>The same rules, for the context of a folder.</returns>
    /// <param name="enums">A <see cref="CamelCase{T}"/> for each enum that the folder keeps.</param>
    public static JsonSerializerOptions With(params ReadOnlySpan<JsonConverter> enums)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            WriteIndented = true,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        };
        foreach (var converter in enums) options.Converters.Add(converter);
        return options;
    }

    /// <summary>Writes the values of an enum in camelCase.</summary>
    public static JsonConverter CamelCase<T>() where T : struct, Enum => new JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase);

    /// <returns>The contract of a type, as the options have it.</returns>
    public static JsonTypeInfo<T> ContractOf<T>(this JsonSerializerOptions options) => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A program that is trimmed has no reflection for JSON.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "A program that is compiled ahead of time has no reflection for JSON.")]
    private static JsonSerializerOptions ByReflection()
    {
        if (!JsonSerializer.IsReflectionEnabledByDefault) return With();
        var options = With(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver();
        return options;
    }
}
