using System.Text.Json;

namespace Kindred.Import;

/// <summary>Labels in a cell that is a list: of texts, or of objects such as <c>[{'id': 16, 'name': 'Animation'}]</c>.</summary>
internal static class LabelCells
{
    /// <summary>What says in an object what it is called.</summary>
    private static readonly string[] Names = ["name", "title", "label", "value", "text", "tag", "genre", "category"];

    public static IReadOnlyList<string> Of(string cell)
    {
        foreach (string text in new[] { cell, PythonText.ToJson(cell) })
        {
            try
            {
                using var json = JsonDocument.Parse(text);
                if (json.RootElement.ValueKind == JsonValueKind.Array)
                    return [.. json.RootElement.EnumerateArray().Select(NameOf).Where(name => name.Length > 0)];
            }
            catch (JsonException) { }
        }
        return ItemCells.Split(cell, null);
    }

    private static string NameOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object) return element.ToString().Trim();
        foreach (string name in Names)
            if (element.TryGetProperty(name, out var named)) return named.ToString().Trim();
        return element.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.String).Select(p => p.Value.GetString()!.Trim())
            .FirstOrDefault() ?? element.ToString();
    }
}
