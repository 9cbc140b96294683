using System.Text.Json.Serialization;
using Kindred.Storage;

namespace Kindred.Tuning;

/// <summary>Generated contracts of what this folder keeps as JSON.</summary>
[JsonSerializable(typeof(Trial))]
[JsonSerializable(typeof(EarlyStoppingState.Measured))]
[JsonSerializable(typeof(EarlyStoppingState.Best))]
internal sealed partial class TuningJson : JsonSerializerContext
{
    public static TuningJson Kept { get; } = new(FolderJson.With());
}
