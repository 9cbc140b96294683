using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Store;

namespace Kindred.Server.Renewal;

/// <summary>
/// Which snapshot is served, so that all servers of a store agree: the setting <see cref="Name"/>. People promote, and do not write it.
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

    /// <summary>Nothing.</summary>
    public static ServedSnapshot None { get; } = new(null, []);

    /// <returns>With the version of the setting, 0 where there is none.</returns>
    public static async Task<(ServedSnapshot Served, long Version)> ReadAsync(IStore store, CancellationToken cancellation = default) =>
        await store.Settings.GetAsync(Name, cancellation) is { } setting
            ? (JsonSerializer.Deserialize<ServedSnapshot>(setting.Json, Json)!, setting.Version) : (None, 0);

    /// <summary>Changes it. Another server may do so at the same time: each change is made to what is there.</summary>
    /// <param name="change">From what is served to what shall be; may be called again.</param>
    public static async Task<ServedSnapshot> ChangeAsync(
        IStore store, Func<ServedSnapshot, ServedSnapshot> change, CancellationToken cancellation = default)
    {
        while (true)
        {
            var (served, version) = await ReadAsync(store, cancellation);
            var next = change(served);
            if (next == served) return next;
            if (await store.Settings.SetAsync(Name, JsonSerializer.Serialize(next, Json), version, cancellation) is not null) return next;
        }
    }
}
