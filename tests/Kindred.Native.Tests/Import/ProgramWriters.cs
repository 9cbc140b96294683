using System.Globalization;
using System.IO.Compression;
using System.Security;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Kindred.Native.Tests.Import;

/// <summary>A program that writes tables of events in its own way.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="How">For a failure's message.</param>
/// <param name="Write">Of the events; what it writes.</param>
internal sealed record ProgramWriter(string File, string How, Func<IReadOnlyList<MeantEvent>, byte[]> Write)
{
    public override string ToString() => $"{File}: {How}";

    private static readonly string[] Columns = ["user_id", "item_id", "rating", "timestamp"];

    /// <summary>As DataFrame.to_csv and to_json of pandas: an index, floats where something is missing, NaN, True.</summary>
    public static Gen<ProgramWriter> Pandas { get; } =
        from format in DialectWriter.OneOf("csv", "csv", "csv", "records", "lines", "split", "columns", "index", "table", "values")
        from index in DialectWriter.OneOf("", "index", "Unnamed: 0", "none")
        from floats in Gen.Bool
        from quoting in DialectWriter.OneOf("minimal", "all", "nonnumeric")
        from delimiter in DialectWriter.OneOf(",", ";", "\t")
        from end in DialectWriter.OneOf("\n", "\r\n")
        from times in DialectWriter.OneOf("yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss.fffZ", "yyyy-MM-dd HH:mm:ss+00:00", "milliseconds",
            "seconds")
        from flag in Gen.Bool
        select new ProgramWriter(format == "csv" ? "events.csv" : "events.json",
            $"{format} {index} {floats} {quoting} {delimiter} {times} {flag}",
            events => new PandasTable(events, index, floats, times, flag).Write(format, quoting, delimiter, end));

    /// <summary>As Excel saves: workbooks, CSV of several countries, Unicode text.</summary>
    public static Gen<ProgramWriter> Excel { get; } =
        from format in DialectWriter.OneOf("xlsx", "xlsx", "csv", "csv", "unicode")
        from shared in Gen.Bool
        from days in DialectWriter.OneOf("d/M/yyyy H:mm:ss", "dd.MM.yyyy HH:mm:ss", "M/d/yyyy H:mm:ss", "M/d/yyyy h:mm:ss tt", "serial",
            "two columns")
        from comma in Gen.Bool
        from sep in Gen.Bool
        from mark in Gen.Bool
        from blank in Gen.Int[0, 30]
        select new ProgramWriter(format == "xlsx" ? "events.xlsx" : format == "csv" ? "events.csv" : "events.txt",
            $"{format} {shared} {days} {comma} {sep} {mark} {blank}", events => format == "xlsx" ? Workbook(events, days, shared, blank)
                : Sheet(events, days, comma, sep, mark, blank, format == "unicode"));

    private static byte[] Sheet(
        IReadOnlyList<MeantEvent> events, string days, bool comma, bool sep, bool mark, int blank, bool unicode)
    {
        string delimiter = unicode ? "\t" : comma ? ";" : ",";
        string Number(string text) => comma ? text.Replace('.', ',') : text;
        string Field(string text) =>
            text.AsSpan().IndexOfAny("\"\n") >= 0 || text.Contains(delimiter, StringComparison.Ordinal)
                ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
        var lines = new List<string>();
        if (sep && !unicode) lines.Add($"sep={delimiter}");
        lines.Add(string.Join(delimiter, days == "two columns" ? ["user_id", "item_id", "rating", "Date", "Time"] : Columns));
        lines.AddRange(events.Select(e => string.Join(delimiter,
            new[] { e.User, e.Item, Number(e.Rating.ToString(CultureInfo.InvariantCulture)) }
                .Concat(TimesOf(e.Time, days).Select(t => days == "serial" ? Number(t) : t)).Select(Field))));
        lines.AddRange(Enumerable.Repeat(string.Concat(Enumerable.Repeat(delimiter, 3)), blank));
        string all = string.Join("\r\n", lines) + "\r\n";
        return unicode ? [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(all)]
            : mark ? [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(all)] : Encoding.UTF8.GetBytes(all);
    }

    private static string[] TimesOf(DateTime time, string days) => days switch
    {
        "serial" => [time.ToOADate().ToString("0.0000000000", CultureInfo.InvariantCulture)],
        "two columns" => [time.ToString("dd/MM/yyyy", CultureInfo.InvariantCulture), time.ToString("HH:mm:ss",
            CultureInfo.InvariantCulture)],
        _ => [time.ToString(days, CultureInfo.InvariantCulture)],
    };

    private static byte[] Workbook(IReadOnlyList<MeantEvent> events, string days, bool shared, int blank)
    {
        var strings = new List<string>();
        string Text(string place, string text)
        {
            if (!shared) return $"<c r=\"{place}\" t=\"inlineStr\"><is><t "
                + $"xml:space=\"preserve\">{SecurityElement.Escape(text)}</t></is></c>";
            if (!strings.Contains(text)) strings.Add(text);
            return $"<c r=\"{place}\" t=\"s\"><v>{strings.IndexOf(text)}</v></c>";
        }
        string Number(string place, double number, string style = "") =>
            string.Create(CultureInfo.InvariantCulture, $"<c r=\"{place}\"{style}><v>{number:R}</v></c>");
        var rows = new StringBuilder("<row r=\"1\">");
        string[] names = days == "two columns" ? ["user_id", "item_id", "rating", "Date", "Time"] : Columns;
        for (int n = 0; n < names.Length; n++) rows.Append(Text($"{(char)('A' + n)}1", names[n]));
        rows.Append("</row>");
        for (int n = 0; n < events.Count; n++)
        {
            var e = events[n];
            double day = e.Time.ToOADate();
            rows.Append(CultureInfo.InvariantCulture, $"<row "
                + $"r=\"{n + 2}\">{Number($"A{n + 2}", int.Parse(e.User))}{Text($"B{n + 2}", e.Item)}");
            rows.Append(Number($"C{n + 2}", e.Rating));
            if (days == "two columns") rows.Append(Number($"D{n + 2}", Math.Floor(day), " s=\"2\"")).Append(Number($"E{n + 2}",
                day - Math.Floor(day), " s=\"3\""));
            else if (days == "serial") rows.Append(Number($"D{n + 2}", day, " s=\"1\""));
            else rows.Append(Text($"D{n + 2}", TimesOf(e.Time, days)[0]));
            rows.Append("</row>");
        }
        for (int n = 0; n < blank; n++) rows.Append(CultureInfo.InvariantCulture, $"<row r=\"{events.Count + 2 + n}\"/>");
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            void Part(string name, string xml)
            {
                using var writer = new StreamWriter(archive.CreateEntry(name).Open());
                writer.Write($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}");
            }
            const string Spreadsheet = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
            Part("xl/workbook.xml", $"<workbook {Spreadsheet}/>");
            Part("xl/styles.xml", $"<styleSheet {Spreadsheet}><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy "
                + $"hh:mm:ss\"/></numFmts>"
                + "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"14\"/><xf numFmtId=\"21\"/></cellXfs></styleSheet>");
            if (shared)
                Part("xl/sharedStrings.xml", $"<sst {Spreadsheet}>{string.Concat(strings.Select(s =>
                    $"<si><t xml:space=\"preserve\">{SecurityElement.Escape(s)}</t></si>"))}</sst>");
            Part("xl/worksheets/sheet1.xml", $"<worksheet {Spreadsheet}><sheetData>{rows}</sheetData></worksheet>");
        }
        return bytes.ToArray();
    }

    /// <summary>A data frame with a column that says True or False of all and one in which something is missing.</summary>
    private sealed class PandasTable(IReadOnlyList<MeantEvent> events, string index, bool floats, string times, bool flag)
    {
        private static readonly JsonSerializerOptions Plain = new()
        {
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };

        private string[] Names => [.. Columns, .. flag ? ["verified", "note"] : Array.Empty<string>()];

        private object?[] Row(MeantEvent e, int n) =>
            [floats ? double.Parse(e.User, CultureInfo.InvariantCulture) : int.Parse(e.User, CultureInfo.InvariantCulture), e.Item,
                e.Rating, times switch
            {
                "seconds" => new DateTimeOffset(e.Time, TimeSpan.Zero).ToUnixTimeSeconds(),
                "milliseconds" => new DateTimeOffset(e.Time, TimeSpan.Zero).ToUnixTimeMilliseconds(),
                _ => e.Time.ToString(times, CultureInfo.InvariantCulture),
            },
            .. flag ? [n % 3 > 0, n % 4 == 0 ? null : $"n{n % 5}"] : Array.Empty<object?>()];

        public byte[] Write(string format, string quoting, string delimiter, string end)
        {
            var rows = events.Select(Row).ToList();
            var records = rows.ConvertAll(r => Names.Zip(r).ToDictionary(c => c.First, c => c.Second));
            string numbered(Func<int, object?> cell) => $"{{{string.Join(",", rows.Select((_, n) => $"\"{n}\":{Json(cell(n))}"))}}}";
            string text = format switch
            {
                "csv" => Csv(rows, quoting, delimiter, end),
                "records" => Json(records),
                "lines" => string.Concat(records.Select(r => Json(r) + "\n")),
                "split" => Json(new { columns = Names, index = Enumerable.Range(0, rows.Count), data = rows }),
                "columns" => $"{{{string.Join(",", Names.Select((name, c) => $"\"{name}\":{numbered(n => rows[n][c])}"))}}}",
                "index" => numbered(n => records[n]),
                "table" => $"{{\"schema\":{{\"fields\":[],\"primaryKey\":[\"index\"]}},\"data\":{Json(records)}}}",
                _ => Json(rows.Select(r => r.Take(Columns.Length))),
            };
            return Encoding.UTF8.GetBytes(text);
        }

        private static string Json(object? value) => JsonSerializer.Serialize(value, Plain);

        private string Csv(List<object?[]> rows, string quoting, string delimiter, string end)
        {
            string Field(object? value)
            {
                string text = value switch
                {
                    null => quoting == "minimal" ? "NaN" : "",
                    double number => number.ToString("0.0", CultureInfo.InvariantCulture),
                    float number => number.ToString("0.0", CultureInfo.InvariantCulture),
                    IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
                    _ => value.ToString()!,
                };
                bool quoted = quoting == "all" || (quoting == "nonnumeric" && value is string or null)
                    || text.Contains(delimiter, StringComparison.Ordinal) || text.AsSpan().IndexOfAny("\"\r\n") >= 0;
                return quoted ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
            }
            string Line(IEnumerable<object?> cells) => string.Join(delimiter, cells.Select(Field)) + end;
            bool indexed = index != "none";
            return Line([.. indexed ? [index] : Array.Empty<object?>(), .. Names])
                + string.Concat(rows.Select((r, n) => Line([.. indexed ? [n] : Array.Empty<object?>(), .. r])));
        }
    }
}
