using System.Text.Json.Serialization;
using Kindred.Retrieval.Indexes;
using Kindred.Storage;

namespace Kindred.Snapshots;

/// <summary>Generated contracts of what this folder keeps as JSON.</summary>
[JsonSerializable(typeof(SnapshotManifest))]
internal sealed partial class SnapshotJson : JsonSerializerContext
{
    public static SnapshotJson Kept { get; } = new(FolderJson.With(FolderJson.CamelCase<IndexMetric>()));
}
