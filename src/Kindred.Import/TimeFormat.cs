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

    private static readonly DateTimeOffset EarliestPlausible = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Dates of digits alone, besides <see cref="Compact"/>: the engine's pattern and .NET's.</summary>
    private static readonly (string Pattern, string Digits)[] Digits =
        [("%y%m%d", "yyMMdd"), ("%d%m%y", "ddMMyy"), ("%m%d%y", "MMddyy"), ("%d%m%Y", "ddMMyyyy"), ("%m%d%Y", "MMddyyyy")];

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

    private static readonly char[] Separators = ['/', '-', '.', ' '];

    private static readonly string[] CompactPatterns = ["%Y%m%d%H%M%S%g", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d%H", "%Y%m%d",
        "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"];

    /// <summary><c>20230104</c>, <c>2023010408</c>, <c>202301040826</c>, <c>20230104082609</c> or with milliseconds.</summary>
    private static readonly TimeFormat Compact = new("YYYYMMDD[hh[mm[ss[mmm]]]]", (text, _) =>
        Parse(text, CompactPatterns, $"regexp_replace(trim({text}), '\\.0$', '')"));

    private static readonly string[] Clocks = ["", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S.%f", ", %H:%M:%S",
        ", %H:%M", "T%H:%M:%S", "T%H:%M", " %H.%M", " %H.%M.%S", " %I:%M:%S.%f %p", ", %I:%M:%S %p", ", %I:%M %p"];

    private static readonly string[] Dates =
        ["%d-%b-%y", "%d-%b-%Y", "%d %b %y", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%b %d, %Y", "%B %d, %Y", "%d/%b/%Y", "%d. %B %Y",
            "%Y-%b-%d",
            "%a %d %b %Y", "%a, %d %b %Y", "%A, %B %d, %Y", "%m %d, %Y",
         "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d"];

    private static readonly string[] Whole =
        ["%a %b %d %H:%M:%S %z %Y", "%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S GMT", "%a, %d %b %Y %H:%M:%S %z",
            "%d/%b/%Y:%H:%M:%S %z", "%a %b %d %H:%M:%S UTC %Y",
         "%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d-%H.%M.%S", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M",
         "%Y%m%d-%H%M%S", "%Y%m%d %H%M%S", "%b %d %Y %H:%M:%S gmt%z"];

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
        if (sample.All(v => DecimalComma().IsMatch(v)))
            return Rewritten(OfNumbers([.. sample.Select(v => v.Replace(',', '.'))]), text => $"replace({text}, ',', '.')");
        if (sample.All(v => Grouped().IsMatch(v)))
            return Rewritten(
                OfNumbers([.. sample.Select(v => v.Replace(",", "", StringComparison.Ordinal))]), text => $"replace({text}, ',', '')");
        // To the engine, 20230104_0826 is a number.
        if (sample.All(v => v.Contains('_')))
            return Rewritten(
                OfTexts(engine, [.. sample.Select(v => v.Replace('_', ' '))], countOfAll, f => f), text => $"replace({text}, '_', ' ')");
        var found = OfTexts(engine, sample, countOfAll, format => format);
        int read = Counts(engine, sample, [found])[0];
        if (read == sample.Count) return found;
        // Where not all cells are read so, perhaps words are in the way: of days of the week, of months in other languages.
        List<string> plain = [.. engine.Rows($"SELECT {TimeText.Plain("cell")} FROM (VALUES {Values(sample)}) t(cell)").Select(row =>
            row[0]!)];
        TimeFormat InWords(TimeFormat format) => Rewritten(format, TimeText.Plain);
        var inWords = InWords(OfTexts(engine, plain, countOfAll, InWords));
        return Counts(engine, sample, [inWords])[0] > read ? inWords : found;
    }

    /// <returns>Whether all cells are times that are not written as numbers.</returns>
    public static bool AreTimes(DuckDbSession engine, IReadOnlyList<string> cells)
    {
        if (cells.Count == 0 || cells.All(cell => IsNumber(cell.Replace(",", "", StringComparison.Ordinal)))) return false;
        try
        {
            return Counts(engine, cells, [Find(engine, cells, _ => 0)])[0] == cells.Count;
        }
        catch (InputException)
        {
            return true; // dates, of which nobody knows which is the day and which the month
        }
    }

    /// <param name="rewrite">SQL: the text of a cell → the text that the format reads.</param>
    private static TimeFormat Rewritten(TimeFormat format, Func<string, string> rewrite) => format with
    {
        Milliseconds = (text, _) => rewrite(text) is var plain ? format.Milliseconds(plain, $"TRY_CAST({plain} AS DOUBLE)") : "",
    };

    /// <param name="asRead">What becomes of the format before it reads cells.</param>
    private static TimeFormat OfTexts(
        DuckDbSession engine, IReadOnlyList<string> sample, Func<string, long> countOfAll, Func<TimeFormat, TimeFormat> asRead)
    {
        if (sample.Count(v => Ambiguous().IsMatch(v)) > sample.Count / 2 && OfDates(engine, sample, countOfAll, asRead) is { } dated)
            return dated;
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

    /// <returns>Formats by which all the cells, whole numbers, would be times between 2000 and now; and the time of the first.</returns>
    public static IEnumerable<(string Name, DateTimeOffset Time)> Plausible(IReadOnlyList<string> cells, DateTimeOffset now)
    {
        foreach (var (name, (epoch, scale)) in Numbers)
        {
            // A number that is small beside the epoch would be a time near it, whatever it is.
            var times = cells.Select(c => Number(c) < Math.Abs(epoch) / 10 ? 0 : (Number(c) - epoch) * scale).ToList();
            if (times.TrueForAll(ms => ms >= EarliestPlausible.ToUnixTimeMilliseconds() && ms <= now.ToUnixTimeMilliseconds()))
                yield return (name, DateTimeOffset.FromUnixTimeMilliseconds((long)times[0]));
        }
        foreach (var (name, digits) in Digits)
        {
            var times = cells.Select(c => DateOf(c, digits)).ToList();
            if (times.TrueForAll(t => t >= EarliestPlausible && t <= now)) yield return (name, times[0]!.Value);
        }
    }

    public static bool IsDate(string cell) => DateAlone().IsMatch(cell);

    /// <summary>Whether the cell is a date, with or without a time of the day. Eight digits alone may be an id.</summary>
    public static bool BeginsWithDate(string cell) => LeadingDate().IsMatch(cell);

    private static TimeFormat OfNumbers(IReadOnlyList<string> sample)
    {
        if (sample.All(IsCompact)) return Compact;
        // As seconds, six or eight digits would be days of 1970. What may be two dates, a person has to say.
        var dates = Digits.Where(d => sample.All(v => DateOf(v, d.Digits) is { Year: > 1969 and < 2107 })).ToList();
        if (dates is [var (pattern, _)]) return Pattern(pattern);
        // Days of Excel between 2000 and 2064, with a fraction that is the time of the day.
        bool excel = sample.All(v => Number(v) is > 36_526 and < 60_000) && sample.Any(v => !double.IsInteger(Number(v)));
        return excel ? Named("excel") with { Description = "days of Excel" } : Usual;
    }

    /// <returns>Null where no order reads any.</returns>
    private static TimeFormat? OfDates(
        DuckDbSession engine, IReadOnlyList<string> sample, Func<string, long> countOfAll, Func<TimeFormat, TimeFormat> asRead)
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
        if (counts.Max() == 0) return null;
        var best = formats.Where((_, n) => counts[n] == counts.Max()).ToList();
        if (best.Count > 1)
        {
            var all = best.ConvertAll(f => countOfAll(OfCell(asRead(f))));
            best = [.. best.Where((_, n) => all[n] == all.Max())];
            if (best.Count > 1 && countOfAll($"coalesce({OfCell(asRead(best[0]))}, {OfCell(asRead(best[1]))})") > all.Max())
                throw Contradiction(engine, sample, best);
        }
        if (best.Count == 1) return best[0];
        throw new InputException(
            $"Times such as {sample[0]} may be {string.Join(" or ", best.Select(f => f.Description))}: no day above 12 tells; "
            + $"say which with --time-format {best[0].Description}.");
    }

    /// <summary>Some times are days of the one order alone, as many of the other alone.</summary>
    private static InputException Contradiction(DuckDbSession engine, IReadOnlyList<string> sample, List<TimeFormat> orders)
    {
        string first = OfCell(orders[0]), second = OfCell(orders[1]);
        var cells = engine.Rows($"SELECT min(cell) FILTER (WHERE {second} IS NULL), min(cell) FILTER (WHERE {first} IS NULL) "
            + $"FROM (VALUES {Values(sample)}) t(cell) WHERE coalesce({first}, {second}) IS NOT NULL")[0];
        string one = orders[0].Description!, other = orders[1].Description!;
        return new($"Times contradict each other: {(cells[0] is { } a && cells[1] is { } b
            ? $"{a} can only be {one}, {b} only {other}" : $"some can only be {one}, as many only {other}")}. Write all of them alike; "
            + $"--time-format {one} reads them so, and what is no such date is an invalid row.");
    }

    private static List<int> Counts(DuckDbSession engine, IReadOnlyList<string> sample, IReadOnlyList<TimeFormat> formats)
    {
        string counts = Sql.List(formats.Select((f, n) => $"count({OfCell(f)}) AS n{n}"));
        return [.. engine.Rows($"SELECT {counts} FROM (VALUES {Values(sample)}) t(cell)")[0].Select(n =>
            int.Parse(n!, CultureInfo.InvariantCulture))];
    }

    private static string Values(IReadOnlyList<string> cells) => Sql.List(cells.Select(v => $"({Sql.Literal(v)})"));

    private static string OfCell(TimeFormat format) => format.Milliseconds("cell", "TRY_CAST(cell AS DOUBLE)");

    /// <returns>The date that digits of such a format are, UTC; null where they are none.</returns>
    private static DateTimeOffset? DateOf(string text, string digits) => DateTime.TryParseExact(
        text, digits, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? new(date, TimeSpan.Zero) : null;

    private static bool IsNumber(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static bool IsCompact(string text)
    {
        string digits = text.EndsWith(".0", StringComparison.Ordinal) ? text[..^2] : text;
        return digits.Length is 8 or 10 or 12 or 14 or 17 && DateTime.TryParseExact(
            digits, ["yyyyMMdd", "yyyyMMddHH", "yyyyMMddHHmm", "yyyyMMddHHmmss", "yyyyMMddHHmmssfff"],
            CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                && date.Year is > 1969 and < 2107;
    }

    [GeneratedRegex(@"^\s*(\d{1,2})([./ -])\d{1,2}\2(?:\d{4}|\d{2})(?![\d:])")]
    private static partial Regex Ambiguous();

    [GeneratedRegex(@"^\s*\d{1,2}[./ -]\d{1,2}[./ -]\d{4}")]
    private static partial Regex FourDigits();

    [GeneratedRegex(@"^\s*(\d{1,2})[./ -]\d{1,2}[./ -](\d{2})(?!\d)")]
    private static partial Regex ShortYear();

    [GeneratedRegex(@"^(\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})|\d{1,2}\.?[ -]\p{L}{3,}\.?[ -]\d{2,4})"
        + @"(?=$|[ T,])")]
    private static partial Regex LeadingDate();

    [GeneratedRegex(@"^\d+,\d+$")]
    private static partial Regex DecimalComma();

    [GeneratedRegex(@"^\d{1,3}(,\d{3}){2,}$")]
    private static partial Regex Grouped();

    [GeneratedRegex(@"^(\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})|\d{8}|\d{1,2}[ -]\p{L}{3,}[ -]\d{2,4})([ "
        + @"T]00:00(:00(\.0+)?)?Z?)?$")]
    private static partial Regex DateAlone();
}
