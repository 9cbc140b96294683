using System.Text.Json.Serialization;
using Kindred.Retrieval.Indexes;
using Kindred.Storage;

namespace Kindred.Retrieval;

/// <summary>Generated contracts of what this folder keeps as JSON.</summary>
[JsonSerializable(typeof(IndexManifest))]
internal sealed partial class IndexJson : JsonSerializerContext
{
    public static IndexJson Kept { get; } = new(FolderJson.With(FolderJson.CamelCase<IndexMetric>()));
}
