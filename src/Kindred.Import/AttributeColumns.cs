using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kindred.Data;

namespace Kindred.Import;

/// <summary>Finds out what a column of texts holds: a number, labels (one or several), or free text.</summary>
internal sealed partial class AttributeColumns(int count)
{
    /// <summary>Written by programs where they know nothing.</summary>
    private static readonly HashSet<string> Unknown = ["", "NA", "N/A", "NULL", "null", "None", "NaN", "nan", "\\N", "(no genres listed)"];

    private const StringSplitOptions Parts = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    /// <summary>Parts of names of columns whose digits name something rather than measure it.</summary>
    private static readonly string[] CodeNames =
        ["category", "categories", "genre", "brand", "color", "colour", "occupation", "zip", "postal", "department"];

    private static readonly string[] TitleNames = ["title", "name", "headline", "productname", "producttitle"];

    private readonly Dictionary<string, TextColumn> _texts = [];
    private readonly Dictionary<string, NumberColumn> _numbers = [];
    private readonly Dictionary<string, LabelColumn> _labels = [];

    public Catalog ToCatalog() => new(count, _texts, _numbers, _labels);

    /// <summary>What each column was taken for.</summary>
    public IEnumerable<string> Describe() =>
        [.. _texts.Keys.Select(n => $"{n} (text)"), .. _numbers.Keys.Select(n => $"{n} (number)"),
         .. _labels.Select(l => $"{l.Key} ({l.Value.Labels.Count} labels)")];

    /// <param name="values">[count]; null where there is no row.</param>
    public void Add(string name, string?[] values)
    {
        for (int n = 0; n < count; n++) values[n] = values[n]?.Trim() is { } text && !Unknown.Contains(text) ? text : null;
        var known = values.Where(v => v is not null).Select(v => v!).ToList();
        if (known.Count == 0) return;
        if (IsTitle(name)) AddTitle(name, values, known);
        else if (known.TrueForAll(IsJsonList)) AddLabels(name, values, JsonItems);
        else if (!IsCode(name) && known.TrueForAll(v => NumberOf(v) is not null)) AddNumbers(name, values, NumberOf);
        else if (known.TrueForAll(v => DateOf(v) is not null)) AddNumbers(name, values, DateOf);
        else if (IsPiped(name, known)) AddLabels(name, values, v => v.Split('|', Parts));
        else if (IsCode(name) || IsCategory(known)) AddLabels(name, values, v => [v]);
        else _texts[name] = new(StringTable.From([.. values.Select(v => v ?? "")]));
    }

    /// <summary>
    /// A title keeps its text; the year at its end, <c>Toy Story (1995)</c>, becomes a number where there is no column of years.
    /// </summary>
    private void AddTitle(string name, string?[] values, List<string> known)
    {
        const double Most = 0.8;
        _texts[name] = new(StringTable.From([.. values.Select(v => v ?? "")]));
        if (!_numbers.ContainsKey("year") && known.Count(v => YearAtEnd().IsMatch(v)) >= Most * known.Count)
            AddNumbers("year", values, v => YearAtEnd().Match(v) is { Success: true } year ? float.Parse(year.Groups[1].Value) : null);
    }

    private void AddNumbers(string name, string?[] values, Func<string, float?> parse) =>
        _numbers[name] = new(values.Select(v => v is null ? float.NaN : parse(v) ?? float.NaN).ToArray());

    private void AddLabels(string name, string?[] values, Func<string, IReadOnlyList<string>> split)
    {
        var rows = values.Select(v => v is null ? [] : split(v).Distinct(StringComparer.Ordinal).ToArray()).ToList();
        string[] labels = [.. rows.SelectMany(r => r).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var index = labels.Select((label, n) => (label, n)).ToDictionary(l => l.label, l => l.n);
        var starts = new int[count + 1];
        for (int n = 0; n < count; n++) starts[n + 1] = starts[n] + rows[n].Length;
        _labels[name] = new(starts, rows.SelectMany(r => r.Select(l => index[l])).ToArray(), new Vocabulary(labels));
    }

    private static bool IsTitle(string name) =>
        TitleNames.Contains(string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant());

    private static bool IsCode(string name) =>
        CodeNames.Any(code => name.Contains(code, StringComparison.OrdinalIgnoreCase))
        || name.EndsWith("_id", StringComparison.OrdinalIgnoreCase);

    private static bool IsPiped(string name, List<string> known)
    {
        const double Some = 0.05;
        int piped = known.Count(v => v.Contains('|'));
        return piped > 0 && (IsCode(name) || piped >= Some * known.Count);
    }

    /// <summary>Few different short values.</summary>
    private static bool IsCategory(List<string> known)
    {
        const int Longest = 40, Few = 20, RowsEach = 5;
        if (known.Exists(v => v.Length > Longest)) return false;
        int different = known.Distinct(StringComparer.Ordinal).Count();
        return different <= Math.Max(Math.Min(Few, known.Count - 1), known.Count / RowsEach);
    }

    private static float? NumberOf(string text) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && float.IsFinite(number) ? number : null;

    /// <returns>UTC Unix seconds.</returns>
    private static float? DateOf(string text) =>
        text.Length >= 8 && char.IsAsciiDigit(text[0]) && text.Contains('-')
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToUnixTimeSeconds()
            : null;

    private static bool IsJsonList(string text)
    {
        if (text is not ['[', .., ']']) return false;
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Array;
        }
        catch (JsonException) { return false; }
    }

    private static string[] JsonItems(string text)
    {
        using var json = JsonDocument.Parse(text);
        return [.. json.RootElement.EnumerateArray().Select(e => e.ToString().Trim()).Where(e => e.Length > 0)];
    }

    [GeneratedRegex(@"\((\d{4})\)\s*$")]
    private static partial Regex YearAtEnd();
}
