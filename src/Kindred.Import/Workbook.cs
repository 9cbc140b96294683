using System.Globalization;
using System.IO.Compression;
using System.Xml;

namespace Kindred.Import;

/// <summary>The first sheet of an Excel workbook (.xlsx, ECMA-376): values as they are stored, days as dates.</summary>
internal static class Workbook
{
    private const string SharedStrings = "xl/sharedStrings.xml", Styles = "xl/styles.xml", FirstSheet = "xl/worksheets/sheet1.xml";

    private static readonly HashSet<int> DateFormats = [14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47]; // built in, §18.8.30

    /// <summary>Whether a zip archive holds a workbook.</summary>
    public static bool Is(string path)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            return archive.Entries.Any(e => e.FullName is "xl/workbook.xml" or "xl/workbook.bin");
        }
        catch (InvalidDataException) { return false; }
    }

    /// <summary>Whether it holds a spreadsheet of LibreOffice.</summary>
    public static bool IsOpenDocument(string path)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            return archive.GetEntry("content.xml") is not null;
        }
        catch (InvalidDataException) { return false; }
    }

    /// <returns>The first sheet, as the workbook lists them.</returns>
    private static ZipArchiveEntry? FirstOf(ZipArchive archive)
    {
        const string Relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        var (workbook, relations) = (archive.GetEntry("xl/workbook.xml"), archive.GetEntry("xl/_rels/workbook.xml.rels"));
        if (workbook is null || relations is null) return null;
        using var sheets = Open(workbook);
        string? id = sheets.ReadToFollowing("sheet") ? sheets.GetAttribute("id", Relations) : null;
        using var targets = Open(relations);
        while (id is not null && targets.ReadToFollowing("Relationship"))
            if (targets.GetAttribute("Id") == id && targets.GetAttribute("Target") is { } target)
                return archive.GetEntry($"xl/{target.Replace("/xl/", "", StringComparison.Ordinal)}");
        return null;
    }

    /// <summary>Writes the sheet as CSV.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static void ToCsv(string path, string target)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            var sheet = FirstOf(archive) ?? archive.GetEntry(FirstSheet)
                ?? archive.Entries.FirstOrDefault(e => e.FullName.StartsWith("xl/worksheets/", StringComparison.Ordinal)
                    && e.FullName.EndsWith(".xml", StringComparison.Ordinal))
                ?? throw Unreadable(path);
            var strings = ReadStrings(archive.GetEntry(SharedStrings));
            var dates = ReadDateStyles(archive.GetEntry(Styles));
            using var output = new CsvOutput(target);
            foreach (var row in ReadRows(sheet, strings, dates)) output.Write(row);
        }
        catch (Exception e) when (e is XmlException or InvalidDataException or FormatException or ArgumentOutOfRangeException)
        {
            throw Unreadable(path);
        }
    }

    private static InputException Unreadable(string path) =>
        new($"{path} is an Excel workbook whose first sheet cannot be read; save the sheet as CSV (UTF-8).");

    private static List<string> ReadStrings(ZipArchiveEntry? entry)
    {
        var strings = new List<string>();
        if (entry is null) return strings;
        using var xml = Open(entry);
        while (xml.ReadToFollowing("si")) strings.Add(TextOf(xml));
        return strings;
    }

    /// <returns>For each cell format, whether it shows a date.</returns>
    private static List<bool> ReadDateStyles(ZipArchiveEntry? entry)
    {
        var custom = new HashSet<int>();
        var dates = new List<bool>();
        if (entry is null) return dates;
        using var xml = Open(entry);
        bool inside = false;
        while (xml.Read())
        {
            if (xml.NodeType == XmlNodeType.EndElement && xml.LocalName == "cellXfs") inside = false;
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.LocalName == "numFmt" && IsDatePattern(xml.GetAttribute("formatCode") ?? ""))
                custom.Add(Number(xml.GetAttribute("numFmtId")));
            if (xml.LocalName == "cellXfs") inside = true;
            if (!inside || xml.LocalName != "xf") continue;
            int format = Number(xml.GetAttribute("numFmtId"));
            dates.Add(DateFormats.Contains(format) || custom.Contains(format));
        }
        return dates;
    }

    private static readonly System.Buffers.SearchValues<char> DateLetters = System.Buffers.SearchValues.Create("ydhsYDHS");

    private static bool IsDatePattern(string pattern)
    {
        string plain = System.Text.RegularExpressions.Regex.Replace(pattern, "\"[^\"]*\"|\\[[^\\]]*\\]|\\\\.", "");
        return plain.AsSpan().IndexOfAny(DateLetters) >= 0 && !plain.Contains("General", StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<IReadOnlyList<string?>> ReadRows(ZipArchiveEntry sheet, List<string> strings, List<bool> dates)
    {
        using var xml = Open(sheet);
        int width = 0;
        while (xml.ReadToFollowing("row"))
        {
            var cells = new List<string?>();
            using var row = xml.ReadSubtree();
            while (row.ReadToFollowing("c"))
            {
                int column = row.GetAttribute("r") is { } place ? ColumnOf(place) : cells.Count;
                string type = row.GetAttribute("t") ?? "n";
                int style = Number(row.GetAttribute("s"));
                while (cells.Count <= column) cells.Add(null);
                using var cell = row.ReadSubtree();
                cells[column] = ValueOf(cell, type, style < dates.Count && dates[style], strings);
            }
            width = Math.Max(width, cells.Count); // empty cells at the end of a row are not stored
            while (cells.Count < width) cells.Add(null);
            yield return cells;
        }
    }

    private static string? ValueOf(XmlReader cell, string type, bool isDate, List<string> strings)
    {
        if (type == "inlineStr") return cell.ReadToFollowing("is") ? TextOf(cell) : null;
        if (!cell.ReadToFollowing("v")) return null;
        string text = cell.ReadElementContentAsString();
        return type switch
        {
            "s" => strings[int.Parse(text, CultureInfo.InvariantCulture)],
            "b" => text == "1" ? "true" : "false",
            "n" when isDate => ToIso(double.Parse(text, CultureInfo.InvariantCulture)),
            "n" when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && Math.Abs(number) < 1e15
                => number.ToString("0.###############", CultureInfo.InvariantCulture),
            _ => text,
        };
    }

    private static string ToIso(double days) => DateTime.FromOADate(days) is var time && days < 1
        ? time.ToString("HH:mm:ss", CultureInfo.InvariantCulture)
        : time.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    /// <summary>All &lt;t&gt; inside the element, but for how they are pronounced.</summary>
    private static string TextOf(XmlReader xml)
    {
        var text = new System.Text.StringBuilder();
        using var inner = xml.ReadSubtree();
        bool phonetic = false;
        while (inner.Read())
        {
            if (inner.LocalName == "rPh") phonetic = inner.NodeType == XmlNodeType.Element;
            if (inner.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace && !phonetic)
                text.Append(inner.Value);
        }
        return text.ToString();
    }

    /// <returns>0-based, of a place such as <c>AB12</c>.</returns>
    private static int ColumnOf(string place) =>
        place.TakeWhile(char.IsAsciiLetterUpper).Aggregate(0, (n, c) => (26 * n) + c - 'A' + 1) - 1;

    private static int Number(string? text) =>
        int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) ? number : 0;

    private static XmlReader Open(ZipArchiveEntry entry) =>
        XmlReader.Create(entry.Open(), new() { CloseInput = true, DtdProcessing = DtdProcessing.Prohibit });
}
