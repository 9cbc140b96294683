using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Kindred.Reranking;
using Kindred.Storage;

namespace Kindred.Configuration;

/// <summary>
/// How pipelines are read and written: camelCase, comments and trailing commas allowed, unknown or repeated names are errors.
/// </summary>
internal static class ConfigJson
{
    /// <summary>The member that says what a source or stage is.</summary>
    public const string Kind = "kind";

    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        AllowOutOfOrderMetadataProperties = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        Converters =
        {
            FolderJson.CamelCase<SeenPolicy>(), FolderJson.CamelCase<AttributeKind>(), FolderJson.CamelCase<ExampleKind>(),
        },
        TypeInfoResolver = new ConfigContracts().WithAddedModifier(RerankerKinds.AddTo),
    };

    /// <returns>The name of the kind of a source, ranker or stage.</returns>
    public static string KindOf(object config) => KindsOf(config.GetType()).First(kind => kind.Type == config.GetType()).Name;

    /// <returns>The kinds there are of what a type is or comes from; none where it has no kinds.</returns>
    public static IReadOnlyList<(string Name, Type Type)> KindsOf(Type type)
    {
        if (type.IsAssignableTo(typeof(Reranker))) return RerankerKinds.All;
        for (var ancestor = type; ancestor is not null; ancestor = ancestor.BaseType)
        {
            var derived = ancestor.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).ToArray();
            if (derived.Length > 0) return [.. derived.Select(kind => ((string)kind.TypeDiscriminator!, kind.DerivedType))];
        }
        return [];
    }

    /// <returns>The members of a type by the names they have in JSON.</returns>
    public static IReadOnlyDictionary<string, PropertyInfo> MembersOf(Type type) => Options.GetTypeInfo(type).Properties
        .Where(member => member.AttributeProvider is PropertyInfo && member.Get is not null)
        .ToDictionary(member => member.Name, member => (PropertyInfo)member.AttributeProvider!, StringComparer.Ordinal);
}
