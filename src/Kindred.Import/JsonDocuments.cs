using System.Text;
using System.Text.Json;

namespace Kindred.Import;

/// <summary>
/// Files that are JSON but not an object a line: arrays of objects, alone or inside an object; objects over several lines; arrays of
/// values; tables by columns; what belongs to a user under their id.
/// </summary>
internal static class JsonDocuments
{
    private const long MostBytes = 512L << 20; // it is taken into memory

    private static readonly JsonReaderOptions Several = new() { AllowMultipleValues = true };

    /// <summary>Writes the objects one a line, or, of arrays of values, CSV without a header.</summary>
    /// <returns>What it was, for a person; null: it is no such document, and nothing was written.</returns>
    /// <exception cref="InputException">It is one, but too large.</exception>
    public static string? TryUnwrap(string path, Func<Stream> open, long bytes, string target)
    {
        string? line = FirstLine(open);
        if (line is null) return null;
        if (PythonText.IsDictionary(line)) return FromPython(open, target);
        if (!LooksLikeOne(open, line)) return null;
        if (bytes > MostBytes)
            throw new InputException(
                $"{path} is one JSON document of {bytes >> 20} MiB; write one object a line, for example with: jq -c '.[]' {path} > " +
                $"events.jsonl");
        try
        {
            using var stream = open();
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            var roots = Roots(memory.GetBuffer().AsSpan(0, (int)memory.Length));
            bool areArrays = roots.Count > 1 && roots.TrueForAll(IsValues);
            if ((roots is [var root] && root.ValueKind == JsonValueKind.Array && root.EnumerateArray().All(IsValues)) || areArrays)
                return WriteValues(areArrays ? roots : roots[0].EnumerateArray(), target);
            var rows = roots.Count > 1 && roots.TrueForAll(r => r.ValueKind == JsonValueKind.Object) ? roots : RowsOf(roots[0])?.ToList();
            if (rows is null or []) return null;
            using var output = File.Create(target);
            foreach (var row in rows)
            {
                output.Write(JsonSerializer.SerializeToUtf8Bytes(row));
                output.WriteByte((byte)'\n');
            }
            return roots.Count > 1 ? "several JSON documents" : "one JSON document";
        }
        // A name or a text may be half of a surrogate pair.
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return null; }
    }

    private static string? FirstLine(Func<Stream> open)
    {
        using var reader = new StreamReader(open());
        string? line = reader.ReadLine();
        while (line is not null && line.Trim().Length == 0) line = reader.ReadLine();
        return line;
    }

    private static string FromPython(Func<Stream> open, string target)
    {
        using var reader = new StreamReader(open());
        using var writer = new StreamWriter(target, false, new UTF8Encoding(false));
        while (reader.ReadLine() is { } line) writer.WriteLine(PythonText.ToJson(line));
        return "dictionaries of Python";
    }

    private static List<JsonElement> Roots(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text.StartsWith("\uFEFF"u8) ? text[3..] : text, Several);
        var roots = new List<JsonElement>();
        while (reader.Read()) roots.Add(JsonElement.ParseValue(ref reader));
        return roots;
    }

    private static string WriteValues(IEnumerable<JsonElement> rows, string target)
    {
        using var output = new CsvOutput(target);
        foreach (var row in rows)
            output.Write([.. row.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? "" : v.ToString())]);
        return "JSON arrays";
    }

    /// <summary>
    /// It begins with an array, or its first line is not all of an object, or is one with rows in it and there is no other.
    /// </summary>
    private static bool LooksLikeOne(Func<Stream> open, string line)
    {
        string text = line.Trim();
        if (text.StartsWith('[')) return text == "[" || text[1..].TrimStart() is ['{' or '[', ..] || IsArrayOfValues(text);
        if (!text.StartsWith('{')) return false;
        try
        {
            using var reader = new StreamReader(open());
            using var first = JsonDocument.Parse(text);
            while (reader.ReadLine() is { } read && read.Trim().Length == 0) { }
            return RowsOf(first.RootElement) is not null && reader.ReadLine()?.Trim() is null or "";
        }
        catch (InvalidOperationException) { return false; }
        catch (JsonException)
        {
            return text == "{" || text.EndsWith('[') || text.EndsWith('{') || text.EndsWith(',')
            || text.Contains("}{", StringComparison.Ordinal) || text.Contains("} {", StringComparison.Ordinal);
        }
    }

    private static bool IsArrayOfValues(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return IsValues(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return false; }
    }

    /// <summary>
    /// The rows of a document: an array of objects, alone or the only one in the object; columns of values; or what stands under the ids
    /// of users.
    /// </summary>
    private static IEnumerable<JsonElement>? RowsOf(JsonElement root)
    {
        if (IsRows(root)) return root.EnumerateArray();
        if (root.ValueKind != JsonValueKind.Object) return null;
        var properties = root.EnumerateObject().ToList();
        if (ByColumns(properties) is { } table) return table;
        var arrays = properties.FindAll(p => IsRows(p.Value));
        bool isRow = properties.Exists(p => ColumnNames.IsTelling(p.Name)); // an order with its lines is a row itself
        if (arrays.Count == 1 && !isRow) return arrays[0].Value.EnumerateArray();
        return isRow || properties.Count < 2 ? null : UnderIds(properties);
    }

    /// <summary>As pandas writes tables by columns: arrays or objects of the same length, or names and data.</summary>
    private static IEnumerable<JsonElement>? ByColumns(List<JsonProperty> properties)
    {
        var columns = properties.Find(p => p.NameEquals("columns"));
        var data = properties.Find(p => p.NameEquals("data"));
        if (columns.Value.ValueKind == JsonValueKind.Array && data.Value.ValueKind == JsonValueKind.Array
            && data.Value.EnumerateArray().All(IsValues))
        {
            string[] names = [.. columns.Value.EnumerateArray().Select(c => c.ToString())];
            return data.Value.EnumerateArray().Select(row => Row(names.Zip(row.EnumerateArray())));
        }
        if (properties.Count < 2 || !ColumnNames.NamesRoles(properties.Select(p => p.Name))) return null;
        var cells = properties.ConvertAll(p => p.Value.ValueKind switch
        {
            JsonValueKind.Array when IsValues(p.Value) => p.Value.EnumerateArray().ToList(),
            JsonValueKind.Object => [.. p.Value.EnumerateObject().Select(c => c.Value)],
            _ => [],
        });
        if (cells[0].Count < 2 || !cells.TrueForAll(c => c.Count == cells[0].Count)) return null;
        return Enumerable.Range(0, cells[0].Count).Select(n => Row(properties.Select((p, c) => (p.Name, cells[c][n]))));
    }

    /// <summary>Rows by their number, or users with their items: in an array, or each with a rating.</summary>
    private static IEnumerable<JsonElement>? UnderIds(List<JsonProperty> properties)
    {
        if (properties.TrueForAll(p => p.Value.ValueKind == JsonValueKind.Object
            && ColumnNames.NamesRoles(p.Value.EnumerateObject().Select(i => i.Name))))
            return properties.Select(p => p.Value);
        var text = (string id) => JsonSerializer.SerializeToElement(id);
        if (properties.TrueForAll(p => IsValues(p.Value) && p.Value.GetArrayLength() > 0))
            return properties.SelectMany(p => p.Value.EnumerateArray().Select(i => Row([("user", text(p.Name)), ("item", i)])));
        if (properties.TrueForAll(p => p.Value.ValueKind == JsonValueKind.Object
            && p.Value.EnumerateObject().Any() && p.Value.EnumerateObject().All(i => i.Value.ValueKind == JsonValueKind.Number)))
            return properties.SelectMany(p => p.Value.EnumerateObject()
                .Select(i => Row([("user", text(p.Name)), ("item", text(i.Name)), ("rating", i.Value)])));
        return null;
    }

    private static JsonElement Row(IEnumerable<(string Name, JsonElement Value)> cells) =>
        JsonSerializer.SerializeToElement(cells.ToDictionary(c => c.Name, c => c.Value));

    private static bool IsRows(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array && element.GetArrayLength() > 0
        && element.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Object);

    private static bool IsValues(JsonElement element) => element.ValueKind == JsonValueKind.Array
        && element.EnumerateArray().All(e => e.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object));
}
