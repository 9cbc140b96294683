using System.Globalization;
using System.IO.Compression;
using System.Security;

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
