using System.Globalization;
using System.IO.Compression;
using System.Xml;

namespace Kindred.Import;

/// <summary>A sheet of an Excel workbook (.xlsx, ECMA-376): values as they are stored, days as dates.</summary>
internal static class Workbook
{
    private const string SharedStrings = "xl/sharedStrings.xml", Styles = "xl/styles.xml", FirstSheet = "xl/worksheets/sheet1.xml";

    private const int DaysTo1904 = 1462; // from 1900, from where days are counted otherwise: §18.17.4.1

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

    /// <returns>Names and parts of the sheets, as the workbook lists them; and whether its days count from 1904.</returns>
    private static (List<(string Name, ZipArchiveEntry Entry)> Sheets, bool Is1904) SheetsOf(ZipArchive archive)
    {
        const string Relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        var (workbook, relations) = (archive.GetEntry("xl/workbook.xml"), archive.GetEntry("xl/_rels/workbook.xml.rels"));
        var listed = new List<(string Name, string Id)>();
        bool is1904 = false;
        if (workbook is not null)
        {
            using var xml = Open(workbook);
            while (xml.Read())
            {
                if (xml.NodeType != XmlNodeType.Element) continue;
                if (xml.LocalName == "workbookPr") is1904 = xml.GetAttribute("date1904") is "1" or "true";
                if (xml.LocalName == "sheet") listed.Add((xml.GetAttribute("name") ?? "", xml.GetAttribute("id", Relations) ?? ""));
            }
        }
        var targets = new Dictionary<string, string>();
        if (relations is not null)
        {
            using var xml = Open(relations);
            while (xml.ReadToFollowing("Relationship")) targets[xml.GetAttribute("Id") ?? ""] = xml.GetAttribute("Target") ?? "";
        }
        var sheets = new List<(string, ZipArchiveEntry)>();
        foreach (var (name, id) in listed)
            if (targets.TryGetValue(id, out string? target)
                && archive.GetEntry($"xl/{target.Replace("/xl/", "", StringComparison.Ordinal)}") is { } entry) sheets.Add((name, entry));
        if (sheets.Count == 0
            && (archive.GetEntry(FirstSheet) ?? archive.Entries.FirstOrDefault(e =>
                e.FullName.StartsWith("xl/worksheets/", StringComparison.Ordinal)
                && e.FullName.EndsWith(".xml", StringComparison.Ordinal))) is { } only)
            sheets.Add(("", only));
        return (sheets, is1904);
    }

    /// <summary>Writes a sheet as CSV.</summary>
    /// <param name="name">Of the sheet; null: the first one.</param>
    /// <returns>A sentence where another sheet probably holds the rows; otherwise null.</returns>
    /// <exception cref="InputException">It cannot be read, or has no such sheet.</exception>
    public static string? ToCsv(string path, string? name, string target)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            var (sheets, is1904) = SheetsOf(archive);
            if (sheets.Count == 0) throw Unreadable(path);
            int chosen = name is null ? 0 : sheets.FindIndex(s => string.Equals(s.Name, name, StringComparison.OrdinalIgnoreCase));
            if (chosen < 0)
                throw new InputException($"{path} has no sheet '{name}'; it has {string.Join(", ", sheets.Select(s => s.Name))}.");
            var strings = ReadStrings(archive.GetEntry(SharedStrings));
            var dates = ReadDateStyles(archive.GetEntry(Styles));
            int rows = 0, width = 0;
            using (var output = new CsvOutput(target))
                foreach (var row in ReadRows(sheets[chosen].Entry, strings, dates, is1904 ? DaysTo1904 : 0))
                {
                    output.Write(row);
                    int filled = row.Count(cell => !string.IsNullOrWhiteSpace(cell));
                    if (filled > 0) rows++;
                    width = Math.Max(width, filled);
                }
            return name is null ? OtherSheet(path, sheets, rows, width) : null;
        }
        catch (Exception e) when (e is XmlException or InvalidDataException or FormatException or ArgumentOutOfRangeException)
        {
            throw Unreadable(path);
        }
    }

    /// <param name="rows">Of the first sheet that are not empty.</param>
    /// <param name="width">The most cells that one of them has.</param>
    private static string? OtherSheet(string path, List<(string Name, ZipArchiveEntry Entry)> sheets, int rows, int width)
    {
        const int Few = 20, Many = 5; // times
        if (sheets.Count == 1 || rows > Few) return null;
        var (name, most) = sheets.Skip(1).Select(s => (s.Name, Rows: RowsOf(s.Entry))).MaxBy(s => s.Rows);
        if (most < 2 || (width > 1 && most < Many * rows)) return null;
        return $"The first sheet of {path}, {sheets[0].Name}, has {rows} row{(rows == 1 ? "" : "s")}, and the sheet {name} has "
            + $"{most}: --sheet '{name}' reads that one, --sheet '{sheets[0].Name}' the first.";
    }

    /// <returns>Rows with a cell that has a value.</returns>
    private static int RowsOf(ZipArchiveEntry sheet)
    {
        using var xml = Open(sheet);
        int rows = 0;
        while (xml.ReadToFollowing("row"))
        {
            using var row = xml.ReadSubtree();
            bool isFilled = false;
            while (row.Read()) isFilled |= row.LocalName is "v" or "is";
            if (isFilled) rows++;
        }
        return rows;
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

    private static IEnumerable<IReadOnlyList<string?>> ReadRows(
        ZipArchiveEntry sheet, List<string> strings, List<bool> dates, int epoch)
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
                cells[column] = ValueOf(cell, type, style < dates.Count && dates[style], strings, epoch);
            }
            width = Math.Max(width, cells.Count); // empty cells at the end of a row are not stored
            while (cells.Count < width) cells.Add(null);
            yield return cells;
        }
    }

    private static string? ValueOf(XmlReader cell, string type, bool isDate, List<string> strings, int epoch)
    {
        if (type == "inlineStr") return cell.ReadToFollowing("is") ? TextOf(cell) : null;
        if (!cell.ReadToFollowing("v")) return null;
        string text = cell.ReadElementContentAsString();
        return type switch
        {
            "s" => strings[int.Parse(text, CultureInfo.InvariantCulture)],
            "b" => text == "1" ? "true" : "false",
            "n" when isDate => ToIso(double.Parse(text, CultureInfo.InvariantCulture), epoch),
            "n" when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && Math.Abs(number) < 1e15
                => number.ToString("0.###############", CultureInfo.InvariantCulture),
            _ => text,
        };
    }

    private static string ToIso(double days, int epoch) => days < 1
        ? DateTime.FromOADate(days).ToString("HH:mm:ss", CultureInfo.InvariantCulture)
        : DateTime.FromOADate(days + epoch).ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

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
