using System.Globalization;
using System.IO.Compression;
using System.Security;
using Kindred.Import;

namespace Kindred.Native.Tests.Import;

public sealed class WorkbookTests : IDisposable
{
    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Fact]
    public void The_first_sheet_is_read_with_shared_and_inline_texts_numbers_and_dates()
    {
        double day = new DateTime(2023, 1, 5, 4, 21, 9).ToOADate();
        string path = Write(
            """<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>rating</t></is></c><c r="D1" t="s"><v>2</v></c></row>""",
            string.Create(
                CultureInfo.InvariantCulture, $"""<row r="2"><c r="A2"><v>7000</v></c><c r="B2" t="s"><v>3</v></c><c r="C2"><v>4.5</v></c><c r="D2" s="1"><v>{day}</v></c></row>"""),
            """<row r="3"><c r="B3"/></row>""",
            """<row r="4"><c r="A4"><v>9.7801400304E12</v></c><c r="B4" t="s"><v>4</v></c><c r="C4"><v>3</v></c><c r="D4" s="1"><v>44932</v></c></row>""");
        var summary = _box.Import(path);

        Assert.Equal(["7000 A & \"B\" 4.5 1672892469", "9780140030400 rich text 3 1672963200"], _box.Events);
        Assert.Contains("the first sheet of an Excel workbook", summary.Format, StringComparison.Ordinal);
        Assert.Equal(2, summary.Rows.Read);
    }

    [Fact]
    public void Days_that_count_from_1904_are_four_years_later()
    {
        _box.Import(WriteSheets(true, ("Data", [["user_id", "item_id", "timestamp"], ["7", "tea", "days:43469.5"]])));
        Assert.Equal(["7 tea 1 1672920000"], _box.Events); // 2023-01-05 12:00
    }

    [Fact]
    public void A_nearly_empty_first_sheet_is_asked_about()
    {
        string[][] data = [["user_id", "item_id"], .. Enumerable.Range(0, 60).Select(n => new[] { $"u{n % 7}", $"i{n % 9}" })];
        string cover = WriteSheets(false, ("About", [["Export of our shop"]]), ("Orders 2023", data));
        string refusal = _box.Refusal(cover);
        Assert.EndsWith("The first sheet of " + cover + ", About, has 1 row, and the sheet Orders 2023 has 61: --sheet 'Orders 2023' reads "
            + "that one, --sheet 'About' the first.", refusal, StringComparison.Ordinal);
        Assert.Equal(60, _box.Import(new ImportOptions { Sources = [cover], Sheet = "orders 2023" }).Rows.Read);
        Assert.Contains("has no sheet 'Nowhere'; it has About, Orders 2023.",
            _box.Refusal(new ImportOptions { Sources = [cover], Sheet = "Nowhere" }), StringComparison.Ordinal);

        string example = WriteSheets(false, ("Example", [["user_id", "item_id"], ["1", "2"], ["1", "3"]]), ("All", data));
        Assert.Contains(_box.Import(example).Warnings, w => w.Contains("--sheet 'All' reads that one", StringComparison.Ordinal));
        Assert.DoesNotContain(_box.Import(new ImportOptions { Sources = [example], Sheet = "All" }).Warnings,
            w => w.Contains("--sheet", StringComparison.Ordinal));
        Assert.DoesNotContain(_box.Import(WriteSheets(false, ("All", data), ("Notes", [["a", "b"], ["c", "d"]]))).Warnings,
            w => w.Contains("--sheet", StringComparison.Ordinal));
    }

    /// <param name="sheets">Cells are texts, or days after <c>days:</c>.</param>
    private string WriteSheets(bool is1904, params (string Name, string[][] Rows)[] sheets)
    {
        const string Main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
        const string Relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        static string Cell(string text) => text.StartsWith("days:", StringComparison.Ordinal) ? $"<c s=\"1\"><v>{text[5..]}</v></c>"
            : $"<c t=\"inlineStr\"><is><t>{SecurityElement.Escape(text)}</t></is></c>";
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            void Part(string name, string xml)
            {
                using var writer = new StreamWriter(archive.CreateEntry(name).Open());
                writer.Write($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}");
            }
            string listed = string.Concat(sheets.Select((s, n) => $"<sheet name=\"{s.Name}\" sheetId=\"{n + 1}\" r:id=\"rId{n + 1}\"/>"));
            string properties = is1904 ? "<workbookPr date1904=\"1\"/>" : "<workbookPr/>";
            Part("xl/workbook.xml", $"<workbook {Main} xmlns:r=\"{Relations}\">{properties}<sheets>{listed}</sheets></workbook>");
            Part("xl/_rels/workbook.xml.rels", $"<Relationships>{string.Concat(sheets.Select((_, n) =>
                $"<Relationship Id=\"rId{n + 1}\" Target=\"worksheets/sheet{n + 1}.xml\"/>"))}</Relationships>");
            Part("xl/styles.xml", $"<styleSheet {Main}><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>");
            for (int n = 0; n < sheets.Length; n++)
                Part($"xl/worksheets/sheet{n + 1}.xml", $"<worksheet {Main}><sheetData>{string.Concat(sheets[n].Rows.Select(row =>
                    $"<row>{string.Concat(row.Select(Cell))}</row>"))}</sheetData></worksheet>");
        }
        return _box.Write("sheets.xlsx", bytes.ToArray());
    }

    private string Write(params string[] rows)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            void Part(string name, string xml)
            {
                using var writer = new StreamWriter(archive.CreateEntry(name).Open());
                writer.Write($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}");
            }
            const string Spreadsheet = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
            string[] strings = ["user_id", "item_id", "timestamp", "A & \"B\""];
            Part("xl/workbook.xml", $"<workbook {Spreadsheet}/>");
            Part("xl/sharedStrings.xml",
                $"<sst {Spreadsheet}>{string.Concat(strings.Select(s => $"<si><t>{SecurityElement.Escape(s)}</t></si>"))}"
                + "<si><r><t xml:space=\"preserve\">rich </t></r><r><t>text</t></r></si></sst>");
            Part("xl/styles.xml", $"<styleSheet {Spreadsheet}><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy hh:mm\"/></numFmts>"
                + "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>");
            Part("xl/worksheets/sheet1.xml", $"<worksheet {Spreadsheet}><sheetData>{string.Concat(rows)}</sheetData></worksheet>");
        }
        return _box.Write("events.xlsx", bytes.ToArray());
    }
}
