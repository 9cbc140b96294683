using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Store;

namespace Kindred.Server.Renewal;

/// <summary>
/// Which snapshot is served, so that all servers of a store agree: the setting <see cref="Name"/>. People promote, and do not write it;
/// <see cref="SnapshotShelf"/> reads it.
/// </summary>
/// <param name="Snapshot">Its id; null: none.</param>
/// <param name="Previous">Those served before it, the latest first: what a rollback returns to.</param>
/// <param name="IsHeld">After a rollback no model is promoted by itself, until a person promotes one.</param>
internal sealed record ServedSnapshot(string? Snapshot, IReadOnlyList<string> Previous, bool IsHeld = false)
{
    /// <summary>The name of the setting in <see cref="IStore.Settings"/>.</summary>
    public const string Name = "serving";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static ServedSnapshot Parse(string json) => JsonSerializer.Deserialize<ServedSnapshot>(json, Json)!;

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
