using System.Text.Json;

namespace Kindred.Import;

/// <summary>
/// The columns of JSON lines: objects inside the object are taken apart, <c>payload.user.id</c>, and so are those in an array.
/// </summary>
internal static class JsonColumns
{
    private const int DeepestName = 6;

    /// <exception cref="InputException">The first lines are not JSON objects.</exception>
    public static Table TableOf(SourceFile file, List<string> lines, bool latin1)
    {
        var columns = new Dictionary<string, TableColumn>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                Add(columns, json.RootElement, [], null);
            }
            // A broken line is reported with the rows; a name may be half of a surrogate pair.
            catch (Exception e) when (e is JsonException or InvalidOperationException) { }
        }
        if (columns.Count == 0)
            throw new InputException(
                $"{file.Path} begins like JSON, but its first lines are not JSON objects, one a line; try: jq -c '.[]' {file.Path} > " +
                $"events.jsonl");
        return new(file, TableFormat.JsonLines, Dialect.Lines with { Latin1 = latin1 }, 0, false, [.. columns.Values]);
    }

    /// <returns>A row for each element of the list, with everything else of the line repeated; null if the line is no JSON
    /// object.</returns>
    public static IEnumerable<IReadOnlyList<string>>? Expand(IReadOnlyList<TableColumn> columns, string list, string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return null;
            var element = columns.First(c => c.List == list);
            var array = At(json.RootElement, element.Path!.Take(element.ListDepth));
            var elements = array is { ValueKind: JsonValueKind.Array } some ? some.EnumerateArray().ToList() : array is { } one ? [one]
                : [];
            return [.. elements.DefaultIfEmpty().Select(e => columns.Select(c => c.List == list
                ? TextOf(e.ValueKind == JsonValueKind.Undefined ? null : At(e, c.Path!.Skip(c.ListDepth)))
                : TextOf(At(json.RootElement, c.Path!))).ToList())];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return null; }
    }

    /// <returns>The text of each column; null if the line is no JSON object.</returns>
    public static IReadOnlyList<string>? Cells(IReadOnlyList<TableColumn> columns, string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.ValueKind == JsonValueKind.Object ? columns.Select(c => TextOf(At(json.RootElement, c.Path!))).ToList()
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return null; }
    }

    private static void Add(Dictionary<string, TableColumn> columns, JsonElement element, string[] path, (string Name, int Depth)? list)
    {
        if (element.ValueKind != JsonValueKind.Object) return;
        foreach (var property in element.EnumerateObject())
        {
            if (property.Name.AsSpan().IndexOfAny('"', '\\', '*') >= 0) continue; // cannot be written as a path
            string[] inner = [.. path, property.Name];
            // $numberInt of MongoDB is a value.
            string name = string.Join('.', inner.Where(part => !part.StartsWith('$')).DefaultIfEmpty(property.Name));
            var value = property.Value;
            bool isList = value.ValueKind == JsonValueKind.Array && list is null && value.GetArrayLength() > 0;
            if (isList && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Object))
            {
                foreach (var part in value.EnumerateArray().Take(10)) Add(columns, part, inner, (name, inner.Length));
                // What stands around a list of objects is found as a text, too, for tables about items.
            }
            else if (value.ValueKind == JsonValueKind.Object && inner.Length < DeepestName && value.EnumerateObject().Any())
                Add(columns, value, inner, list);
            else if (isList && (!columns.TryGetValue(name, out var known) || known.List is null))
                columns[name] = new(name, SourceOf(inner, null), name, inner, inner.Length);
            else columns.TryAdd(name, new(name, SourceOf(inner, list?.Depth), list?.Name, inner, list?.Depth ?? inner.Length));
        }
    }

    /// <returns>A JSON path; of what is inside a list, that of the list.</returns>
    private static string SourceOf(string[] path, int? listDepth) =>
        "$" + string.Concat(path.Take(listDepth ?? path.Length).Select(p => $".\"{p}\""));

    private static JsonElement? At(JsonElement element, IEnumerable<string> path)
    {
        foreach (string name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out var inner)) return null;
            element = inner;
        }
        return element;
    }

    private static string TextOf(JsonElement? element) => element switch
    {
        null or { ValueKind: JsonValueKind.Null } => "",
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } other => other.GetRawText(),
    };
}
