using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kindred.Import;

/// <summary>Cells that hold several items: <c>milk,bread</c>, <c>["milk", "bread"]</c>, <c>['milk', 'bread']</c>.</summary>
internal static partial class ItemCells
{
    /// <summary>What separates them as far as people know no better.</summary>
    private static readonly string[] Separators = ["|", ";", ",", "\n", " "];

    /// <summary>Whether it is a list of JSON or Python.</summary>
    public static bool IsList(string cell) => Listed(cell) is ['[', .., ']'] or ['(', .., ')']
        || (Listed(cell) is ['{', _, .., '}'] && !ObjectKey().IsMatch(cell));

    /// <returns>The list itself, without the name of the type that Python and R write before it.</returns>
    private static string Listed(string cell) =>
        TypeName().Match(cell.Trim()) is { Success: true } typed ? $"({typed.Groups[1].Value.Trim('[', ']', '{', '}', '(', ')')})"
            : cell.Trim();

    [GeneratedRegex("""^\{\s*("[^"]*"|'[^']*'|\w+)\s*:""")]
    private static partial Regex ObjectKey();

    [GeneratedRegex(@"^(?:frozenset|set|tuple|list|c|(?:np\.)?array)\((.*)\)$", RegexOptions.Singleline)]
    private static partial Regex TypeName();

    // As numpy writes arrays of texts: ['a' 'b'].
    [GeneratedRegex(@"(?<=['""])\s+(?=['""])")]
    private static partial Regex BetweenQuotes();

    /// <returns>The items, without white space; none where the cell is empty.</returns>
    public static IReadOnlyList<string> Split(string cell, string? separator)
    {
        string text = Listed(cell);
        if (!IsList(text))
            return separator is null ? [text]
                : text.Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind == JsonValueKind.Array)
                return [.. json.RootElement.EnumerateArray().Select(e => e.ToString().Trim()).Where(e => e.Length > 0)];
        }
        catch (JsonException) { }
        return Unquote(BetweenQuotes().Replace(text[1..^1], ","));
    }

    /// <returns>The separator that most cells hold and whose parts occur again and again; null where there is none.</returns>
    public static string? SeparatorOf(IReadOnlyList<string> cells)
    {
        const double Some = 0.3, Fewer = 0.5;
        int different = cells.Distinct(StringComparer.Ordinal).Count();
        foreach (string separator in Separators)
        {
            var parted = cells.Where(c => c.Contains(separator, StringComparison.Ordinal)).ToList();
            if (parted.Count < 3 || parted.Count < Some * cells.Count) continue;
            var parts = cells.SelectMany(c => Split(c, separator)).ToList();
            int distinct = parts.Distinct(StringComparer.Ordinal).Count();
            // Words of titles come again, too: parts at spaces must be ids.
            if (separator == " " && parts.Exists(p => !p.Any(char.IsAsciiDigit))) continue;
            if (distinct <= Fewer * different && parts.Count >= 2 * distinct) return separator;
        }
        return null;
    }

    /// <summary>Parts at commas, each in quotes of either kind or in none, as Python and R write them.</summary>
    private static List<string> Unquote(string text)
    {
        var items = new List<string>();
        for (int position = 0; position < text.Length;)
        {
            while (position < text.Length && (char.IsWhiteSpace(text[position]) || text[position] == ',')) position++;
            if (position == text.Length) break;
            char quote = text[position];
            int end;
            if (quote is '\'' or '"')
            {
                var item = new System.Text.StringBuilder();
                for (end = position + 1; end < text.Length && text[end] != quote; end++)
                {
                    if (text[end] == '\\' && end + 1 < text.Length) end++;
                    item.Append(text[end]);
                }
                if (item.ToString().Trim() is { Length: > 0 } some) items.Add(some);
                position = Math.Min(text.Length, end + 1);
                continue;
            }
            end = text.IndexOf(',', position);
            if (end < 0) end = text.Length;
            if (text[position..end].Trim() is { Length: > 0 } plain) items.Add(plain);
            position = end;
        }
        return items;
    }
}
