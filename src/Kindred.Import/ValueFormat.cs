using System.Globalization;
using System.Text.RegularExpressions;

namespace Kindred.Import;

/// <summary>How a column of values is written.</summary>
/// <param name="Description">For a person, what follows "read"; null where values are plain numbers.</param>
/// <param name="NumberAs">SQL: the text of a cell, and the type of the number → the number, NULL where it is none.</param>
/// <param name="Parse">The same of a text in memory.</param>
internal sealed partial record ValueFormat(string? Description, Func<string, string, string> NumberAs, Func<string, float?> Parse)
{
    private const double NearlyAll = 0.9;

    public static readonly ValueFormat Plain = new(null, (text, type) => $"TRY_CAST({text} AS {type})", PlainNumber);

    private static readonly string[] Yes = ["true", "yes", "t", "y", "ja", "j", "oui", "si", "sí", "sim", "tak", "wahr", "vrai", "up",
        "like", "liked", "positive", "interested"],
        No = ["false", "no", "f", "n", "nein", "nee", "non", "não", "nao", "nie", "falsch", "faux", "down", "dislike", "disliked",
            "negative",
            "not interested", "not_interested"];

    private static readonly ValueFormat Booleans = new("as 1 for true and 0 for false", (text, type) =>
        $"CASE WHEN lower(trim({text})) IN ({Words(Yes)}, '1', '1.0') THEN CAST(1 AS {type}) WHEN lower(trim({text})) IN ({Words(No)}, " +
        $"'0', '0.0') THEN CAST(0 AS {type}) END",
        text => text.ToLowerInvariant() is var word && Yes.Contains(word) ? 1 : No.Contains(word) ? 0 : PlainNumber(text));

    /// <summary>What multiplies the number before it.</summary>
    private static readonly string[] Multiples = ["k", "m", "b", "mio", "mrd", "tsd", "million"];

    private static readonly ValueFormat Stars = new("as the number of stars in '★★★☆☆' and the like",
        (text, type) => $"CAST(nullif(length(regexp_replace({text}, '[^★⭐*]', '', 'g')), 0) AS {type})",
        text => text.Count(c => c is '★' or '⭐' or '*') is > 0 and var stars ? stars : null);

    /// <param name="sample">Cells of the beginning of the column, none of them empty.</param>
    /// <param name="point">What stands before the fraction; null: what the cells tell.</param>
    /// <param name="delimiter">Of the fields; where it is a comma, those who wrote the file quoted commas, which then are between
    /// thousands. Null: a comma decides nothing.</param>
    /// <exception cref="InputException">Fractions cannot be told from thousands.</exception>
    public static ValueFormat Find(IReadOnlyList<string> sample, char? point, string? delimiter = null)
    {
        if (sample.Count == 0 || (point is null && sample.All(IsPlain))) return point == ',' ? Written(',', false, "", "", "") : Plain;
        if (AreBooleans(sample)) return Booleans;
        if (sample.All(v => StarsAlone().IsMatch(v))) return Stars;
        var parts = sample.Select(v => Parts().Match(v)).Where(m => m.Success).ToList();
        if (parts.Count < NearlyAll * sample.Count) return Plain;
        var numbers = parts.ConvertAll(m => m.Groups["number"].Value);
        char found = point ?? PointOf(numbers, delimiter);
        bool grouped = numbers.Exists(n => n.AsSpan().IndexOfAny(found == ',' ? ". '\u00a0\u202f" : ", '\u00a0\u202f") >= 0);
        string[] currencies = [.. parts.Select(m => m.Groups["before"].Value).Where(sign => sign.Length > 0).Distinct()];
        string before = currencies.Length == 0 ? "" : $@"[{string.Concat(currencies)}]?\s*";
        if (After(parts.ConvertAll(m => m.Groups["after"].Value.Trim())) is not { } after) return Plain;
        return found == '.' && !grouped && before.Length == 0 && after.Length == 0 ? Plain
            : Written(found, grouped, before, after, parts[0].Value);
    }

    /// <returns>SQL: the text of a cell → FLOAT, as events have it.</returns>
    public string Number(string text) => NumberAs(text, "FLOAT");

    /// <returns>The signs of money that stand before or after the numbers.</returns>
    public static string[] Currencies(IReadOnlyList<string> sample) =>
    [
        .. sample.Select(v => Parts().Match(v)).Where(m => m.Success)
            .SelectMany(m => (string[])[m.Groups["before"].Value, m.Groups["after"].Value.Trim()])
            .Where(sign => sign.Length == 1 && "$€£¥".Contains(sign, StringComparison.Ordinal)).Distinct(),
    ];

    public static bool AreBooleans(IReadOnlyList<string> sample) =>
        sample.All(v => v.ToLowerInvariant() is var word && (Yes.Contains(word) || No.Contains(word)));

    /// <summary>Whether the values only say yes or no.</summary>
    public static bool AreZeroOrOne(IReadOnlyList<string> sample) =>
        sample.Count > 0 && (AreBooleans(sample) || sample.All(v => v is "0" or "1" or "0.0" or "1.0" or "-1" or "-1.0"));

    /// <summary>Of values that say yes or no.</summary>
    public static bool IsYes(string value) => value is "1" or "1.0" || Yes.Contains(value.ToLowerInvariant());

    /// <returns>The decimal point that the numbers tell.</returns>
    private static char PointOf(List<string> numbers, string? delimiter)
    {
        var commas = numbers.FindAll(n => n.Contains(','));
        if (commas.Count == 0) return numbers.Exists(n => n.IndexOf('.') != n.LastIndexOf('.')) ? ',' : '.'; // 1.234.567
        // The last mark of 1.234,5 and of 1,234.5 is the point; two of a kind separate thousands.
        if (commas.Exists(n => n.LastIndexOf(',') > n.LastIndexOf('.') && n.Contains('.'))) return ',';
        if (commas.Exists(n => n.Contains('.') || n.IndexOf(',') != n.LastIndexOf(','))) return '.';
        if (!commas.TrueForAll(n => Thousands().IsMatch(n))) return ',';
        if (numbers.Exists(n => n.Contains('.'))) return '.';
        return delimiter == "," ? '.' : throw new InputException(
            $"Values such as {commas[0]} may be thousands or have a decimal comma; say which with --decimal , or --decimal .");
    }

    /// <returns>A pattern of what follows the numbers: nothing, <c>%</c>, <c>/5</c>, or words; null where they differ.</returns>
    private static string? After(List<string> after)
    {
        if (after.TrueForAll(a => a.Length == 0)) return "";
        if (after.TrueForAll(a => a == "%")) return @"\s*%";
        var scales = after.Select(a => Scale().Match(a)).ToList();
        if (scales.TrueForAll(s => s.Success))
            return scales.Select(s => s.Groups[1].Value).Distinct().Count() == 1
                ? $@"\s*(/|of|out of|von|sur)\s*{Regex.Escape(scales[0].Groups[1].Value)}(\s+[^0-9]+)?" : null;
        bool words = after.TrueForAll(a => !a.Any(char.IsNumber) && a.Length < 20 && !Multiples.Contains(a.ToLowerInvariant()))
            && after.Select(a => a.TrimEnd('s', '.', 'n', 'e')).Where(a => a.Length > 0)
                .Distinct(StringComparer.OrdinalIgnoreCase).Count() == 1;
        string? money = after.Find(a => a is "$" or "€" or "£" or "¥");
        return !words ? null : money is null ? @"[^0-9]*" : $@"\s*{Regex.Escape(money)}?";
    }

    private static ValueFormat Written(char point, bool grouped, string before, string after, string example)
    {
        string groups = point == ',' ? @"[. '’\u00a0\u202f]" : @"[, '’\u00a0\u202f]";
        string whole = grouped ? $@"(?:\d{{1,3}}(?:{groups}\d{{3}})+|\d+)" : @"\d+";
        string pattern = $@"^\s*{before}([+-]?(?:{whole}(?:\{point}\d*)?|\{point}\d+)(?:[eE][+-]?\d+)?){after}\s*$".Replace(
            "\\u00a0", "\u00a0", StringComparison.Ordinal).Replace("\\u202f", "\u202f", StringComparison.Ordinal);
        string marks = groups.Replace("\\u00a0", "\u00a0", StringComparison.Ordinal).Replace("\\u202f", "\u202f", StringComparison.Ordinal);
        List<string> says =
        [
            .. point == ',' ? ["with a decimal comma"] : Array.Empty<string>(), .. grouped ? ["with separators of thousands"]
                : Array.Empty<string>(),
            .. after.Length > 0 || before.Length > 0 ? [$"as the numbers in '{example.Trim()}' and the like"] : Array.Empty<string>(),
        ];
        return new(string.Join(", ", says), (text, type) =>
        {
            string number = $"regexp_extract({text}, {Sql.Literal(pattern)}, 1)";
            if (grouped) number = $"regexp_replace({number}, {Sql.Literal(marks)}, '', 'g')";
            return $"TRY_CAST({(point == ',' ? $"replace({number}, ',', '.')" : number)} AS {type})";
        }, text =>
        {
            if (Regex.Match(text, pattern) is not { Success: true } match) return null;
            string number = grouped ? Regex.Replace(match.Groups[1].Value, marks, "") : match.Groups[1].Value;
            return PlainNumber(point == ',' ? number.Replace(',', '.') : number);
        });
    }

    private static float? PlainNumber(string text) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && float.IsFinite(number) ? number : null;

    private static string Words(string[] words) => Sql.List(words.Select(Sql.Literal));

    private static bool IsPlain(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    [GeneratedRegex(@"^\s*(?<before>[$€£¥]?)\s*(?<number>[+-]?\d(?:[\d.,'’\u00a0\u202f]|[ ](?=\d{3}))*|[+-]?[.,]\d+)(?<after>.*)$")]
    private static partial Regex Parts();

    [GeneratedRegex(@"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")]
    private static partial Regex Thousands();

    [GeneratedRegex(@"^[★⭐*]+[☆✩]*$")]
    private static partial Regex StarsAlone();

    [GeneratedRegex(@"^(?:/|of|out of|von|sur)\s*(\d+)(?:\s+\p{L}+)?$")]
    private static partial Regex Scale();
}
