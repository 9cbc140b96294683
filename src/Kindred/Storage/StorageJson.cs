using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Kindred.Storage;

/// <summary>Generated contracts of what this folder keeps as JSON.</summary>
[JsonSerializable(typeof(FolderManifest))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class StorageJson : JsonSerializerContext
{
    public static StorageJson Kept { get; } = new(FolderJson.With());
}
