using System.Text.Json;

namespace Kindred.Import.Arrays;

/// <summary>Ids of the rows of a matrix, in their order.</summary>
internal static class IdList
{
    /// <summary>A JSON array, a <c>.npy</c> array, or one id a line; of a <c>.csv</c> the first line may be a header.</summary>
    /// <param name="rows">How many there must be.</param>
    /// <exception cref="InputException">The file cannot be read, or does not have so many ids.</exception>
    public static string[] Read(string path, int rows)
    {
        if (!File.Exists(path)) throw new InputException($"{path} does not exist.");
        try
        {
            string[] ids = Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".json" => Parse(path, File.ReadAllText(path)),
                ".npy" => NpyFormat.Parse(path, File.ReadAllBytes(path)).ToIds(),
                var ending => LinesOf(path, ending == ".csv", rows),
            };
            return ids.Length == rows ? ids : throw new InputException($"There are {rows} rows, and {path} names {ids.Length}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <param name="name">For sentences.</param>
    /// <exception cref="InputException">It is no JSON array of texts or numbers.</exception>
    public static string[] Parse(string name, string json)
    {
        try
        {
            using var list = JsonDocument.Parse(json);
            return
            [
                .. list.RootElement.EnumerateArray().Select(id => id.ValueKind switch
                {
                    JsonValueKind.String => id.GetString()!,
                    JsonValueKind.Number => id.GetRawText(),
                    _ => throw new JsonException(),
                }),
            ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException($"{name} must be a list of ids, [\"a\", \"b\"], one for each row.", e);
        }
    }

    private static string[] LinesOf(string path, bool isCsv, int rows)
    {
        string[] lines = File.ReadAllLines(path);
        if (!isCsv) return lines;
        if (lines.Length == rows + 1) lines = lines[1..];
        return Array.ConvertAll(lines, line => line is ['"', .. var quoted, '"'] ? quoted.Replace("\"\"", "\"", StringComparison.Ordinal)
            : !line.Contains(',', StringComparison.Ordinal) ? line
            : throw new InputException($"{path} has several columns; write the ids alone, one a line."));
    }
}
