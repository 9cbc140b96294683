using System.Text.Json.Serialization;
using Kindred.Storage;

namespace Kindred.Models.Sequences;

/// <summary>Generated contracts of what this folder keeps as JSON.</summary>
[JsonSerializable(typeof(TransformerShape))]
[JsonSerializable(typeof(RecurrenceShape))]
internal sealed partial class SequenceJson : JsonSerializerContext
{
    public static SequenceJson Kept { get; } = new(FolderJson.With(FolderJson.CamelCase<Attention>()));
}
