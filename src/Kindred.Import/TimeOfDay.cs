using System.Globalization;
using System.Text.RegularExpressions;

namespace Kindred.Import;

/// <summary>How the time of the day is written, where it stands in a column of its own.</summary>
internal enum ClockForm
{
    /// <summary><c>8:26</c>, <c>08:26:09 PM</c>.</summary>
    Text,

    /// <summary>The part of the day that has gone, as Excel stores it.</summary>
    PartOfDay,

    /// <summary><c>8</c>.</summary>
    Hours,

    /// <summary><c>826</c>.</summary>
    Minutes,

    /// <summary><c>82609</c>.</summary>
    Seconds,
}

/// <summary>Times of the day.</summary>
internal static partial class TimeOfDay
{
    private static readonly string[] Names =
        ["time", "hour", "clock", "zeit", "uhr", "stunde", "hora", "heure", "orario", "tijd", "uur", "godz", "saat"];

    /// <summary>Whether a column may be called so.</summary>
    public static bool IsName(string name) => Names.Any(n => name.Contains(n, StringComparison.OrdinalIgnoreCase));

    /// <returns>The form of which all cells are times of the day; null: they are none. Numbers may be something else.</returns>
    public static ClockForm? FormOf(IReadOnlyList<string> cells)
    {
        if (cells.Count == 0) return null;
        if (cells.All(c => Clock().IsMatch(c))) return ClockForm.Text;
        if (cells.All(c => Part().IsMatch(c)) && cells.Any(c => c.Contains('.'))) return ClockForm.PartOfDay;
        if (!cells.All(c => c.Length <= 6 && c.All(char.IsAsciiDigit))) return null;
        var numbers = cells.Select(c => int.Parse(c, CultureInfo.InvariantCulture)).ToList();
        int width = cells.Max(c => c.Length);
        if (width > 4) return numbers.TrueForAll(n => n / 10_000 < 24 && n / 100 % 100 < 60 && n % 100 < 60) ? ClockForm.Seconds : null;
        if (width > 2) return numbers.TrueForAll(n => n / 100 < 24 && n % 100 < 60) ? ClockForm.Minutes : null;
        return numbers.TrueForAll(n => n < 24) ? ClockForm.Hours : null;
    }

    /// <returns>SQL: the texts of a date and of a time of the day → both in one text.</returns>
    public static string Join(string date, string clock, ClockForm form)
    {
        string time = form switch
        {
            ClockForm.PartOfDay =>
                $"strftime(TIMESTAMP '2000-01-01' + to_seconds(round(86400 * TRY_CAST({clock} AS DOUBLE))), '%H:%M:%S')",
            ClockForm.Hours => $"trim({clock}) || ':00'",
            ClockForm.Minutes => $@"regexp_replace(lpad(trim({clock}), 4, '0'), '(..)(..)', '\1:\2')",
            ClockForm.Seconds => $@"regexp_replace(lpad(trim({clock}), 6, '0'), '(..)(..)(..)', '\1:\2:\3')",
            _ => $"trim({clock})",
        };
        // Spreadsheets and databases write a date with a midnight that is not meant.
        return $@"regexp_replace(trim({date}), '[ T]00:00(:00(\.0+)?)?Z?$', '') || ' ' || {time}";
    }

    [GeneratedRegex(@"^\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?(\s*[AaPp]\.?[Mm]\.?)?$")]
    private static partial Regex Clock();

    [GeneratedRegex(@"^(0?\.\d+|0)$")]
    private static partial Regex Part();
}
