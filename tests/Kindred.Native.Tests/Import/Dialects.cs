using System.Globalization;
using System.Text;
using CsCheck;

namespace Kindred.Native.Tests.Import;

/// <summary>An event as it is meant.</summary>
internal sealed record MeantEvent(string User, string Item, float Rating, DateTime Time)
{
    /// <summary>As <see cref="ImportSandbox.Events"/> writes it.</summary>
    public string Text => $"{User} {Item} {Rating} {new DateTimeOffset(Time, TimeSpan.Zero).ToUnixTimeSeconds()}";
}

/// <summary>How a program writes a table of events, and its bytes.</summary>
internal sealed record DialectWriter(
    string Delimiter, string LineEnd, char Quote, bool QuotesAll, char Escape, bool Header, string Preamble, string Encoding,
    string TimeFormat,
    string Decimal, string Empty, bool EndsInDelimiter, bool BlankRows, bool RepeatsHeader, bool FloatIds)
{
    private static readonly string[] TimeFormats =
        ["seconds", "milliseconds", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ssZ", "yyyy/MM/dd HH:mm:ss", "dd.MM.yyyy HH:mm:ss",
            "MM/dd/yyyy HH:mm:ss", "M/d/yyyy H:mm:ss",
         "yyyyMMddHHmmss", "excel", "dd-MMM-yyyy HH:mm:ss", "MMM d, yyyy HH:mm:ss", "dd/MM/yy HH:mm:ss", "MM/dd/yyyy hh:mm:ss tt",
         "ddd MMM dd HH:mm:ss yyyy"];

    public static Gen<DialectWriter> Any { get; } =
        from delimiter in OneOf(",", ";", "\t", "|", "~", "^", "\u0001", "::")
        from end in OneOf("\n", "\r\n", "\r")
        from quote in OneOf('"', '"', '\'')
        from all in Gen.Bool
        from escape in OneOf('\0', '\0', '\\')
        from header in Gen.Bool
        from preamble in OneOf("", "", "# made by a program\n", "Report of events\n\n", "sep=")
        from encoding in OneOf("utf-8", "utf-8", "bom", "utf-16", "utf-16BE", "windows-1252")
        from time in OneOf(TimeFormats)
        from point in OneOf(".", ".", ",")
        from trailing in Gen.Bool
        from blank in Gen.Bool
        from repeats in Gen.Bool
        from floats in Gen.Bool
        select new DialectWriter(
            delimiter, end, delimiter == "::" ? '\0' : quote, (all || quote == '\'') && delimiter != "::", delimiter == "::"
                || quote != '"' ? '\0' : escape, header || preamble.Length > 0,
            delimiter == "::" && preamble == "sep=" ? "" : preamble, encoding, time, point == "," && delimiter == "," ? "." : point, "",
            trailing && header, blank && header,
            repeats && header, floats);

    public static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(n => values[n]);

    public byte[] Write(IReadOnlyList<MeantEvent> events)
    {
        var text = new StringBuilder(Preamble == "sep=" ? $"sep={Delimiter}\n" : Preamble);
        string header = Row(["user_id", "item_id", "rating", "timestamp"]);
        if (Header) text.Append(header);
        for (int n = 0; n < events.Count; n++)
        {
            var e = events[n];
            text.Append(
                Row([FloatIds ? $"{e.User}.0" : e.User, e.Item, e.Rating.ToString(CultureInfo.InvariantCulture)
                    .Replace(".", Decimal, StringComparison.Ordinal), TimeOf(e.Time)]));
            if (BlankRows && n % 5 == 4) text.Append(string.Concat(Enumerable.Repeat(Delimiter, 3))).Append('\n');
            if (RepeatsHeader && n % 7 == 6) text.Append(header);
        }
        string all = text.Replace("\n", LineEnd).ToString();
        return Encoding switch
        {
            "utf-8" => new UTF8Encoding(false).GetBytes(all),
            "bom" => [0xEF, 0xBB, 0xBF, .. new UTF8Encoding(false).GetBytes(all)],
            "utf-16" => [0xFF, 0xFE, .. System.Text.Encoding.Unicode.GetBytes(all)],
            "utf-16BE" => [0xFE, 0xFF, .. System.Text.Encoding.BigEndianUnicode.GetBytes(all)],
            _ => System.Text.Encoding.Latin1.GetBytes(all), // the same as Windows-1252 for what is written here
        };
    }

    private string Row(string[] fields) => string.Join(Delimiter, fields.Select(Field)) + (EndsInDelimiter ? Delimiter : "") + "\n";

    private string Field(string text)
    {
        if (Quote == '\0') return text;
        bool needed = text.Contains(Delimiter, StringComparison.Ordinal) || text.Contains(Quote)
            || (Escape != '\0' && text.Contains(Escape));
        if (!QuotesAll && !needed) return text;
        string inner = Escape == '\0'
            ? text.Replace($"{Quote}", $"{Quote}{Quote}", StringComparison.Ordinal)
            : text.Replace($"{Escape}", $"{Escape}{Escape}", StringComparison.Ordinal)
                .Replace($"{Quote}", $"{Escape}{Quote}", StringComparison.Ordinal);
        return $"{Quote}{inner}{Quote}";
    }

    private string TimeOf(DateTime time) => TimeFormat switch
    {
        "seconds" => $"{new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeSeconds()}",
        "milliseconds" => $"{new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeMilliseconds()}",
        "excel" => time.ToOADate().ToString("0.0000000000", CultureInfo.InvariantCulture),
        _ => time.ToString(TimeFormat, CultureInfo.InvariantCulture),
    };
}
