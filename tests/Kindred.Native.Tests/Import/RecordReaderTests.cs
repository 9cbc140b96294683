using System.Text;
using CsCheck;
using Kindred.Import;

namespace Kindred.Native.Tests.Import;

public sealed class RecordReaderTests
{
    private static readonly Dialect Comma = new(",", Quote: '"');

    [Fact]
    public void Any_fields_written_by_the_rules_are_read_back()
    {
        var field = Gen.String[Gen.OneOf(Gen.Char['a', 'c'], Gen.Const(','), Gen.Const('"'), Gen.Const('\n'), Gen.Const('é')), 0, 6];
        Gen.Select(field.Array[2, 4].Array[1, 10], Gen.Bool).Sample((rows, cr) =>
        {
            string text =
                string.Concat(rows.Select(r => string.Join(',', r.Select(f => $"\"{f.Replace("\"", "\"\"", StringComparison.Ordinal)}\""))
                    + (cr ? "\r\n" : "\n")));
            var read = Read(text, Comma);
            Assert.Equal(rows, read.Select(r => r.Fields));
            Assert.All(read, r => Assert.Null(r.Fault));
        });
    }

    [Fact]
    public void Line_numbers_count_blank_lines_and_lines_inside_fields()
    {
        var read = Read("a,b\n\n \r\n\"c\nc\",d\ne,f", Comma);
        Assert.Equal([1, 4, 6], read.Select(r => r.Line));
        Assert.Equal(["c\nc", "d"], read[1].Fields);
    }

    [Fact]
    public void A_broken_quote_costs_its_line_only()
    {
        var read = Read("a,\"b\nc,d\ne,\"f\"g\nh,i\n", Comma);
        Assert.Equal([true, false, true, false], read.Select(r => r.Fault is not null));
        Assert.Equal(["a,\"b", "c,d", "e,\"f\"g", "h,i"], read.Select(r => r.Raw));
    }

    [Fact]
    public void Delimiters_may_be_long_and_fields_empty()
    {
        Assert.Equal(["1", "", "x:y", ""], Assert.Single(Read("1::::x:y::\r\n", new("::"))).Fields);
        Assert.Equal(["", ""], Assert.Single(Read(",", Comma)).Fields);
        Assert.Equal(["\"a\"", "b"], Assert.Single(Read("\"a\"|b", new("|"))).Fields);
    }

    [Fact]
    public void Latin_1_is_decoded_only_where_it_is_not_utf8()
    {
        byte[] bytes = [.. "é,x\n"u8, 0xE9, .. ",y\n"u8];
        Assert.Equal(["é", "é"], Read(bytes, Comma with { Latin1 = true }).Select(r => r.Fields[0]));
        Assert.Equal([null, "the text is not valid UTF-8 (name its encoding, such as --encoding windows-1252)"], Read(bytes, Comma)
            .Select(r => r.Fault));
    }

    [Fact]
    public void Records_longer_than_the_limit_are_broken_and_reading_goes_on()
    {
        string longText = new('x', RecordReader.LongestRecord + 1), longer = new('y', 10 * RecordReader.LongestRecord);
        var read = Read($"a,b\n{longText},c\n{longer}\nd,e\n", Comma);
        Assert.Equal([null, "the row is longer than 1 MiB", "the row is longer than 1 MiB", null], read.Select(r => r.Fault));
        Assert.Equal([1, 2, 3, 4], read.Select(r => r.Line));
    }

    [Fact]
    public void Control_characters_that_separate_copies_are_refused() =>
        Assert.Equal("the text holds a control character", Assert.Single(Read("a\u001fb,c\n", Comma)).Fault);

    private static List<(long Line, string? Fault, string[] Fields, string Raw)> Read(string text, Dialect dialect) =>
        Read(Encoding.UTF8.GetBytes(text), dialect);

    private static List<(long Line, string? Fault, string[] Fields, string Raw)> Read(byte[] bytes, Dialect dialect)
    {
        var records = new List<(long, string?, string[], string)>();
        using var reader = new RecordReader(new MemoryStream(bytes), dialect);
        while (reader.Read())
        {
            string[] fields = reader.Fault is null
                ? [.. Enumerable.Range(0, reader.FieldCount).Select(n => Encoding.UTF8.GetString(reader.Field(n)))] : [];
            records.Add((reader.Line, reader.Fault, fields, Encoding.UTF8.GetString(reader.Raw.Span[..Math.Min(100, reader.Raw.Length)])));
        }
        return records;
    }
}
