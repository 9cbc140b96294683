using System.Text.Json.Serialization;
using Kindred.Storage;

namespace Kindred.Partitions;

/// <summary>Generated contracts of what processes tell each other of partitions.</summary>
[JsonSerializable(typeof(SplitPlan))]
internal sealed partial class PartitionJson : JsonSerializerContext
{
    public static PartitionJson Kept { get; } = new(FolderJson.With());
}
