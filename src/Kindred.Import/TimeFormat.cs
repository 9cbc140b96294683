using System.Globalization;
using System.Text.RegularExpressions;

namespace Kindred.Import;

/// <summary>How a column of times is written.</summary>
/// <param name="Description">For a person; null where there is nothing to say.</param>
/// <param name="Milliseconds">
/// SQL: the text of a cell, and the same as a DOUBLE → UTC Unix milliseconds as DOUBLE, NULL where it is none.
/// </param>
internal sealed partial record TimeFormat(string? Description, Func<string, string, string> Milliseconds)
{
    private const double DayMs = 86_400_000;

    /// <summary>What a number may be, by the name of the option: milliseconds = (number − epoch) · scale.</summary>
    private static readonly Dictionary<string, (double Epoch, double Scale)> Numbers = new()
    {
        ["seconds"] = (0, 1e3),
        ["milliseconds"] = (0, 1),
        ["microseconds"] = (0, 1e-3),
        ["nanoseconds"] = (0, 1e-6),
        ["days"] = (0, DayMs),
        ["excel"] = (25_569, DayMs), // days since 1899-12-30
        ["ticks"] = (621_355_968_000_000_000, 1e-4), // .NET: 100 ns since the year 1
        ["filetime"] = (116_444_736_000_000_000, 1e-4), // Windows: 100 ns since 1601
        ["webkit"] = (11_644_473_600_000_000, 1e-3), // Chrome: µs since 1601
        ["apple"] = (-978_307_200, 1e3), // seconds since 2001
    };

    /// <summary>Numbers, whose unit their magnitude tells, and dates as ISO 8601 has them.</summary>
    /// <remarks>10¹¹ seconds are the year 5138, 10¹¹ milliseconds are 1973, and so on upwards.</remarks>
    public static readonly TimeFormat Usual = new(null, (text, number) => $"""
        CASE WHEN {number} IS NULL THEN epoch(TRY_CAST(trim({text}) AS TIMESTAMPTZ)) * 1e3
             WHEN abs({number}) < 1e11 THEN {number} * 1e3
             WHEN abs({number}) < 1e14 THEN {number}
             WHEN abs({number}) < 1e17 THEN {number} / 1e3
             ELSE {number} / 1e6 END
        """);

    private static readonly string Names = string.Join(", ", Numbers.Keys.Order(StringComparer.Ordinal));

    /// <exception cref="InputException">There is no such format.</exception>
    public static TimeFormat Named(string name) => name switch
    {
        "iso" => Usual,
        "compact" => Compact,
        "day-first" or "month-first" or "year-first" => InOrder(name, Separators),
        _ when Numbers.ContainsKey(name) => new(name, (_, number) => NumberSql(number, name)),
        _ when name.Contains('%') => Pattern(name),
        _ => throw new InputException(
            $"--time-format {name} is not known; give day-first, month-first, year-first, compact, iso, one of {Names}, "
            + "or a pattern such as %d.%m.%Y %H:%M."),
    };

    private static readonly string[] Years = ["%y", "%Y"];

    private static readonly char[] Separators = ['/', '-', '.'];

    private static readonly string[] CompactPatterns = ["%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"];

    /// <summary><c>20230104</c>, <c>202301040826</c> or <c>20230104082609</c>.</summary>
    private static readonly TimeFormat Compact = new("YYYYMMDD[hhmm[ss]]", (text, _) =>
        Parse(text, CompactPatterns, $"regexp_replace(trim({text}), '\\.0$', '')"));

    private static readonly string[] Clocks = ["", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S.%f", ", %H:%M:%S",
        ", %H:%M", "T%H:%M:%S", "T%H:%M"];

    private static readonly string[] Dates =
        ["%d-%b-%y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%b %d, %Y", "%B %d, %Y", "%d/%b/%Y", "%d. %B %Y", "%Y-%b-%d",
            "%a %d %b %Y", "%a, %d %b %Y", "%A, %B %d, %Y",
         "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d"];

    private static readonly string[] Whole =
        ["%a %b %d %H:%M:%S %z %Y", "%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S GMT", "%a, %d %b %Y %H:%M:%S %z",
            "%d/%b/%Y:%H:%M:%S %z", "%a %b %d %H:%M:%S UTC %Y",
         "%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d-%H.%M.%S", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M"];

    private static TimeFormat Pattern(string pattern) => new(pattern, (text, _) => Parse(text, [pattern], $"trim({text})"));

    // Of two digits first: a year of four is none, but 23 would be taken for a year of four.
    /// <summary>Day, month and year as numbers, in the named order, with a year of four digits or two.</summary>
    private static TimeFormat InOrder(string order, IReadOnlyList<char> separators) => new(order, (text, _) =>
        Parse(text, [.. separators.SelectMany(s => Years.SelectMany(y => Clocks.Select(clock => DateOf(order, s, y) + clock)))],
            $"trim({text})"));

    private static string DateOf(string order, char separator, string year) => string.Join(separator, order switch
    {
        "day-first" => ["%d", "%m", year],
        "month-first" => ["%m", "%d", year],
        _ => new[] { year, "%m", "%d" },
    });

    // Zones and other patterns have results of different types: lists must not mix them.
    private static string Parse(string text, IReadOnlyList<string> patterns, string cell) =>
        $"CASE WHEN {text} IS NOT NULL THEN epoch(try_strptime({cell}, [{Sql.List(patterns.Select(Sql.Literal))}])) * 1e3 END";

    private static string NumberSql(string number, string name)
    {
        var (epoch, scale) = Numbers[name];
        string rounded = scale == DayMs ? "round" : ""; // a day has more milliseconds than its fraction has digits
        return $"{rounded}(({number} - {epoch.ToString("R", CultureInfo.InvariantCulture)}) " +
            $"* {scale.ToString("R", CultureInfo.InvariantCulture)})";
    }

    /// <summary>Finds the format of a column of times.</summary>
    /// <param name="sample">Cells of its beginning, none of them empty.</param>
    /// <param name="countOfAll">How many cells of the whole column an SQL expression over <c>cell</c> is not NULL for.</param>
    /// <exception cref="InputException">It cannot be seen which is the day and which the month.</exception>
    public static TimeFormat Find(DuckDbSession engine, IReadOnlyList<string> sample, Func<string, long> countOfAll)
    {
        if (sample.Count == 0) return Usual;
        if (sample.All(IsNumber)) return OfNumbers(sample);
        if (sample.Count(v => Ambiguous().IsMatch(v)) > sample.Count / 2) return OfDates(engine, sample, countOfAll);
        string[] dates = [.. Dates.SelectMany(d => Clocks.Select(c => d + c)), .. Whole];
        var formats = dates.Select(Pattern).Prepend(Usual).ToList();
        var counts = Counts(engine, sample, formats);
        int best = counts.IndexOf(counts.Max());
        // Dates alone and dates with a clock may stand in one column.
        if (best == 0 || counts[best] == 0) return Usual;
        string pattern = formats[best].Description!;
        string? date = Dates.FirstOrDefault(d => pattern == d || Clocks.Any(c => pattern == d + c));
        return date is null ? formats[best]
            : new(pattern, (text, _) => Parse(text, [pattern, .. Clocks.Select(c => date + c).Where(p => p != pattern)], $"trim({text})"));
    }

    /// <returns>Formats of numbers by which the time would lie between 2000 and now.</returns>
    public static IEnumerable<(string Name, DateTimeOffset Time)> Plausible(double number, DateTimeOffset now)
    {
        foreach (var (name, (epoch, scale)) in Numbers)
        {
            double ms = (number - epoch) * scale;
            if (ms < 946_684_800_000 || ms > now.ToUnixTimeMilliseconds()) continue;
            yield return (name, DateTimeOffset.FromUnixTimeMilliseconds((long)ms));
        }
    }

    /// <summary>Whether the cell says nothing but the time of the day.</summary>
    public static bool IsTimeOfDay(string cell) => TimeOfDay().IsMatch(cell);

    public static bool IsDate(string cell) => DateAlone().IsMatch(cell);

    private static TimeFormat OfNumbers(IReadOnlyList<string> sample)
    {
        if (sample.All(IsCompact)) return Compact;
        // Days of Excel between 2000 and 2064, with a fraction that is the time of the day.
        bool excel = sample.All(v => Number(v) is > 36_526 and < 60_000) && sample.Any(v => !double.IsInteger(Number(v)));
        return excel ? Named("excel") with { Description = "days of Excel" } : Usual;
    }

    private static TimeFormat OfDates(DuckDbSession engine, IReadOnlyList<string> sample, Func<string, long> countOfAll)
    {
        char separator = sample.Select(v => Ambiguous().Match(v)).First(m => m.Success).Groups[2].Value[0];
        bool shortYear = !sample.Any(v => FourDigits().IsMatch(v));
        // Of two digits at both ends, those of years differ less than those of days.
        var ends = sample.Select(v => ShortYear().Match(v)).Where(m => m.Success).ToList();
        int firsts = ends.Select(m => m.Groups[1].Value).Distinct().Count(), lasts = ends.Select(m => m.Groups[2].Value).Distinct().Count();
        string[] orders = !shortYear || lasts < firsts ? ["day-first", "month-first"]
            : firsts < lasts ? ["year-first"] : ["day-first", "month-first", "year-first"];
        var formats = orders.Select(o => InOrder(o, [separator])).ToList();
        var counts = Counts(engine, sample, formats);
        var best = formats.Where((_, n) => counts[n] == counts.Max()).ToList();
        if (best.Count > 1)
        {
            var all = best.ConvertAll(f => countOfAll(OfCell(f)));
            best = [.. best.Where((_, n) => all[n] == all.Max())];
        }
        if (best.Count == 1) return best[0];
        throw new InputException(
            $"Times such as {sample[0]} may be {string.Join(" or ", best.Select(f => f.Description))}: no day above 12 tells; "
            + $"say which with --time-format {best[0].Description}.");
    }

    private static List<int> Counts(DuckDbSession engine, IReadOnlyList<string> sample, IReadOnlyList<TimeFormat> formats)
    {
        string values = Sql.List(sample.Select(v => $"({Sql.Literal(v)})"));
        string counts = Sql.List(formats.Select((f, n) => $"count({OfCell(f)}) AS n{n}"));
        return [.. engine.Rows($"SELECT {counts} FROM (VALUES {values}) t(cell)")[0].Select(n =>
            int.Parse(n!, CultureInfo.InvariantCulture))];
    }

    private static string OfCell(TimeFormat format) => format.Milliseconds("cell", "TRY_CAST(cell AS DOUBLE)");

    private static bool IsNumber(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static bool IsCompact(string text)
    {
        string digits = text.EndsWith(".0", StringComparison.Ordinal) ? text[..^2] : text;
        return digits.Length is 8 or 12 or 14 && DateTime.TryParseExact(
            digits, ["yyyyMMdd", "yyyyMMddHHmm", "yyyyMMddHHmmss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                && date.Year is > 1969 and < 2107;
    }

    [GeneratedRegex(@"^\s*(\d{1,2})([./-])\d{1,2}\2(?:\d{4}|\d{2})(?!\d)")]
    private static partial Regex Ambiguous();

    [GeneratedRegex(@"^\s*\d{1,2}[./-]\d{1,2}[./-]\d{4}")]
    private static partial Regex FourDigits();

    [GeneratedRegex(@"^\s*(\d{1,2})[./-]\d{1,2}[./-](\d{2})(?!\d)")]
    private static partial Regex ShortYear();

    [GeneratedRegex(@"^\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?(\s*[AaPp]\.?[Mm]\.?)?$")]
    private static partial Regex TimeOfDay();

    [GeneratedRegex(@"^(\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})|\d{8}|\d{1,2}[ -]\p{L}{3,}[ -]\d{2,4})$")]
    private static partial Regex DateAlone();
}
