using System.Text.Json.Serialization;
using Kindred.Storage;

namespace Kindred.Data;

/// <summary>Generated contracts of what this folder keeps as JSON.</summary>
[JsonSerializable(typeof(DatasetManifest))]
internal sealed partial class DataJson : JsonSerializerContext
{
    public static DataJson Kept { get; } = new(FolderJson.With(FolderJson.CamelCase<ValueKind>()));
}
