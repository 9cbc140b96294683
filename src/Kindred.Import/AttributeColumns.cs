using System.Globalization;
using System.Text.RegularExpressions;
using Kindred.Data;

namespace Kindred.Import;

/// <summary>Finds out what a column of texts holds: a number, labels (one or several), a vector, or free text.</summary>
internal sealed partial class AttributeColumns(int count)
{
    private const double NearlyAll = 0.9;
    private const int FewRows = 5;

    private const StringSplitOptions Parts = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    /// <summary>Parts of names of columns whose digits name something rather than measure it.</summary>
    private static readonly string[] CodeNames =
        ["category", "categories", "genre", "brand", "color", "colour", "occupation", "zip", "postal", "department", "isbn", "ean", "upc",
            "gtin", "sku", "asin", "barcode"];

    private static readonly string[] TitleNames = ["title", "name", "headline", "productname", "producttitle", "titel", "titre",
        "titulo", "título", "titolo",
        "bezeichnung", "artikelbezeichnung", "produktname", "nombre", "nom", "nome", "designation", "naziv", "nazev", "názov",
            "название", "名称", "タイトル"];

    private static readonly string[] LabelNames = ["genre", "tag", "categor", "keyword", "label", "topic", "style", "mood", "subject",
        "actor", "ingredient"];

    private static readonly string[] Separators = ["|", ";", ","];

    /// <summary>Of labels in columns that are called so: elsewhere they stand inside of texts.</summary>
    private static readonly string[] LabelSeparators = ["\n", "::", " / ", "/", " > ", ">", " · ", "·", " • ", " + ", "#"];

    private readonly List<string> _notes = [];
    private readonly List<string> _words = [];
    private readonly List<BadCell> _badCells = [];
    private readonly List<(string Name, int Length)> _vectors = [];
    private readonly Dictionary<string, string?[]> _texted = [];

    private readonly Dictionary<string, TextColumn> _texts = [];
    private readonly Dictionary<string, NumberColumn> _numbers = [];
    private readonly Dictionary<string, LabelColumn> _labels = [];

    /// <summary>The column that a person would call the row by; null: found by its name.</summary>
    public string? Title { get; init; }

    /// <summary>What separates labels, <c>none</c>: nothing does; null: found by looking.</summary>
    public string? LabelSeparator { get; init; }

    /// <summary>What stands before the fraction of a number; null: found by looking.</summary>
    public char? DecimalPoint { get; init; }

    /// <summary>Words for a missing value, besides those that programs write.</summary>
    public IReadOnlyList<string> Null { get; init; } = [];

    /// <summary>Sentences about what was left out.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The first cell that is no number of each column that has numbers in nearly all others.</summary>
    public IReadOnlyList<BadCell> BadCells => _badCells;

    /// <summary>Columns of labels that a space seems to separate.</summary>
    public IReadOnlyList<string> LabelsOfWords => _words;

    /// <summary>Columns of labels that no two rows have in common.</summary>
    public IEnumerable<string> LabelForEach => _labels.Where(l => IsForEach(l.Value)).Select(l => l.Key);

    public Catalog ToCatalog() => new(count, _texts, _numbers, _labels);

    /// <summary>What each column was taken for.</summary>
    public IEnumerable<string> Describe() =>
        [.. _texts.Keys.Select(n => $"{n} (text)"), .. _vectors.Select(v => $"{v.Name} (vector of {v.Length} numbers)"),
         .. _numbers.Keys.Where(n => !_vectors.Exists(v => n.StartsWith($"{v.Name}.", StringComparison.Ordinal)))
             .Select(n => $"{n} (number)"),
         .. _labels.Select(l => $"{l.Key} ({l.Value.Labels.Count} labels)")];

    /// <param name="values">[count]; null where there is no row.</param>
    public void Add(string name, string?[] values)
    {
        for (int n = 0; n < count; n++)
            values[n] = values[n]?.Trim() is { } text && !NullWords.Are(text) && !Null.Contains(text) ? text : null;
        var known = values.Where(v => v is not null).Select(v => v!).ToList();
        if (known.Count == 0) return;
        if (IsTitle(name)) AddTitle(name, values, known);
        else if (NearlyAllAre(known, v => VectorText.Are(name, v))) AddVectors(name, values, known);
        else if (known.TrueForAll(ItemCells.IsList)) AddLabels(name, values, LabelCells.Of);
        else if (!IsCode(name) && NumbersIn(name, known) is { } number) AddNumbers(name, values, number, "number");
        else if (NearlyAllAre(known, v => DateOf(v) is not null)) AddNumbers(name, values, DateOf, "date");
        else if (SeparatorOf(name, known) is { } separator) AddLabels(name, values, v => v.Split(separator, Parts));
        else if (IsCode(name) && known.Count > FewRows && known.Distinct(StringComparer.Ordinal).Count() == known.Count) AddText(name,
            values);
        else if (IsCode(name) || IsCategory(known)) AddLabels(name, values, v => [v]);
        else AddText(name, values);
    }

    /// <summary>All but a tenth, or but one of a few.</summary>
    private static bool NearlyAllAre(List<string> cells, Predicate<string> are)
    {
        int others = cells.Count - cells.Count(c => are(c));
        return others == 0 || others <= (1 - NearlyAll) * cells.Count || (others == 1 && cells.Count >= FewRows);
    }

    /// <returns>How the cells are read that are numbers as people write them; null where they are none.</returns>
    private Func<string, float?>? NumbersIn(string name, List<string> known)
    {
        if (NearlyAllAre(known, v => NumberOf(v) is not null)) return NumberOf;
        var format = FormatOf(known);
        if (format.Description is null || ValueFormat.AreBooleans(known)) return null;
        if (!NearlyAllAre(known, v => format.Parse(v) is not null)) return null;
        _notes.Add($"{name} is read {format.Description}.");
        return format.Parse;
    }

    private ValueFormat FormatOf(List<string> known)
    {
        try
        {
            return ValueFormat.Find(known, DecimalPoint, ";");
        }
        catch (InputException) // 1,234 alone: programs that write thousands so are many more than those with three places
        {
            return ValueFormat.Find(known, '.', ";");
        }
    }

    private void AddVectors(string name, string?[] values, List<string> known)
    {
        int length = known.Where(v => VectorText.Are(name, v)).Select(v => VectorText.Parts(v).Length).GroupBy(n => n)
            .MaxBy(g => g.Count())!.Key;
        bool IsVector(string text) => VectorText.Are(name, text) && VectorText.Parts(text).Length == length;
        var numbers = new float[length][];
        for (int d = 0; d < length; d++)
        {
            numbers[d] = new float[count];
            numbers[d].AsSpan().Fill(float.NaN);
        }
        for (int row = 0; row < count; row++)
        {
            if (values[row] is not { } text) continue;
            string[] parts = IsVector(text) ? VectorText.Parts(text) : [];
            if (parts.Length == 0) NoteBad(name, row, text, values, $"vector of {length} numbers", IsVector);
            else for (int d = 0; d < length; d++) numbers[d][row] = NumberOf(parts[d])!.Value;
        }
        for (int d = 0; d < length; d++) _numbers[$"{name}.{d}"] = new(numbers[d]);
        _vectors.Add((name, length));
    }

    /// <summary>Without a column that is called so, the only text becomes the title.</summary>
    public void ChooseTitle()
    {
        string? titled = _texts.Keys.FirstOrDefault(IsTitle);
        string? chosen = Title is null ? null
            : _texted.Keys.FirstOrDefault(n => string.Equals(n, Title, StringComparison.OrdinalIgnoreCase))
            ?? throw new InputException($"There is no text attribute '{Title}' for --title{Spelling.Hint(Title, [.. _texted.Keys])}");
        if (chosen is null && titled is "title" or "name" or "headline" or "product_name" or "product_title") return;
        chosen ??= titled;
        var free = _texts.Keys.Where(n => !IsCode(n)).ToList();
        var named = free.Where(n => ColumnNames.Normalize(n) is var plain
            && (plain.EndsWith("title", StringComparison.Ordinal) || plain.EndsWith("name", StringComparison.Ordinal))).ToList();
        chosen ??= free.Count == 1 ? free[0] : named.Count == 1 ? named[0] : null;
        if (chosen is null && free.Count > 1) _notes.Add($"None of {string.Join(", ", free)} is taken for the title; --title names one.");
        if (chosen is null || string.Equals(chosen, TitleNames[0], StringComparison.Ordinal)) return;
        _texts[TitleNames[0]] = _texts[chosen];
        _texts.Remove(chosen);
        _notes.Add($"{chosen} is taken for the title{(Title is null ? "; --title names another" : "")}.");
    }

    private void AddText(string name, string?[] values)
    {
        _texted[name] = values;
        _texts[name] = new(StringTable.From([.. values.Select(v => v ?? "")]));
    }

    /// <summary>
    /// A title keeps its text; the year at its end, <c>Toy Story (1995)</c>, becomes a number where there is no column of years.
    /// </summary>
    private void AddTitle(string name, string?[] values, List<string> known)
    {
        const double Most = 0.8;
        AddText(name, values);
        if (!_numbers.ContainsKey("year") && known.Count(v => YearAtEnd().IsMatch(v)) >= Most * known.Count)
            AddNumbers("year", values, v => YearAtEnd().Match(v) is { Success: true } year ? float.Parse(year.Groups[1].Value) : null);
    }

    private void AddNumbers(string name, string?[] values, Func<string, float?> parse, string? what = null)
    {
        var numbers = new float[count];
        for (int row = 0; row < count; row++)
        {
            numbers[row] = values[row] is { } text ? parse(text) ?? float.NaN : float.NaN;
            if (what is not null && values[row] is { } cell && float.IsNaN(numbers[row]))
                NoteBad(name, row, cell, values, what, v => parse(v) is not null);
        }
        _numbers[name] = new(numbers);
    }

    private void NoteBad(string name, int row, string cell, string?[] values, string what, Predicate<string> isGood)
    {
        if (_badCells.Exists(b => b.Column == name)) return;
        _badCells.Add(new(name, row, cell, what, values.Count(v => v is not null && !isGood(v)), values.Count(v => v is not null)));
    }

    private void AddLabels(string name, string?[] values, Func<string, IReadOnlyList<string>> split)
    {
        var rows = values.Select(v => v is null ? [] : split(v).Distinct(StringComparer.Ordinal).ToArray()).ToList();
        string[] labels = [.. rows.SelectMany(r => r).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var index = labels.Select((label, n) => (label, n)).ToDictionary(l => l.label, l => l.n);
        var starts = new int[count + 1];
        for (int n = 0; n < count; n++) starts[n + 1] = starts[n] + rows[n].Length;
        _labels[name] = new(starts, rows.SelectMany(r => r.Select(l => index[l])).ToArray(), new Vocabulary(labels));
    }

    private bool IsTitle(string name) => Title is not null
        ? string.Equals(name, Title, StringComparison.OrdinalIgnoreCase)
        : TitleNames.Contains(ColumnNames.Normalize(name));

    private static bool IsCode(string name) =>
        CodeNames.Any(code => name.Contains(code, StringComparison.OrdinalIgnoreCase))
        || IdName().IsMatch(name);

    /// <returns>What separates labels in the column: what some cells hold, and whose parts occur again and again; null: nothing.</returns>
    private string? SeparatorOf(string name, List<string> known)
    {
        const double Some = 0.05, Fewer = 0.6;
        const int Longest = 40;
        if (LabelSeparator is not null)
            return LabelSeparator != "none" && known.Exists(v => v.Contains(LabelSeparator, StringComparison.Ordinal)) ? LabelSeparator
                : null;
        bool isLabels = IsCode(name) || LabelNames.Any(l => name.Contains(l, StringComparison.OrdinalIgnoreCase));
        int piped = known.Count(v => v.Contains('|'));
        if (piped > 0 && (isLabels || piped >= Some * known.Count)) return "|";
        foreach (string separator in isLabels ? [.. Separators, .. LabelSeparators] : Separators)
        {
            var parted = known.Where(v => v.Contains(separator, StringComparison.Ordinal)).ToList();
            if (parted.Count < Some * known.Count || parted.Count == 0) continue;
            var parts = known.SelectMany(v => v.Split(separator, Parts)).ToList();
            int different = parts.Distinct(StringComparer.Ordinal).Count();
            bool recur = different <= Fewer * known.Distinct(StringComparer.Ordinal).Count() || (isLabels && different < parts.Count / 2.0);
            if (recur && parts.TrueForAll(p => p.Length <= Longest)) return separator;
        }
        if (isLabels && AreWords(known)) _words.Add(name);
        return null;
    }

    /// <summary>
    /// Whether a space seems to separate labels: most cells have several words, and these come again more than the cells do.
    /// </summary>
    private static bool AreWords(List<string> known)
    {
        var words = known.SelectMany(v => v.Split(' ', Parts)).ToList();
        int different = words.Distinct(StringComparer.OrdinalIgnoreCase).Count(), cells = known.Distinct(StringComparer.Ordinal).Count();
        return known.Count >= FewRows && known.Count(v => v.Contains(' ')) > known.Count / 2 && 2 * different < cells;
    }

    private static bool IsForEach(LabelColumn labels)
    {
        const int Few = 10;
        int rows = labels.Starts.Length - 1, known = 0;
        for (int row = 0; row < rows; row++) known += labels[row].Length > 0 ? 1 : 0;
        return known > Few && labels.Labels.Count >= known;
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

    [GeneratedRegex(@"(^|[_ -])(id|ID|Id)$|[a-z](Id|ID)$")]
    private static partial Regex IdName();

    [GeneratedRegex(@"\((\d{4})\)\s*$")]
    private static partial Regex YearAtEnd();
}

/// <summary>A cell that is left out because it is not what the column holds.</summary>
/// <param name="Row">Index of the user or item.</param>
/// <param name="What">What the others are, singular.</param>
/// <param name="Bad">Such cells of the column, of <paramref name="Known"/> that are not empty.</param>
internal sealed record BadCell(string Column, int Row, string Text, string What, int Bad, int Known);
