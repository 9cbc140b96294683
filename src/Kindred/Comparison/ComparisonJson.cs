using System.Text.Json.Serialization;
using Kindred.Storage;

namespace Kindred.Comparison;

/// <summary>Generated contracts of what this folder keeps as JSON.</summary>
[JsonSerializable(typeof(ExperimentReport))]
internal sealed partial class ComparisonJson : JsonSerializerContext
{
    public static ComparisonJson Kept { get; } = new(FolderJson.With());
}
