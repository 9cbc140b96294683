using System.Text.Json.Serialization;
using Kindred.Storage;

namespace Kindred.Models;

/// <summary>Generated contracts of what this folder keeps as JSON.</summary>
[JsonSerializable(typeof(ModelManifest))]
internal sealed partial class ModelJson : JsonSerializerContext
{
    public static ModelJson Kept { get; } = new(FolderJson.With());
}
