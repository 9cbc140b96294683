using System.Text;
using CsCheck;
using Kindred.Import;

namespace Kindred.Native.Tests.Import;

/// <summary>JSON lines with a bad byte, or a bad piece, anywhere.</summary>
public sealed class JsonMutationTests : IDisposable
{
    private const int Lines = 12;

    private static readonly byte[] Whole = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, Lines).Select(n =>
        $$$"""{"user":"u{{{n % 5}}}","item":"i{{{n % 7}}}","rating":{{{1 + (n % 5)}}},"time":{{{1_500_000_000 + n}}},"labels":{"genre":"é"}}{{{'\n'}}}""")));

    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData(ErrorPolicy.Fail)]
    [InlineData(ErrorPolicy.Skip)]
    public void One_bad_byte_costs_its_line_or_is_refused_in_a_sentence(ErrorPolicy policy) =>
        Gen.Select(Gen.Int[0, Whole.Length - 1], Gen.Byte).Sample((position, value) =>
        {
            byte[] bytes = [.. Whole];
            bytes[position] = value;
            Check(bytes, policy);
        }, iter: 120, threads: 1);

    [Theory]
    [InlineData(@"\ud800")]
    [InlineData(@"\u0000")]
    [InlineData(@"\x")]
    [InlineData("\u001f")]
    [InlineData("{}")]
    [InlineData("\"a\":{\"b\":[1,{\"c\":")]
    [InlineData("1e999")]
    public void One_bad_piece_costs_its_line_or_is_refused_in_a_sentence(string piece) => Gen.Int[0, Whole.Length].Sample(
        position => Check([.. Whole[..position], .. Encoding.UTF8.GetBytes(piece), .. Whole[position..]], ErrorPolicy.Skip),
        iter: 10, threads: 1);

    [Fact]
    public void A_name_that_one_line_has_wrong_is_not_taken_for_the_column_of_all_others()
    {
        int name = Array.IndexOf(Whole, (byte)'u');
        var rows = _box.Import(new ImportOptions
        {
            Sources = [_box.Write("events.jsonl", [.. Whole[..(name + 2)], .. "{}"u8, .. Whole[(name + 2)..]])],
            OnError = ErrorPolicy.Skip,
        }).Rows;
        Assert.Equal((Lines, 1L), (rows.Read, rows.Invalid));
    }

    [Fact]
    public void A_byte_that_is_no_text_is_named_by_line_and_skipped_where_that_is_asked_for()
    {
        byte[] bytes = [.. Whole];
        bytes[Array.IndexOf(bytes, (byte)'\n') + 10] = 0xE6; // in the user of line 2
        string path = _box.Write("events.jsonl", bytes);
        string said = Assert.Throws<InputException>(() => _box.Import(path)).Message;
        Assert.Contains("events.jsonl, line 2: ", said, StringComparison.Ordinal);
        Assert.Contains("not valid UTF-8", said, StringComparison.Ordinal);
        var rows = _box.Import(new ImportOptions { Sources = [path], OnError = ErrorPolicy.Skip }).Rows;
        Assert.Equal((Lines, 1L), (rows.Read, rows.Invalid));
    }

    private void Check(byte[] bytes, ErrorPolicy policy)
    {
        string path = _box.Write("events.jsonl", bytes);
        try
        {
            var rows = _box.Import(new ImportOptions { Sources = [path], OnError = policy }).Rows;
            Assert.InRange(rows.Read, Lines - 1, Lines + 1); // two lines may have become one, or one two
            Assert.InRange(rows.Invalid, 0, policy == ErrorPolicy.Skip ? 2 : 0);
        }
        catch (InputException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }
}
