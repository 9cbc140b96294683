using System.Text.Json;
using Kindred.Storage;

namespace Kindred.Configuration;

/// <summary>A difference between two pipelines.</summary>
/// <param name="Path">Where, such as <c>rerank.mmr.relevanceShare</c>.</param>
/// <param name="Before">As JSON; null: it was not there.</param>
/// <param name="After">As JSON; null: it is there no more.</param>
internal sealed record ConfigChange(string Path, string? Before, string? After);

/// <summary>
/// Compares pipelines by what they do: options at their default are the same as options left out, and comments are nothing.
/// </summary>
internal static class PipelineDiff
{
    private const string Order = "order";

    private static readonly JsonSerializerOptions OneLine = new(ConfigJson.Options) { WriteIndented = false };

    /// <returns>What changed, in the order of the second pipeline; what went stands last.</returns>
    public static IReadOnlyList<ConfigChange> Between(PipelineConfig before, PipelineConfig after)
    {
        var (old, now) = (Flat(before), Flat(after));
        var changes = new List<ConfigChange>();
        foreach (var (path, value) in now)
            if (!old.TryGetValue(path, out string? previous)) changes.Add(new(path, null, value));
            else if (previous != value) changes.Add(new(path, previous, value));
        changes.AddRange(old.Where(pair => !now.ContainsKey(pair.Key)).Select(pair => new ConfigChange(pair.Key, pair.Value, null)));
        return changes;
    }

    // Values by path; elements of a list are called by their names, so that a moved stage is not a changed one.
    private static Dictionary<string, string> Flat(PipelineConfig config)
    {
        var flat = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(config.ToJson(), "", flat);
        return flat;
    }

    private static void Add(JsonElement json, string path, Dictionary<string, string> flat)
    {
        string Under(string name) => path.Length == 0 ? name : $"{path}.{name}";
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject()) if (member.Name != "name") Add(member.Value, Under(member.Name), flat);
                break;
            case JsonValueKind.Array when json.EnumerateArray().Any() && json.EnumerateArray().All(element => NameOf(element) is not null):
                foreach (var element in json.EnumerateArray()) Add(element, Under(NameOf(element)!), flat);
                flat[Under(Order)] = string.Join(", ", json.EnumerateArray().Select(NameOf));
                break;
            default:
                flat[path] = JsonSerializer.Serialize(json, OneLine.ContractOf<JsonElement>());
                break;
        }
    }

    private static string? NameOf(JsonElement json) =>
        json.ValueKind != JsonValueKind.Object ? null
        : json.TryGetProperty("name", out var name) ? name.GetString()
        : json.TryGetProperty(ConfigJson.Kind, out var kind) ? kind.GetString() : null;
}
