using System.Text.Json;

namespace Kindred.Import;

/// <summary>Files that are one JSON document instead of an object a line: an array of objects, alone or inside an object.</summary>
internal static class JsonDocuments
{
    private const long MostBytes = 512L << 20; // it is taken into memory

    /// <summary>Writes the objects one a line.</summary>
    /// <returns>False: it is no such document, and nothing was written.</returns>
    /// <exception cref="InputException">It is one, but too large.</exception>
    public static bool TryUnwrap(string path, Func<Stream> open, long bytes, string target)
    {
        if (!LooksLikeOne(open)) return false;
        if (bytes > MostBytes)
            throw new InputException(
                $"{path} is one JSON document of {bytes >> 20} MiB; write one object a line, for example with: jq -c '.[]' {path} > " +
                $"events.jsonl");
        try
        {
            using var stream = open();
            using var document = JsonDocument.Parse(stream);
            if (RowsOf(document.RootElement) is not { } rows) return false;
            using var output = File.Create(target);
            foreach (var row in rows.EnumerateArray())
            {
                output.Write(JsonSerializer.SerializeToUtf8Bytes(row));
                output.WriteByte((byte)'\n');
            }
            return true;
        }
        catch (JsonException) { return false; }
    }

    /// <summary>
    /// It begins with an array of objects, or its first line is not all of an object, or is one with an array of objects in it.
    /// </summary>
    private static bool LooksLikeOne(Func<Stream> open)
    {
        using var reader = new StreamReader(open());
        string? line = reader.ReadLine();
        while (line is not null && line.Trim().Length == 0) line = reader.ReadLine();
        if (line is null) return false;
        string text = line.Trim();
        if (text == "[" || (text.StartsWith('[') && text[1..].TrimStart().StartsWith('{'))) return true;
        if (!text.StartsWith('{')) return false;
        try
        {
            using var first = JsonDocument.Parse(text);
            return RowsOf(first.RootElement) is not null && reader.ReadLine()?.Trim() is null or "";
        }
        catch (JsonException) { return text == "{" || text.EndsWith('[') || text.EndsWith('{') || text.EndsWith(','); }
    }

    /// <returns>The array of objects: the document itself, or the only one in the object that it is.</returns>
    private static JsonElement? RowsOf(JsonElement root)
    {
        if (IsRows(root)) return root;
        if (root.ValueKind != JsonValueKind.Object) return null;
        var arrays = root.EnumerateObject().Where(p => IsRows(p.Value)).Select(p => p.Value).ToList();
        bool isRow = root.EnumerateObject().Any(p => ColumnNames.IsTelling(p.Name)); // an order with its lines is a row itself
        return arrays.Count == 1 && !isRow ? arrays[0] : null;
    }

    private static bool IsRows(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array && element.GetArrayLength() > 0
        && element.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Object);
}
